"""How much of letters that come in a listener holds in memory, over all its connections."""


class Budget:
    """`most` bytes for all. A letter that finds no room is refused for now, and the others go on."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.held = 0

    def take(self, size: int) -> bool:
        """Room for `size` more bytes; false if there is none."""
        if self.held + size > self._most:
            return False
        self.held += size
        return True

    def give_back(self, size: int) -> None:
        """What was taken is free again."""
        self.held -= size
