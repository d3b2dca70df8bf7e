"""Translation by table: every byte to another, to none, or, for a few keys, to several."""

import re
from collections.abc import Mapping


class TableTranslation:
    """Between a machine whose line end is one character and a host that speaks ASCII with CR LF.

    `to_host` and `to_machine` are tables of 256 bytes; `not_to_host` and `not_to_machine` are the bytes that mean
    nothing at the other side. `keys` are bytes of the machine that are several at the host, `line_end` is the
    machine's.
    """

    def __init__(
        self,
        to_host: bytes,
        to_machine: bytes,
        not_to_host: bytes,
        not_to_machine: bytes,
        keys: Mapping[bytes, bytes],
        line_end: bytes,
    ) -> None:
        self._to_host = to_host
        self._to_machine = to_machine
        self._not_to_host = not_to_host
        self._not_to_machine = not_to_machine
        self._keys = keys
        self._key = re.compile(b"[" + re.escape(b"".join(keys)) + b"]")
        self._line_end = line_end
        self._after_return = False

    def from_machine(self, data: bytes) -> bytes:
        """What a host is sent for what the machine sent."""
        pieces: list[bytes] = []
        start = 0
        for found in self._key.finditer(data):
            pieces.append(data[start : found.start()].translate(self._to_host, self._not_to_host))
            pieces.append(self._keys[found[0]])
            start = found.end()
        pieces.append(data[start:].translate(self._to_host, self._not_to_host))
        return b"".join(pieces)

    def to_machine(self, data: bytes) -> bytes:
        """What the machine is sent for what a host sent: one line end for CR LF, CR, CR NUL and LF."""
        if data and self._after_return:
            data = data[1:] if data[:1] in (b"\n", b"\0") else data
            self._after_return = False
        if data:
            self._after_return = data.endswith(b"\r")
        data = data.replace(b"\r\n", b"\r").replace(b"\r\0", b"\r").replace(b"\n", b"\r")
        lines = (line.translate(self._to_machine, self._not_to_machine) for line in data.split(b"\r"))
        return self._line_end.join(lines)


def table(meanings: Mapping[int, int]) -> bytes:
    """A table of 256 bytes; those with no meaning are left out by `meaningless`."""
    return bytes(meanings.get(each, each) for each in range(256))


def meaningless(meanings: Mapping[int, int]) -> bytes:
    """The bytes that `meanings` says nothing of."""
    return bytes(each for each in range(256) if each not in meanings)
