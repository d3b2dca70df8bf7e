"""The bytes that are moved, and the check that each of them arrives: nothing is fast that loses a byte."""

import random

BLOCK_SIZE = 65536

# The first byte is a letter, so that no emulator takes the beginning of a raw call for Telnet.
BLOCK = b"M" + random.Random(57600).randbytes(BLOCK_SIZE - 1)
"""Eight-bit bytes in which every value and every pair comes; sent over and over."""
DOUBLED = BLOCK.replace(b"\xff", b"\xff\xff")
"""The same as a Telnet line in BINARY carries it (RFC 854)."""


class Inspector:
    """Compares what arrives with `block` sent over and over."""

    def __init__(self, block: bytes = BLOCK) -> None:
        self._block = block + block
        self._size = len(block)
        self.count = 0
        """Bytes so far."""
        self.right = True
        """Whether every byte was the one that was sent."""

    def take(self, data: bytes) -> None:
        """Look at the next bytes."""
        at = 0
        while at < len(data):
            place = self.count % self._size
            piece = data[at : at + self._size]
            self.right = self.right and self._block.startswith(piece, place)
            self.count += len(piece)
            at += len(piece)


def piece(sent: int, size: int) -> bytes:
    """The `size` bytes of the stream after the first `sent`; at most a block."""
    place = sent % BLOCK_SIZE
    return (BLOCK + BLOCK)[place : place + size] if place + size > BLOCK_SIZE else BLOCK[place : place + size]
