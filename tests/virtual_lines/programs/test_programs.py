"""Calls to real programs, each on a pty of its own: what passes, how they end, and what is left of them."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from offhook.modem.hayes import CallerId
from offhook.virtual_lines.exchange import CallRecord, Cause, Directory, Program, Quality, Treatment
from offhook.virtual_lines.programs import ProgramHall, RunnableProgram, user_named
from offhook.virtual_lines.programs import process as process_module
from offhook.virtual_lines.switchboard import Switchboard, TerminalFacts
from tests.support.outside_calls import descriptors, until
from tests.support.subscribers import FakeSubscriber, Holder

PYTHON = sys.executable
OURS = user_named("")
OTHER = user_named("nobody" if os.geteuid() == 0 else "")


def python(name: str, text: str, **more: object) -> RunnableProgram:
    """A program of these lines."""
    return RunnableProgram(name, (PYTHON, "-I", "-S", "-u", "-c", text), OURS, "/", **more)  # type: ignore[arg-type]


LIBC_SIGNALS = 1 << 31 | 1 << 32
"""The two signals that the C library keeps for itself, 32 and 33: no program can set them, whatever it inherited."""
CAT = RunnableProgram("cat", ("/bin/cat",), OTHER, "/")
PROGRAMS = [
    CAT,
    python("hello", "print('hello'); print('goodbye')"),
    python("much", "import sys; sys.stdout.write('x' * 300_000)"),
    python("facts", "import os; print(sorted(os.environ.items())); print(os.get_terminal_size(), os.getcwd())"),
    RunnableProgram("id", ("/usr/bin/id",), OTHER),
    python("session", "import os; print(os.getsid(0) == os.getpid(), os.tcgetpgrp(0) == os.getpid(), os.ttyname(0))"),
    python("open", "import os; print('open', sorted(os.listdir('/proc/self/fd')))"),
    python("stubborn", "import signal, time\nsignal.signal(1, 1); print('ready'); time.sleep(600)"),
    python(
        "child", "import os, time\nif os.fork() == 0: os.setpgid(0, 0); time.sleep(600)\nprint('parent', flush=True)"
    ),
    python("raw", "import sys, time, tty\ntty.setraw(0); print('raw'); time.sleep(600)"),
    python("once", "print('in'); input()", limit=1),
    python("idler", "print('waiting'); input()", idle=0.05),
    python(
        "keys",
        "import signal, time\nsignal.signal(2, lambda *a: print('interrupted'))\nprint('on')\nwhile 1: time.sleep(9)",
    ),
    python(
        "window", "import os, signal\nsignal.signal(28, lambda *a: print(os.get_terminal_size()))\nprint('on')\ninput()"
    ),
    python("rate", "import time, termios\ninput(); print('speed', termios.tcgetattr(0)[5] == termios.B2400)"),
    RunnableProgram("environment", ("/usr/bin/env",), OURS, "/"),
    RunnableProgram("signals", ("/bin/grep", "Sig[BI]", "/proc/self/status"), OURS, "/"),
    RunnableProgram("missing", ("/no/such/program",), OURS, "/"),
    RunnableProgram("lost", ("/bin/cat",), OURS, "/no/such/folder"),
]
NUMBERS = {str(number): program.name for number, program in enumerate(PROGRAMS, 500)}
NUMBER = {name: number for number, name in NUMBERS.items()}


class Hall:
    """A switchboard with programs behind its numbers, and the lines a and b."""

    def __init__(self) -> None:
        entries = [(number, Program(name)) for number, name in NUMBERS.items()]
        self.records: list[CallRecord] = []
        slow = {NUMBER["rate"]: Treatment(quality=Quality(rate=2400))}
        self.board = Switchboard(Directory(entries, treatments=slow), self.records.append)
        self.hall = ProgramHall(self.board, PROGRAMS)
        self.lines = {name: FakeSubscriber() for name in ("a", "b")}
        for name, line in self.lines.items():
            self.board.plug_in(name, line)

    async def call(self, program: str, line: str = "a") -> Holder:
        """Dial, and be connected."""
        self.lines[line].call = None
        self.board.dial(line, NUMBER[program], CallerId("10.0.0.1; rm -rf"))
        await until(lambda: self.lines[line].call)
        return self.lines[line].up

    async def fails(self, program: str, line: str = "a") -> Cause:
        """Dial in vain."""
        self.board.dial(line, NUMBER[program])
        heard = self.lines[line].heard
        await until(lambda: any(isinstance(word, Cause) for word in heard))
        self.board.hang_up(line)
        return next(word for word in heard if isinstance(word, Cause))

    def pid(self) -> int:
        (call,) = self.hall.calls
        return call.process.pid

    async def empty(self) -> None:
        await until(lambda: not self.hall.calls)


@pytest.fixture
async def hall(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Hall]:
    monkeypatch.setattr(process_module, "GRACE", 0.1)
    before = descriptors()
    hall = Hall()
    yield hall
    await hall.hall.close()
    hall.board.close()
    assert not hall.hall.calls
    await until(lambda: descriptors() <= before)


def session(pid: int) -> list[str]:
    """The states of all processes of a session, but for what is init's to reap."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            facts = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(facts[3]) == pid and (facts[0] != "Z" or stat.parent.name == str(pid)):
            found.append(facts[0])
    return found


