"""A machine with one byte for a character, and a host that speaks UTF-8."""

import codecs


class CodepageTranslation:
    """`codec` is the machine's, as Python knows it; what it lacks, and what is no UTF-8, is shown as `?`."""

    def __init__(self, codec: str) -> None:
        self._codec = codec
        self._host = codecs.getincrementaldecoder("utf-8")("replace")

    def from_machine(self, data: bytes) -> bytes:
        """What a host is sent for what the machine sent."""
        return data if data.isascii() else data.decode(self._codec, "replace").encode("utf-8")

    def to_machine(self, data: bytes) -> bytes:
        """What the machine is sent for what a host sent; half a character waits for the other half."""
        return self._host.decode(data).encode(self._codec, "replace")
