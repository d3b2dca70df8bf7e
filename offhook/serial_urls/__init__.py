"""`offhook://NAME/a` for pyserial: import this package once, and `serial.serial_for_url` knows such lines.

pyserial looks for handlers in the packages it has a list of, and this one puts itself there; to write
`serial.protocol_handler_packages.append("offhook.serial_urls")` in a program does the same.
"""

import serial

from offhook.virtual_lines.pairs import LINES

if __name__ not in serial.protocol_handler_packages:
    serial.protocol_handler_packages.append(__name__)

set_ring_indicator = LINES.set_ring_indicator
"""`set_ring_indicator(url, on)`: what the end at `url` sees of RI; None for what the other end does."""

__all__ = ["set_ring_indicator"]
