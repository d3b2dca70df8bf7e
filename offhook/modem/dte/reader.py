"""The reader: lines out of what a modem sends while it is no call's data, however it is cut, garbled or doubled.

Results in words and in numbers are read side by side, until words have come: from then on digits are text, as some
`ATI` answers have it. Echo is text too. After CONNECT the rest belongs to the caller, and `read` stops there.
"""

from collections.abc import Mapping

from offhook.modem.dte.replies import Connect, Reply, Text, understood, understood_number

LONGEST = 512
"""Characters of a line; what is longer is no line of a modem, and its beginning is dropped."""
_SEVEN_BITS = bytes(code & 0x7F for code in range(256))


class Reader:
    """Reads one modem."""

    def __init__(self) -> None:
        self._line = bytearray()
        self._words = False
        self._swallow_feed = False
        self.connects: Mapping[int, int] = {}
        """The rate of CONNECT by its number, as the maker of the modem has them."""

    def read(self, data: bytes) -> tuple[list[Reply], bytes]:
        """What has been said, and what came after CONNECT (only the last reply is one); empty lines say nothing."""
        replies: list[Reply] = []
        for at, byte in enumerate(data.translate(_SEVEN_BITS)):
            if byte not in b"\r\n":
                if byte >= 0x20:
                    self._line.append(byte)
                continue
            reply = self.flush()
            if reply is None:
                continue
            replies.append(reply)
            if isinstance(reply, Connect):
                self._swallow_feed = byte == 0x0D
                return replies, self.after_connect(data[at + 1 :])
        return replies, b""

    def flush(self) -> Reply | None:
        """Take what has come of a line as the whole of it, since its end may be lost."""
        line = self._line[-LONGEST:].decode("ascii").strip()
        self._line.clear()
        if not line:
            return None
        if line.isdigit() and not self._words:
            number = understood_number(line, self.connects)
            return Text(line) if number is None else number
        reply = understood(line)
        self._words = self._words or not isinstance(reply, Text)
        return reply

    def after_connect(self, data: bytes) -> bytes:
        """The caller's bytes in `data`: the line feed that ends CONNECT is none of them, however late it comes."""
        if self._swallow_feed and data:
            self._swallow_feed = False
            return data.removeprefix(b"\n")
        return data

    def forget(self) -> None:
        """Begin anew: what has come of a line is of no use."""
        self._line.clear()
        self._swallow_feed = False
