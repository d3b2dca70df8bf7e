"""`offhook://NAME/a` for pyserial: import this package once, and `serial.serial_for_url` knows such lines.

pyserial looks for handlers in the packages it has a list of, and this one puts itself there; to write
`serial.protocol_handler_packages.append("offhook.serial_urls")` in a program does the same.

For coroutines there are the two functions that pyserial-asyncio has; itself it wants a descriptor, and there is none.
"""

import serial

from offhook.virtual_lines.pairs import LINES, create_serial_connection, open_serial_connection

if __name__ not in serial.protocol_handler_packages:
    serial.protocol_handler_packages.append(__name__)

set_ring_indicator = LINES.set_ring_indicator
"""`set_ring_indicator(url, on)`: what the end at `url` sees of RI; None for what the other end does."""

__all__ = ["create_serial_connection", "open_serial_connection", "set_ring_indicator"]
