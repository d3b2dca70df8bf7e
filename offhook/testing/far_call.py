"""The call as the far end has it: bytes both ways over its line."""

import asyncio
from dataclasses import replace

from offhook.modem.rs232 import EIGHT_N_ONE, Framing
from offhook.testing.telephone import FarLine
from offhook.virtual_lines.exchange import Leg, Quality
from offhook.virtual_lines.pairs import as_heard, as_sent


class FarCall:
    """One call, for whoever plays the far end; a `Receiver`. `framing` is how its port is set."""

    def __init__(self, leg: Leg, telephone: FarLine, line: Quality, framing: Framing) -> None:
        self._leg = leg
        self._line = line
        self._framing = framing
        self._until = telephone.until
        self._stir = telephone.stir
        self._on_hook = telephone.on_hook
        self._loop = asyncio.get_running_loop()
        self._sent_by = 0.0  # when the last of what was sent has arrived, if nobody asks for a pause
        self._held = False
        self.received = bytearray()
        """What came and nobody asked for yet."""
        self.sent = 0
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
        await self._until(lambda: not self._held or not self.up)
        await self._until(lambda: not self.up, max(0.0, self._sent_by - self._loop.time()))

    def _taken(self, count: int) -> bytes:
        taken = bytes(self.received[:count])
        del self.received[:count]
        return taken

    def send(self, data: bytes) -> None:
        """Bytes for the modem, behind those sent before."""
        if not self.up:
            return
        if self._drop_at is not None:
            data = data[: self._drop_at - self.sent]
        self.sent += len(data)
        self._leg.send(as_sent(data, self._framing))
        if self._line.rate:
            now = self._loop.time()
            seconds = len(data) * self._framing.bits / self._line.rate
            self._sent_by = max(self._sent_by, now + self._line.latency) + seconds
        if self._drop_at is not None and self.sent >= self._drop_at:
            # Behind the last of it: a line that is hung up on drains for a while only, and may be slow.
            self._loop.call_at(self._sent_by, self.hang_up)

    def send_break(self) -> None:
        """A break for the modem."""
        self._leg.send_break()

    def drop_after(self, count: int) -> None:
        """Have the carrier fall behind `count` bytes more."""
        self._drop_at = self.sent + count
        self.send(b"")

    def hang_up(self) -> None:
        """The call is over, what was sent still arrives; idempotent."""
        if self.up:
            self.up = False
            self._leg.close()
            self._on_hook()

    # From the leg.

    def far_sent(self, data: bytes) -> None:
        """Bytes of the modem."""
        self.received += as_heard(data, self._framing)
        self._stir()

    def far_break(self) -> None:
        """A break of the modem."""
        self.breaks += 1
        self._stir()

    def far_closed(self) -> None:
        """The modem has hung up."""
        self.hang_up()

    def pause_sending(self) -> None:
        """The modem takes no more."""
        self._held = True

    def resume_sending(self) -> None:
        """The modem takes bytes again."""
        self._held = False
        self._stir()


def call_on(telephone: FarLine, line: Quality, framing: Framing = EIGHT_N_ONE) -> FarCall:
    """The call comes up, on a line of this quality; the modem's own may be slower."""
    leg = telephone.connect(line)
    rate = min(filter(None, (line.rate, leg.rate)), default=None)
    return FarCall(leg, telephone, replace(line, rate=rate), framing)