def has(holder: Holder, text: bytes) -> Callable[[], bool]:
    return lambda: text in holder.heard


async def test_what_is_typed_reaches_the_program_and_comes_back(hall: Hall):
    call = await hall.call("cat")
    call.leg.send(b"all of it\r")
    await until(has(call, b"all of it\r\nall of it\r\n"))
    call.leg.send(b"\x04")
    await until(lambda: call.closed)
    await hall.empty()


async def test_the_end_of_a_program_comes_after_its_last_output(hall: Hall):
    call = await hall.call("hello")
    await until(lambda: call.closed)
    assert call.heard == b"hello\r\ngoodbye\r\n"
    hall.board.hang_up("a")
    assert [record.cause for record in hall.records] == [Cause.NORMAL]
    assert hall.records[0].destination == "exec:hello"
    await hall.empty()


async def test_a_caller_that_takes_no_more_holds_the_program_up_and_loses_nothing(hall: Hall):
    call = await hall.call("much")
    call.leg.pause()
    await until(lambda: session(hall.pid()))
    before = len(call.heard)
    for _ in range(1000):
        await asyncio.sleep(0)
    assert len(call.heard) == before
    assert not call.closed
    call.leg.resume()
    await until(lambda: call.closed)
    assert len(call.heard) == 300_000


async def test_a_program_that_does_not_read_holds_the_caller_up(hall: Hall):
    call = await hall.call("raw")
    await until(has(call, b"raw"))
    while not call.paused:
        call.leg.send(b"x" * 1000)
        await asyncio.sleep(0)
    hall.board.hang_up("a")
    await hall.empty()


