"""One side of a call in progress: bytes both ways, flow control, and an end in order.

Two legs are made together by `join` and are each other's far end. What is sent on one arrives at
the receiver of the other, in order and at once; nothing is copied and nothing waits in between,
except while the receiver has asked for a pause. The theory is that of a transport and its protocol.

Rules, which hold however the calls interleave, also from within a receiver:

- `pause` reaches the far holder as `pause_sending`, as soon as there is one; it must then stop soon.
  What it still sends is kept and delivered after `resume`, and only then it hears `resume_sending`.
  The two words alternate.
- After `close` the far receiver gets all that was sent, then `far_closed` once, and then nothing more.
  A pause ends with `close`: who waited to send goes on, into nothing, until it hears `far_closed`.
- A receiver is never entered twice: what comes while it is in `far_sent` waits.

Memory: a leg keeps what arrives between its pause and the far holder's stopping, so the bound is what that
holder has in hand when it is told; nothing is dropped to keep to a smaller one. Two receivers that
answer every chunk at once with another would do so for ever: an end that echoes must not meet its like.
"""

from collections import deque
from typing import Protocol


class Receiver(Protocol):
    """Who holds a leg. None of these may raise."""

    def far_sent(self, data: bytes) -> None:
        """Bytes from the far end, never empty."""

    def far_closed(self) -> None:
        """The far end has gone and all its bytes have been delivered; comes at most once, perhaps during a pause."""

    def far_break(self) -> None:
        """The far end sent a break; it is no byte, and overtakes those that wait."""

    def pause_sending(self) -> None:
        """The far end cannot take more: stop calling `send` soon."""

    def resume_sending(self) -> None:
        """The far end can take bytes again."""


class Leg:
    """One side of a call. Made by `join`; what arrives before `attach` waits."""

    def __init__(self, rate: int | None = None) -> None:
        self.rate = rate
        """Line rate of the call in bit/s, where it has one of its own: the faster way's, where they differ."""
        self.ways: tuple[int, int] | None = None
        """Bit/s of what is sent from this side and of what it hears, where they differ."""
        self.far_charset: str | None = None
        """What the far end speaks, where it is not ASCII or UTF-8: the charset of an old machine."""
        self._far: Leg = self
        self._receiver: Receiver | None = None
        self._waiting: deque[bytes] = deque()
        self._paused = False
        self._told = False  # the far holder was told to pause, and not yet to go on
        self._closed = False
        self._end_waits = False  # the far end has closed; our receiver does not know yet
        self._end_told = False
        self._cut = False
        self._delivering = False
        self.sent = 0
        """Bytes sent from this side so far."""

    def attach(self, receiver: Receiver) -> None:
        """Give the leg its holder; what has arrived meanwhile, a pause or the end too, is told now."""
        self._receiver = receiver
        self._far._told = False  # a new holder knows of no pause
        self._far._tell()
        self._deliver()

    @property
    def closed(self) -> bool:
        """Whether this side has closed."""
        return self._closed

    @property
    def far_left(self) -> bool:
        """Whether the far end has closed, perhaps with bytes still on the way that `pause` keeps back."""
        return self._far._closed

    def send(self, data: bytes) -> None:
        """Send bytes to the far end; ignored once either side has closed."""
        far = self._far
        if data and not self._closed and not far._closed and not self._cut:
            self.sent += len(data)
            far._waiting.append(data)
            far._deliver()

    def send_break(self) -> None:
        """Send a break to the far end; ignored once either side has closed, or before the far end is held."""
        far = self._far
        if far._receiver is not None and not self._closed and not far._closed and not self._cut:
            far._receiver.far_break()

    def pause(self) -> None:
        """Ask the far end to stop sending."""
        if not self._paused and not self._closed and not self._cut:
            self._paused = True
            self._tell()

    def resume(self) -> None:
        """Take bytes again: first what was kept, then the far end may send."""
        if self._paused:
            self._paused = False
            self._deliver()

    def close(self) -> None:
        """End the call from this side; idempotent. Bytes not yet delivered to this side are dropped."""
        if not self._closed:
            self._closed = True
            self._waiting.clear()
            self._paused = False
            self._tell()
            self._far._end_waits = not self._far._closed and not self._far._end_told
            self._far._deliver()

    def cut(self) -> None:
        """Part the two ends, as somebody does who is neither: each holder hears that its far end has gone.

        What waits for a holder that takes no bytes is dropped.
        """
        for leg in (self, self._far):
            leg._cut = True
            leg._end_waits = not leg._closed and not leg._end_told
            if leg._paused:
                leg._waiting.clear()
                leg._paused = False
                leg._tell()
        for leg in (self, self._far):
            leg._deliver()

    def _tell(self) -> None:
        """Let the far holder know of a pause, or of its end."""
        far = self._far
        if self._paused != self._told and far._receiver is not None and not far._closed:
            self._told = self._paused
            if self._told:
                far._receiver.pause_sending()
            else:
                far._receiver.resume_sending()

    def _deliver(self) -> None:
        if self._delivering or self._receiver is None or self._closed:
            return
        self._delivering = True
        try:
            while self._waiting and not self._paused and not self._closed:
                self._receiver.far_sent(self._waiting.popleft())
        finally:
            self._delivering = False
        if self._end_waits and not self._waiting and not self._closed:
            self._end_waits = False
            self._end_told = True
            self._receiver.far_closed()
        elif not self._paused and self._told:
            self._tell()


def join(rate: int | None = None) -> tuple[Leg, Leg]:
    """Two legs that are each other's far end; `rate` as in `Leg`."""
    one, other = Leg(rate), Leg(rate)
    one._far, other._far = other, one
    return one, other
