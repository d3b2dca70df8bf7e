r"""Breaks among bytes, as a Linux tty marks them when asked to (PARMRK in termios(3)).

`\xff\0\0` is a break, `\xff\0` and a byte one that came with an error, `\xff\xff` the byte 255 itself.
"""

import re

_MARK = re.compile(rb"\xff(\xff|\0(?s:.))")


class MarkedBytes:
    """Takes the marks out of one stream, however it is cut."""

    def __init__(self) -> None:
        self._rest = b""

    def read(self, data: bytes) -> list[bytes | None]:
        """The bytes that were sent, in pieces; None stands for a break between them."""
        if not self._rest and b"\xff" not in data:
            return [data] if data else []
        data = self._rest + data
        pieces: list[bytes | None] = []
        kept: list[bytes] = []
        at = 0
        for mark in _MARK.finditer(data):
            kept.append(data[at : mark.start()])
            at = mark.end()
            if mark[1] == b"\0\0":
                pieces += [b"".join(kept), None]
                kept = []
            else:
                kept.append(mark[1][-1:])
        found = data.find(b"\xff", at)
        end = len(data) if found < 0 else found  # a mark that is not whole yet
        self._rest = data[end:]
        pieces.append(b"".join([*kept, data[at:end]]))
        return [piece for piece in pieces if piece != b""]