async def test_it_knows_the_caller_s_terminal_and_nothing_of_ours(hall: Hall, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("OUR_SECRET", "x")
    hall.board.learned("a", TerminalFacts("XTERM-256color", 132, 43))
    call = await hall.call("facts")
    await until(lambda: call.closed)
    said = call.heard.decode()
    assert "('TERM', 'xterm-256color')" in said
    assert "('OFFHOOK_CALLER', '10.0.0.1 rm -rf')" in said
    assert "('OFFHOOK_LINE', 'a')" in said
    assert "OUR_SECRET" not in said
    assert "columns=132, lines=43) /" in said


async def test_it_has_what_is_promised_in_its_environment_and_no_more(hall: Hall):
    call = await hall.call("environment")
    await until(lambda: call.closed)
    names = sorted(line.split("=", 1)[0] for line in call.heard.decode().splitlines())
    assert " ".join(names) == "HOME LOGNAME OFFHOOK_CALLER OFFHOOK_LINE OFFHOOK_NUMBER PATH SHELL TERM USER"


async def test_no_signal_is_ignored_or_blocked_though_the_host_has_them_so(hall: Hall):
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as nohup does
    try:
        call = await hall.call("signals")
    finally:
        signal.signal(signal.SIGHUP, before)
    await until(lambda: call.closed)
    blocked, ignored = (int(mask, 16) & ~LIBC_SIGNALS for mask in call.heard.split()[1::2])
    assert call.heard.split()[::2] == [b"SigBlk:", b"SigIgn:"]
    assert (blocked, ignored) == (0, 0)


async def test_a_terminal_type_that_is_none_is_not_handed_on(hall: Hall):
    hall.board.learned("a", TerminalFacts("../../x;y"))
    call = await hall.call("facts")
    await until(lambda: call.closed)
    assert "('TERM', 'vt100')" in call.heard.decode()
    assert "columns=80, lines=24" in call.heard.decode()


async def test_it_runs_as_its_user_with_its_groups(hall: Hall):
    call = await hall.call("id")
    await until(lambda: call.closed)
    assert call.heard.startswith(b"uid=%d(%s) " % (OTHER.uid, OTHER.name.encode()))
    assert os.geteuid() != 0 or b"=0(" not in call.heard


async def test_it_has_a_session_and_a_terminal_of_its_own(hall: Hall):
    call = await hall.call("session")
    await until(lambda: call.closed)
    assert call.heard.startswith(b"True True /dev/pts/")


async def test_it_has_no_file_of_ours_open(hall: Hall):
    call = await hall.call("open")
    await until(lambda: call.closed)
    assert "open ['0', '1', '2', '3']" in call.heard.decode()  # the last is the listing itself


@pytest.mark.parametrize(("program", "cause"), [("missing", Cause.OUT_OF_SERVICE), ("lost", Cause.OUT_OF_SERVICE)])
async def test_one_that_cannot_be_started_fails_its_caller(
    hall: Hall, program: str, cause: Cause, caplog: pytest.LogCaptureFixture
):
    assert await hall.fails(program) is cause
    assert "cannot be started: No such file" in caplog.text
    await hall.empty()


async def test_a_limit_makes_it_busy_until_one_has_gone(hall: Hall):
    call = await hall.call("once")
    await until(has(call, b"in"))
    assert await hall.fails("once", "b") is Cause.BUSY
    hall.board.hang_up("a")
    await hall.empty()
    call = await hall.call("once", "b")
    await until(has(call, b"in"))


async def test_a_caller_who_hangs_up_takes_the_terminal_away(hall: Hall):
    call = await hall.call("cat")
    pid = hall.pid()
    hall.board.hang_up("a")
    await hall.empty()
    assert not session(pid)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert call.heard == b""


async def test_one_that_does_not_mind_sighup_is_killed(hall: Hall):
    call = await hall.call("stubborn")
    await until(has(call, b"ready"))
    pid = hall.pid()
    hall.board.hang_up("a")
    await hall.empty()
    assert not session(pid)


async def test_one_that_leaves_a_child_behind_ends_its_call_and_the_child(hall: Hall):
    call = await hall.call("child")
    pid = hall.pid()
    await until(lambda: call.closed)
    assert b"parent" in call.heard
    await hall.empty()
    assert not session(pid)


async def test_one_that_says_nothing_for_too_long_is_hung_up(hall: Hall):
    call = await hall.call("idler")
    await until(lambda: call.closed)
    await hall.empty()


async def test_a_break_interrupts(hall: Hall):
    call = await hall.call("keys")
    await until(has(call, b"on"))
    call.leg.send_break()
    await until(has(call, b"interrupted"))


async def test_a_window_that_changes_is_told(hall: Hall):
    call = await hall.call("window")
    await until(has(call, b"on"))
    hall.board.learned("a", TerminalFacts("xterm", 100, 30))
    await until(has(call, b"columns=100, lines=30"))


async def test_it_sees_the_rate_of_the_line(hall: Hall):
    call = await hall.call("rate")
    call.leg.send(b"\r")
    await until(has(call, b"speed True"))


async def test_one_who_hangs_up_before_it_runs_leaves_nothing(hall: Hall):
    for _ in range(3):
        hall.board.dial("a", NUMBER["cat"])
        hall.board.hang_up("a")
    await hall.empty()
    assert [record.cause for record in hall.records] == [Cause.ABANDONED] * 3


async def test_a_call_that_is_killed_from_outside_ends(hall: Hall):
    call = await hall.call("cat")
    os.kill(hall.pid(), signal.SIGKILL)
    await until(lambda: call.closed)
    await hall.empty()


async def test_closing_ends_every_program(hall: Hall):
    await hall.call("stubborn")
    await hall.call("cat", "b")
    pids = [call.process.pid for call in hall.hall.calls]
    await hall.hall.close()
    assert not [pid for pid in pids if session(pid)]
