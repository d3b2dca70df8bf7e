"""The hall of programs: a call to one starts it on a terminal of its own, and the two are joined by the call.

A program that cannot be started, or that runs as often as it may, costs its caller the call before CONNECT. What a
program said last is delivered before its end is told. A caller who hangs up hangs up its terminal.
"""

import asyncio
import logging
import os
from collections.abc import Iterable
from contextlib import suppress

from offhook.modem.ports import Backlog
from offhook.virtual_lines.exchange import Away, Cause, Leg, Program
from offhook.virtual_lines.programs.process import Process
from offhook.virtual_lines.programs.program import RunnableProgram
from offhook.virtual_lines.switchboard import CallFacts, Switchboard

log = logging.getLogger(__name__)

CHUNK = 8192
"""Bytes taken from a program at a time."""
WATERMARK = 4096
"""Bytes that may wait for a program before the caller is asked to stop."""
SETTLE = 0.2
"""Seconds without output after the end of a program whose terminal others still hold; then its call ends."""
PARTING = 1.0
"""Seconds that programs have from SIGHUP to SIGKILL when the host ends."""
DYING = 2.0
"""Seconds that a program which has been killed has to go."""


class ProgramHall:
    """Starts programs for a switchboard: its `Carrier` for them."""

    def __init__(self, switchboard: Switchboard, programs: Iterable[RunnableProgram]) -> None:
        self.switchboard = switchboard
        self._programs = {program.name: program for program in programs}
        self.calls: set[ProgramCall] = set()
        self._empty = asyncio.Event()
        switchboard.carry(self, Program)

    def place(self, line: str, route: Away, facts: CallFacts) -> "ProgramCall | _NoCall":
        """Start a program. Raises `KeyError` for one that there is not, `OSError` where no process is to be had."""
        if not isinstance(route, Program):
            raise TypeError(f"{route} is no program")
        program = self._programs[route.name]
        if self.running(program.name) >= program.limit:
            self.switchboard.unreachable(line, Cause.BUSY)
            return _NoCall()
        return ProgramCall(self, line, program, facts)

    def running(self, name: str) -> int:
        """How many of a program there are, those included that are just ending."""
        return sum(call.program.name == name for call in self.calls)

    def gone(self, call: "ProgramCall") -> None:
        """Nothing is left of a call."""
        self.calls.discard(call)
        if not self.calls:
            self._empty.set()

    async def close(self) -> None:
        """End every program, and wait until nothing is left of them, or they cannot be killed."""
        for call in list(self.calls):
            call.hang_up()
        for patience in (PARTING, DYING):
            with suppress(TimeoutError):
                async with asyncio.timeout(patience):
                    while self.calls:
                        self._empty.clear()
                        await self._empty.wait()
            for call in list(self.calls):
                call.process.kill_now()


class _NoCall:
    """A call that was refused at once: an `OutsideCall`."""

    def connected(self, leg: Leg) -> None:
        """Never comes."""
        leg.close()

    def give_up(self) -> None:
        """There is nothing to give up."""


