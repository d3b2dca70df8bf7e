"""Who holds a wire in tests: keeps what comes, and may pause by itself."""

from collections.abc import Callable


class WireHolder:
    """A `WireListener`; `on_data` is called with each chunk, from within."""

    def __init__(self) -> None:
        self.heard = bytearray()
        self.chunks: list[int] = []
        self.closed = 0
        self.full = False
        self.told: list[str] = []
        self.on_data: Callable[[bytes], None] = lambda data: None

    def wire_sent(self, data: bytes) -> None:
        assert data
        assert not self.closed, "bytes after the end"
        self.heard += data
        self.chunks.append(len(data))
        self.on_data(data)

    def wire_closed(self) -> None:
        self.closed += 1

    def wire_full(self) -> None:
        self.full = True
        self.told.append("full")

    def wire_ready(self) -> None:
        self.full = False
        self.told.append("ready")
