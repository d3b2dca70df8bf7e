"""Many lines at once, each at the rate of a modem, both ways: what is lost, what it costs, how long a chunk takes."""

import os
import select
import time
from collections import deque
from dataclasses import dataclass, field

from bench.lines import CHUNK, Line
from bench.payload import Inspector, piece
from bench.processes import cpu_seconds, resident_kib, waits
from bench.subjects import Running

RATE = 57600
"""bit/s of each line, each way; ten bits a byte."""
_CHUNKS_A_SECOND = 16000  # more than that, and it is the bench that is measured
_SHORTEST = 0.1
_DRAINING = 5.0


@dataclass(frozen=True, slots=True)
class Traffic:
    """What a run came to."""

    cpu: float
    """Share of one processor."""
    lost: int
    """Bytes that did not come back, or that came back wrong."""
    times: list[float]
    """Seconds from the writing of each chunk until all of it was back."""
    resident_kib: float
    """Memory of the emulator, in KiB."""
    late: float
    """Seconds that the bench itself was late at most."""


@dataclass(slots=True)
class _Pacer:
    line: Line
    sent: int = 0
    unwritten: int = 0
    out: Inspector = field(default_factory=Inspector)
    back: Inspector = field(default_factory=Inspector)
    echo: bytes = b""
    due: deque[tuple[int, float]] = field(default_factory=deque)

    def send(self, size: int, now: float) -> None:
        self.sent += size
        self.unwritten += size
        self.due.append((self.sent, now))
        self.write()

    def write(self) -> None:
        """Write what is due; what the tty does not take stays due."""
        try:
            while self.unwritten:
                at = self.sent - self.unwritten
                self.unwritten -= os.write(self.line.tty, piece(at, min(self.unwritten, CHUNK)))
        except BlockingIOError:
            return

    def at_host(self) -> bool:
        """Echo what came; whether the call is still up."""
        data = os.read(self.line.far, CHUNK)
        self.out.take(data)
        data = self.echo + data
        try:
            self.echo = data[os.write(self.line.far, data) :]
        except BlockingIOError:
            self.echo = data
        return bool(data)

    def at_terminal(self) -> bool:
        """Check what came back; whether the line is still up."""
        data = os.read(self.line.tty, CHUNK)
        self.back.take(data)
        return bool(data)

    def times(self, now: float) -> list[float]:
        """Of the chunks that are back by now."""
        times: list[float] = []
        while self.due and self.due[0][0] <= self.back.count:
            times.append(now - self.due.popleft()[1])
        return times


def traffic(emulator: Running, seconds: float) -> Traffic:
    """Have every line of the emulator send and get back `RATE` for some time; the calls are up."""
    pacers = [_Pacer(line) for line in emulator.lines]
    tick = max(_SHORTEST, len(pacers) / _CHUNKS_A_SECOND)
    size = round(RATE / 10 * tick)
    turns = {pacer.line.tty: pacer.at_terminal for pacer in pacers} | {
        pacer.line.far: pacer.at_host for pacer in pacers
    }
    owners = {pacer.line.tty: pacer for pacer in pacers}
    times: list[float] = []
    late = 0.0
    with select.epoll() as poll:
        for descriptor in turns:
            poll.register(descriptor, select.EPOLLIN)
        used = cpu_seconds(emulator.pids)
        begun = now = time.perf_counter()
        wheel = deque((begun + number * tick / len(pacers), pacer) for number, pacer in enumerate(pacers))
        end, given_up = begun + seconds, begun + seconds + _DRAINING
        share = None
        while now < given_up and (wheel or any(pacer.due for pacer in pacers)):
            while wheel and wheel[0][0] <= now:
                when, pacer = wheel.popleft()
                late = max(late, now - when)
                pacer.send(size, now)
                if when + tick < end:
                    wheel.append((when + tick, pacer))
            if not wheel:
                if share is None:
                    share = (cpu_seconds(emulator.pids) - used) / (time.perf_counter() - begun)
                for pacer in pacers:
                    pacer.write()
            for descriptor, _ in poll.poll(max(0.0, wheel[0][0] - now) if wheel else 0.01, 512):
                if not turns[descriptor]():
                    poll.unregister(descriptor)
                elif pacer_of_tty := owners.get(descriptor):
                    times += pacer_of_tty.times(time.perf_counter())
            now = time.perf_counter()
    lost = sum(_lost(pacer) for pacer in pacers)
    return Traffic(share or 0.0, lost, times, resident_kib(emulator.pids), late)


def _lost(pacer: _Pacer) -> int:
    if not (pacer.out.right and pacer.back.right):
        return pacer.sent
    return pacer.sent - pacer.back.count


def idle(emulator: Running, seconds: float) -> tuple[float, float]:
    """Wake-ups a second, and the share of a processor, of an emulator whose calls are up and silent."""
    time.sleep(min(1.0, seconds))  # in which what a call has begun with comes to its end
    woken, used = waits(emulator.pids), cpu_seconds(emulator.pids)
    time.sleep(seconds)
    return (waits(emulator.pids) - woken) / seconds, (cpu_seconds(emulator.pids) - used) / seconds