class ProgramCall:
    """One call to a program: an `OutsideCall`, and the `Receiver` of its leg."""

    def __init__(self, hall: ProgramHall, line: str, program: RunnableProgram, facts: CallFacts) -> None:
        self.program = program
        self._hall = hall
        self._line = line
        self._facts = facts
        self._loop = asyncio.get_running_loop()
        self._leg: Leg | None = None
        self._backlog: Backlog | None = None
        self._reading = False
        self._held = False
        self._timer: asyncio.TimerHandle | None = None
        self._idle: asyncio.TimerHandle | None = None
        self._active = self._loop.time()
        self.process = Process(program, facts, self._started, self._exited, self._gone)
        hall.calls.add(self)

    # From the process.

    def _started(self, why_not: str | None) -> None:
        if self.process.master < 0:
            return  # given up meanwhile
        if why_not is None:
            self._hall.switchboard.reached(self._line)
            return
        log.warning("program %s cannot be started: %s", self.program.name, why_not)
        self.process.hang_up()
        self._hall.switchboard.unreachable(self._line, Cause.OUT_OF_SERVICE)

    def _exited(self) -> None:
        self._settle()

    def _gone(self) -> None:
        self._hall.gone(self)

    # The switchboard's outside call.

    def connected(self, leg: Leg) -> None:
        """The caller is still there."""
        self._leg = leg
        self._facts.watch(self.process.resize)
        if leg.rate is not None:
            self.process.set_rate(leg.rate)
        if self.process.master >= 0:
            self._backlog = Backlog(self.process.master, self._write, WATERMARK, leg.pause, leg.resume)
        self._active = self._loop.time()
        self._watch_idleness()
        leg.attach(self)
        self._read_on()
        self._settle()

    def give_up(self) -> None:
        """The caller has hung up before the program ran."""
        self.hang_up()

    # The leg's receiver.

    def far_sent(self, data: bytes) -> None:
        """Bytes of the caller."""
        self._active = self._loop.time()
        if self._backlog is not None:
            self._backlog.send(data)

    def far_break(self) -> None:
        """A break of the caller interrupts, as a key would."""
        self.far_sent(self.process.interrupt_key() or b"\0")

    def far_closed(self) -> None:
        """The caller has hung up."""
        self.hang_up()

    def pause_sending(self) -> None:
        """The caller takes no more."""
        self._held = True
        self._read_on()

    def resume_sending(self) -> None:
        """The caller takes bytes again."""
        self._held = False
        self._read_on()
        self._settle()

    # The terminal.

    def _write(self, data: bytes | bytearray) -> int:
        try:
            return os.write(self.process.master, data)
        except (BlockingIOError, InterruptedError):
            return 0
        except OSError:  # nobody has the terminal; its end is told elsewhere
            return len(data)

    def _read_on(self) -> None:
        wanted = self._leg is not None and not self._held and self.process.master >= 0
        if wanted and not self._reading:
            self._loop.add_reader(self.process.master, self._readable)
        elif self._reading and not wanted:
            self._loop.remove_reader(self.process.master)
        self._reading = wanted

    def _readable(self) -> None:
        try:
            data = os.read(self.process.master, CHUNK)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            self._nobody_there()
            return
        if data and self._leg is not None:
            self._active = self._loop.time()
            self._settle()
            self._leg.send(data)

    def _nobody_there(self) -> None:
        """Nobody has the terminal open: the program has ended, or lets go of it for a moment as a login does."""
        if self.process.exited:
            self.hang_up()
            return
        self._loop.remove_reader(self.process.master)
        self._reading = False
        self._stop_timer()
        self._timer = self._loop.call_later(SETTLE / 4, self._look_again)

    def _look_again(self) -> None:
        self._timer = None
        self._read_on()

    def _settle(self) -> None:
        """After the end of the program its call ends too, once nothing has come from its terminal for a while."""
        if self.process.exited and self._leg is not None and not self._held and self.process.master >= 0:
            self._stop_timer()
            self._timer = self._loop.call_later(SETTLE, self.hang_up)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _watch_idleness(self) -> None:
        if not self.program.idle or self.process.master < 0:
            return
        left = self._active + self.program.idle - self._loop.time()
        if left <= 0:
            log.info("program %s on %s: idle for too long", self.program.name, self._line)
            self.hang_up()
        else:
            self._idle = self._loop.call_later(left, self._watch_idleness)

    def hang_up(self) -> None:
        """End the call and the program; idempotent."""
        self._stop_timer()
        if self._idle is not None:
            self._idle.cancel()
        if self._backlog is not None:
            backlog, self._backlog = self._backlog, None
            backlog.close()
        if self._reading:
            self._loop.remove_reader(self.process.master)
            self._reading = False
        if self._leg is not None:
            self._leg.close()
        self.process.hang_up()
