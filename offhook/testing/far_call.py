"""The call as the far end has it: bytes both ways at the rate and with the faults of its line."""

import asyncio
from collections.abc import Callable

from offhook.modem.rs232 import EIGHT_N_ONE
from offhook.testing.telephone import Telephone
from offhook.virtual_lines.exchange import Leg
from offhook.virtual_lines.null_modem import (
    Deliver,
    Event,
    Hold,
    OneWay,
    Release,
    Sent,
    TakesMore,
    TakesNoMore,
    Tick,
)
from offhook.virtual_lines.pairs import CableOptions, as_heard, as_sent


class _Way:
    """One direction of the line, driven by the event loop."""

    def __init__(self, way: OneWay, deliver: Callable[[bytes], None], hold: Callable[[bool], None]) -> None:
        self._way = way
        self._deliver = deliver
        self._hold = hold
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None

    @property
    def empty(self) -> bool:
        return self._way.empty

    def heed(self, event: Event) -> None:
        for action in self._way.handle(event, self._loop.time()):
            match action:
                case Deliver(data):
                    self._deliver(data)
                case Hold() | Release():
                    self._hold(isinstance(action, Hold))
        self.close()
        if (deadline := self._way.deadline) is not None:
            self._timer = self._loop.call_at(deadline, self._time)

    def _time(self) -> None:
        self.heed(Tick())

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class FarCall:
    """One call, for whoever plays the far end; a `Receiver`."""

    def __init__(self, leg: Leg, line: CableOptions, telephone: Telephone) -> None:
        self._leg = leg
        self._framing = line.framing or EIGHT_N_ONE
        self._until = telephone.until
        self._stir = telephone.stir
        self._out = _Way(line.one_way(0), self._send_on, lambda on: None)
        self._in = _Way(line.one_way(1), self._take, lambda on: leg.pause() if on else leg.resume())
        self.received = bytearray()
        """What came and nobody asked for yet."""
        self.sent = 0
        """Bytes that have arrived at the modem."""
        self.breaks = 0
        self.up = True
        """Whether neither side has hung up."""
        self._drop_at: int | None = None
        leg.attach(self)

    async def expect(self, words: bytes, within: float = 60.0) -> bytes:
        """Wait for these bytes of the modem; they and all before are taken. Raises `AssertionError`."""
        await self._until(lambda: words in self.received or not self.up, within)
        if words not in self.received:
            how = f"within {within:g} s" if self.up else "before the call was over"
            raise AssertionError(f"{words!r} did not come {how}; heard {bytes(self.received)!r}")
        return self._taken(self.received.index(words) + len(words))

    async def read(self, count: int = 1, within: float = 60.0) -> bytes:
        """So many bytes of the modem, or fewer if no more come within so many seconds or the call is over."""
        await self._until(lambda: len(self.received) >= count or not self.up, within)
        return self._taken(count)

    async def arrived(self) -> None:
        """Wait until all that was sent has arrived at the modem, or the call is over."""
        await self._until(lambda: self._out.empty or not self.up)

    def _taken(self, count: int) -> bytes:
        taken = bytes(self.received[:count])
        del self.received[:count]
        return taken

    def send(self, data: bytes) -> None:
        """Bytes for the modem, behind those sent before."""
        if self.up and data:
            self._out.heed(Sent(as_sent(data, self._framing)))

    def send_break(self) -> None:
        """A break for the modem."""
        self._leg.send_break()

    def drop_after(self, count: int) -> None:
        """Have the carrier fall when `count` bytes more have arrived at the modem."""
        self._drop_at = self.sent + count
        self._send_on(b"")

    def hang_up(self) -> None:
        """The call is over; idempotent."""
        if self.up:
            self.up = False
            self._out.close()
            self._in.close()
            self._leg.close()
            self._stir()

    def _send_on(self, data: bytes) -> None:
        if not self.up:
            return
        if self._drop_at is not None:
            data = data[: self._drop_at - self.sent]
        self.sent += len(data)
        self._leg.send(data)
        if self._drop_at is not None and self.sent >= self._drop_at:
            self.hang_up()
        self._stir()

    def _take(self, data: bytes) -> None:
        self.received += as_heard(data, self._framing)
        self._stir()

    # From the leg.

    def far_sent(self, data: bytes) -> None:
        """Bytes of the modem."""
        self._in.heed(Sent(data))

    def far_break(self) -> None:
        """A break of the modem."""
        self.breaks += 1
        self._stir()

    def far_closed(self) -> None:
        """The modem has hung up."""
        self.hang_up()

    def pause_sending(self) -> None:
        """The modem takes no more."""
        self._out.heed(TakesNoMore())

    def resume_sending(self) -> None:
        """The modem takes bytes again."""
        self._out.heed(TakesMore())
