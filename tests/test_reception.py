import asyncio
from pathlib import Path

from offhook.mailbox.accounts import Account, AccountFile, PasswordCheck, make_hash
from offhook.mailbox.clerks import Reader
from offhook.modem.hayes import CallerId
from offhook.reception import FileDrafts, Reception, Visitor
from offhook.virtual_lines.exchange import Leg, join
from offhook.virtual_lines.switchboard import CallFacts, TerminalFacts
from tests.support.memory_maildrop import MemoryFolders, MemoryMaildrop


class Caller:
    def __init__(self, leg: Leg) -> None:
        self.heard = b""
        self.closed = asyncio.Event()
        self._more = asyncio.Event()
        self.leg = leg
        leg.attach(self)

    def far_sent(self, data: bytes) -> None:
        self.heard += data
        self._more.set()

    def far_break(self) -> None: ...

    def far_closed(self) -> None:
        self.closed.set()
        self._more.set()

    def pause_sending(self) -> None: ...

    def resume_sending(self) -> None: ...

    async def hears(self, text: bytes) -> None:
        async with asyncio.timeout(60):
            while text not in self.heard:
                self._more.clear()
                await self._more.wait()


def reception(tmp_path: Path, name: str = "alice") -> Reception:
    accounts = AccountFile(tmp_path / "accounts")
    accounts.add(Account(name, make_hash("letmein")))

    def visitor(account: Account, _origin: str, _password: str) -> Visitor:
        drafts = FileDrafts(tmp_path / "draft")
        return Visitor(account, ("localhost",), MemoryMaildrop(), MemoryFolders(), None, drafts, Reader().render)  # type: ignore[arg-type]

    return Reception("localhost", "Hello.", PasswordCheck(accounts), visitor, idle=60)


def call(desk: Reception, terminal: TerminalFacts | None = None) -> tuple[Caller, CallFacts]:
    ours, theirs = join()
    facts = CallFacts("modem0", "100", CallerId("201", "modem0"), terminal)
    desk.answer(theirs, facts)
    return Caller(ours), facts


async def test_a_call_is_greeted_logged_in_and_hung_up_on_at_the_end(tmp_path: Path):
    caller, _ = call(reception(tmp_path))
    await caller.hears(b"Hello.\r\nlogin: ")
    caller.leg.send(b"alice\r")
    await caller.hears(b"password: ")
    caller.leg.send(b"letmein\r")
    await caller.hears(b"? ")
    caller.leg.send(b"q\r")
    await caller.hears(b"Goodbye.\r\n")
    async with asyncio.timeout(60):
        await caller.closed.wait()
    assert b"letmein" not in caller.heard


async def test_when_the_host_ends_callers_hear_a_goodbye_and_the_call_is_cleared(tmp_path: Path):
    desk = reception(tmp_path)
    caller, _ = call(desk)
    await caller.hears(b"login: ")
    await desk.close()
    assert b"Goodbye." in caller.heard
    assert caller.closed.is_set()


async def test_a_caller_who_is_gone_ends_the_session(tmp_path: Path):
    desk = reception(tmp_path)
    caller, _ = call(desk)
    await caller.hears(b"login: ")
    tasks = list(desk._calls)
    caller.leg.close()
    async with asyncio.timeout(60):
        await asyncio.gather(*tasks)
    assert not desk._calls


async def test_a_window_resized_during_the_call_is_the_session_s_window(tmp_path: Path):
    caller, facts = call(reception(tmp_path), TerminalFacts("xterm", 100, 30))
    await caller.hears(b"login: ")
    caller.leg.send(b"alice\r")
    await caller.hears(b"password: ")
    caller.leg.send(b"letmein\r")
    await caller.hears(b"? ")
    facts.learned(TerminalFacts("xterm", 61, 17))
    caller.leg.send(b"set\r")
    await caller.hears(b"columns=61 rows=17")


async def test_a_caller_at_300_bit_s_is_shown_few_letters_at_a_time(tmp_path: Path):
    caller, facts = call(reception(tmp_path), TerminalFacts(rate=300))
    await caller.hears(b"login: ")
    caller.leg.send(b"alice\r")
    await caller.hears(b"password: ")
    caller.leg.send(b"letmein\r")
    await caller.hears(b"? ")
    caller.leg.send(b"set\r")
    await caller.hears(b"rate=300")
    facts.learned(TerminalFacts(rate=9600, utf8=True))
    caller.leg.send(b"set\r")
    await caller.hears(b"rate=9600")
    assert b"utf-8" in caller.heard


async def test_drafts_are_kept_found_and_cleared_and_a_failing_disk_is_survived(tmp_path: Path):
    drafts = FileDrafts(tmp_path / "draft")
    assert await drafts.load() is None
    assert await drafts.save(b"half a letter") is True
    assert await drafts.load() == b"half a letter"
    assert (tmp_path / "draft").stat().st_mode & 0o777 == 0o600
    await drafts.clear()
    await drafts.clear()
    assert await drafts.load() is None
    nowhere = FileDrafts(tmp_path / "no" / "such" / "folder")
    assert await nowhere.save(b"lost") is False
    assert await nowhere.load() is None
