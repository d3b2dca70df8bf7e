"""What comes in the moment after CONNECT: the first words of the far end, a CONNECT said twice, or the end already."""

import re

from offhook.modem.dte.replies import Connect

_AGAIN = re.compile(rb"(?:[\r\n]*CONNECT[^\r\n]{0,80}\r\n?)+")
_OVER = re.compile(rb"(?:^|[\r\n])NO CARRIER\r\n?$")
MOST = 4096
"""Bytes kept; nobody types so much in half a second."""


class EarlyData:
    """Of one call."""

    def __init__(self, connect: Connect) -> None:
        self.connect = connect
        self._data = b""

    def heard(self, data: bytes) -> bool:
        """Keep bytes; whether they show that the call is over again."""
        self._data = (self._data + data)[:MOST]
        return bool(_OVER.search(self._data))

    @property
    def data(self) -> bytes:
        """The far end's bytes."""
        again = _AGAIN.match(self._data)
        return self._data[again.end() :] if again else self._data
