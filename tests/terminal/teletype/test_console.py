import asyncio
import fcntl
import io
import os
import pty
import struct
import termios
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from offhook.terminal.discipline import UTF8
from offhook.terminal.screen import Capabilities
from offhook.terminal.session import HungUp, SessionEnd, hold_session
from offhook.terminal.teletype import Teletype, console_capabilities, opened, window_size
from offhook.terminal.teletype import console as console_module
from tests.support.mail_desk import MemoryDesk, MemoryGuest, letter


class Screen:
    """The far side of the terminal that standard input and output are on."""

    def __init__(self) -> None:
        self.master, self.slave = pty.openpty()

    def settings(self) -> list:
        return termios.tcgetattr(self.slave)

    def type(self, keys: bytes) -> None:
        os.write(self.master, keys)

    def shown(self) -> bytes:
        return os.read(self.master, 65536)


def redirected(monkeypatch: pytest.MonkeyPatch, stdin: int, stdout: int) -> None:
    """Have the console find its standard input and output there; pytest keeps those of `sys` for itself."""
    streams = SimpleNamespace(
        stdin=io.FileIO(stdin, closefd=False),
        stdout=io.TextIOWrapper(io.FileIO(stdout, "w", closefd=False), encoding="utf-8"),
    )
    monkeypatch.setattr(console_module, "sys", streams)


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Iterator[Screen]:
    there = Screen()
    redirected(monkeypatch, there.slave, there.slave)
    yield there
    for descriptor in (there.master, there.slave):
        try:
            os.close(descriptor)
        except OSError:
            continue


async def test_keys_come_one_by_one_and_text_goes_out(screen: Screen):
    with opened() as console:
        teletype = Teletype(console, Capabilities())
        asking = asyncio.ensure_future(teletype.ask("? "))
        screen.type(b"h\r")
        assert await asking == "h"
    shown = screen.shown()
    while len(shown) < len(b"? h\r\n"):  # a pty hands over what was written in pieces, and a moment later
        shown += screen.shown()
    assert shown == b"? h\r\n"


async def test_an_interrupt_is_a_key_and_no_signal(screen: Screen):
    with opened() as console:
        teletype = Teletype(console, Capabilities())
        asking = asyncio.ensure_future(teletype.key("More? "))
        screen.type(b"\x1a\x1cq")
        assert await asking == "q"
        assert not screen.settings()[3] & (termios.ISIG | termios.ICANON | termios.ECHO)


@pytest.mark.parametrize("error", [None, RuntimeError, KeyboardInterrupt, asyncio.CancelledError])
async def test_the_settings_of_the_terminal_are_put_back_whatever_happens(screen: Screen, error: type | None):
    before = screen.settings()
    raised: BaseException | None = None
    try:
        with opened():
            assert screen.settings() != before
            if error is not None:
                raise error
    except BaseException as caught:  # noqa: BLE001 - whatever it is
        raised = caught
    assert isinstance(raised, error) if error else raised is None
    assert screen.settings() == before


async def test_a_terminal_that_goes_away_hangs_up(screen: Screen):
    with opened() as console:
        teletype = Teletype(console, Capabilities())
        asking = asyncio.ensure_future(teletype.ask("? "))
        await asyncio.sleep(0)
        os.close(screen.master)
        with pytest.raises(HungUp):
            await asking


async def test_the_size_of_the_window_is_what_the_terminal_says(screen: Screen):
    fcntl.ioctl(screen.slave, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 132, 0, 0))
    assert window_size() == (132, 50)
    assert console_capabilities() == Capabilities(132, 50, UTF8)


def mail(guest: MemoryGuest, desk: MemoryDesk) -> SessionEnd:
    async def session() -> SessionEnd:
        with opened() as console:
            return await hold_session(Teletype(console, console_capabilities()), desk, guest)

    return asyncio.run(asyncio.wait_for(session(), 20))


@pytest.mark.parametrize(
    "commands", ["1\nd 1\nq\n", "1\nd 1\n", "1\r\nd 1\r\nq", "p\nd 1\nm bob\nTone\nHello", "1\nd 1"]
)
@pytest.mark.parametrize("source", ["file", "pipe"])
def test_commands_from_a_file_or_a_pipe_are_all_carried_out_and_its_end_quits(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, commands: str, source: str
):
    guest = MemoryGuest()
    guest.put(letter(body="Hello there.\n"))
    if source == "file":
        (tmp_path / "commands").write_bytes(commands.encode())
        stdin = os.open(tmp_path / "commands", os.O_RDONLY)
    else:
        stdin, write_end = os.pipe()
        os.write(write_end, commands.encode())
        os.close(write_end)
    stdout = os.open(tmp_path / "shown", os.O_WRONLY | os.O_CREAT)
    redirected(monkeypatch, stdin, stdout)
    try:
        assert mail(guest, MemoryDesk(guest)) is SessionEnd.GOODBYE
    finally:
        os.close(stdin)
        os.close(stdout)
    shown = (tmp_path / "shown").read_bytes()
    assert b"Hello there." in shown
    assert shown.endswith(b"1 letter removed.\r\nGoodbye.\r\n")
    assert len(guest.post_office.posted) == commands.count("m bob")


def test_the_end_of_a_file_at_a_pause_ends_the_session_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    guest = MemoryGuest()
    guest.put(letter(body="x\n" * 100))
    (tmp_path / "commands").write_bytes(b"1\n")
    stdin = os.open(tmp_path / "commands", os.O_RDONLY)
    stdout = os.open(tmp_path / "shown", os.O_WRONLY | os.O_CREAT)
    redirected(monkeypatch, stdin, stdout)
    try:
        assert mail(guest, MemoryDesk(guest)) is SessionEnd.GOODBYE
    finally:
        os.close(stdin)
        os.close(stdout)


def test_output_that_nobody_reads_any_more_hangs_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    guest = MemoryGuest()
    (tmp_path / "commands").write_bytes(b"h\nq\n")
    stdin = os.open(tmp_path / "commands", os.O_RDONLY)
    read_end, stdout = os.pipe()
    os.close(read_end)
    redirected(monkeypatch, stdin, stdout)
    try:
        assert mail(guest, MemoryDesk(guest)) is SessionEnd.HUNG_UP
    finally:
        os.close(stdin)
        os.close(stdout)


async def test_output_waits_for_a_screen_that_is_slow(screen: Screen):
    text = b"x" * 100_000 + b"!"
    seen = bytearray()

    def read() -> None:
        while not seen.endswith(b"!"):
            seen.extend(screen.shown())

    with opened() as console:
        os.set_blocking(screen.slave, False)
        reading = asyncio.get_running_loop().run_in_executor(None, read)
        console.send(text)
        await reading
    assert seen == text
