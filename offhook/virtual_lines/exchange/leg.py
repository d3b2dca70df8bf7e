"""One side of a call in progress: bytes both ways, flow control, and an end in order.

Two legs are made together by `join` and are each other's far end. What is sent on one
arrives at the receiver of the other, in order and at once; nothing is copied and nothing
waits in between, except while the receiver has asked for a pause. The theory is that of
a transport and its protocol: `pause` reaches the far sender as `pause_sending`, which
must then stop soon; what it still sends is kept and delivered on `resume`. After `close`
the far receiver gets all that was sent, then `far_closed` once.
"""

from collections import deque
from typing import Protocol


class Receiver(Protocol):
    """Who holds a leg."""

    def far_sent(self, data: bytes) -> None:
        """Bytes from the far end, never empty."""

    def far_closed(self) -> None:
        """The far end has gone and all its bytes have been delivered; comes at most once."""

    def pause_sending(self) -> None:
        """The far end cannot take more: stop calling `send` soon."""

    def resume_sending(self) -> None:
        """The far end can take bytes again."""


class Leg:
    """One side of a call. Made by `join`; inert until `attach`."""

    def __init__(self) -> None:
        self._far: Leg = self
        self._receiver: Receiver | None = None
        self._waiting: deque[bytes] = deque()
        self._paused = False
        self._closed = False
        self._far_closed = False
        self._delivering = False

    def attach(self, receiver: Receiver) -> None:
        """Give the leg its holder; what has arrived meanwhile is delivered now."""
        self._receiver = receiver
        if self._far._paused and not self._far._closed:
            receiver.pause_sending()
        self._deliver()

    @property
    def closed(self) -> bool:
        """Whether this side has closed."""
        return self._closed

    def send(self, data: bytes) -> None:
        """Send bytes to the far end; ignored once either side has closed."""
        if data and not self._closed and not self._far._closed:
            self._far._arrive(data)

    def pause(self) -> None:
        """Ask the far end to stop sending."""
        if not self._paused:
            self._paused = True
            if self._far._receiver is not None and not self._far._closed:
                self._far._receiver.pause_sending()

    def resume(self) -> None:
        """Take bytes again: first what was kept, then the far end may send."""
        if self._paused:
            self._paused = False
            self._deliver()
            if not self._paused and self._far._receiver is not None and not self._far._closed:
                self._far._receiver.resume_sending()

    def close(self) -> None:
        """End the call from this side; idempotent. Bytes not yet delivered to this side are dropped."""
        if not self._closed:
            self._closed = True
            self._waiting.clear()
            self._far._far_closed = True
            self._far._deliver()

    def _arrive(self, data: bytes) -> None:
        self._waiting.append(data)
        self._deliver()

    def _deliver(self) -> None:
        if self._delivering or self._receiver is None or self._closed:
            return
        self._delivering = True
        try:
            while self._waiting and not self._paused and not self._closed:
                self._receiver.far_sent(self._waiting.popleft())
        finally:
            self._delivering = False
        if self._far_closed and not self._waiting and not self._closed:
            self._far_closed = False
            self._receiver.far_closed()


def join() -> tuple[Leg, Leg]:
    """Two legs that are each other's far end."""
    one, other = Leg(), Leg()
    one._far, other._far = other, one
    return one, other
