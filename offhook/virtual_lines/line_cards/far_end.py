"""The far end of a call on a line to the outer world: what it sends goes to the port, and the port's flow to it."""

from collections.abc import Callable
from typing import Protocol

from offhook.virtual_lines.exchange import Leg


class Outlet(Protocol):
    """What is asked of the port."""

    def send_break(self) -> None:
        """Send a break."""

    def pause_reading(self) -> None:
        """Take no bytes from it until `resume_reading`."""

    def resume_reading(self) -> None:
        """Take bytes again."""


class FarEnd:
    """A card's hold on the leg of one call: a `Receiver`. `closed` is told which call it is that has ended."""

    def __init__(
        self, leg: Leg, port: Outlet, sent: Callable[[bytes], None], closed: Callable[["FarEnd"], None]
    ) -> None:
        self.leg = leg
        self._port = port
        self._sent = sent
        self._closed = closed

    def far_sent(self, data: bytes) -> None:
        """Bytes of the far end."""
        self._sent(data)

    def far_break(self) -> None:
        """A break of it."""
        self._port.send_break()

    def far_closed(self) -> None:
        """It has hung up."""
        self._closed(self)

    def pause_sending(self) -> None:
        """It takes no more."""
        self._port.pause_reading()

    def resume_sending(self) -> None:
        """It takes bytes again."""
        self._port.resume_reading()
