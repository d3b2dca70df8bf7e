import asyncio
import itertools
from pathlib import Path

import pytest

from offhook.mailbox.accounts import Account, AccountFile
from offhook.mailbox.delivery import Limits, LmtpListener, LocalDelivery, SmtpListener
from offhook.mailbox.letters import Envelope, Maildrop, MaildropFailure, TemporaryFailure
from offhook.mailbox.store import Maildir
from tests.support.memory_maildrop import MemoryMaildrop

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:aiosmtpd")


class Outbox:
    def __init__(self) -> None:
        self.kept: list[Envelope] = []
        self.full = False

    async def put(self, envelope: Envelope, letter: bytes) -> None:
        if self.full:
            raise TemporaryFailure("full")
        self.kept.append(envelope)


class House:
    def __init__(self, folder: Path, *, limits: Limits | None = None) -> None:
        accounts = AccountFile(folder / "accounts")
        for name in ("alice", "bob"):
            accounts.add(Account(name, "x"))
        self.folder = folder
        self.drops: dict[str, Maildrop] = {"alice": MemoryMaildrop(), "bob": MemoryMaildrop()}
        self.broken: set[str] = set()
        self.outbox = Outbox()
        self.local = LocalDelivery(accounts, self._drop, domains=("here.org",))
        self.limits = limits or Limits()
        self.smtp = SmtpListener(self.local, self.outbox, hostname="here.org", limits=self.limits)
        self.lmtp = LmtpListener(self.local, hostname="here.org", limits=self.limits)

    def _drop(self, name: str) -> Maildrop:
        if name in self.broken:
            raise MaildropFailure("The disk is full.")
        return self.drops[name]

    async def letters(self, name: str = "alice") -> list[bytes]:
        drop = self.drops[name]
        return [await drop.fetch(entry.key) for entry in await drop.scan()]

    async def client(self) -> "Client":
        if not hasattr(self, "address"):
            self.address = await self.smtp.start("127.0.0.1", 0)
        return await Client(*await asyncio.open_connection(*self.address)).begin(b"EHLO client.org")

    async def lmtp_client(self) -> "Client":
        path = self.folder / "lmtp.sock"
        if not path.exists():
            await self.lmtp.start(path)
        return await Client(*await asyncio.open_unix_connection(path)).begin(b"LHLO client.org")

    def close(self) -> None:
        self.smtp.close()
        self.lmtp.close()


class Client:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self.greeting = ""
        self.extensions = ""

    async def begin(self, hello: bytes) -> "Client":
        self.greeting = await self.reply()
        if self.greeting.startswith("220"):
            self.extensions = await self.says(hello)
        return self

    async def reply(self) -> str:
        lines = []
        async with asyncio.timeout(30):
            while True:
                line = (await self._reader.readline()).decode()
                lines.append(line.rstrip())
                if line[3:4] != "-":
                    return "\n".join(lines)

    async def says(self, line: bytes) -> str:
        self._writer.write(line + b"\r\n")
        return await self.reply()

    async def addressed(self, *recipients: str, sender: str = "carol@there.org") -> None:
        assert (await self.says(f"MAIL FROM:<{sender}>".encode())).startswith("250")
        for recipient in recipients:
            assert (await self.says(f"RCPT TO:<{recipient}>".encode())).startswith("250")

    async def sends(self, letter: bytes, *, pieces: int = 0) -> str:
        assert (await self.says(b"DATA")).startswith("354")
        data = letter + b"\r\n.\r\n"
        if pieces:
            for start in range(0, len(data), pieces):
                self._writer.write(data[start : start + pieces])
                await self._writer.drain()
                await asyncio.sleep(0)
        else:
            self._writer.write(data)
        return await self.reply()

    async def rest(self) -> bytes:
        async with asyncio.timeout(30):
            return await self._reader.read()

    def quit(self) -> None:
        self._writer.close()


async def test_a_letter_is_taken_and_is_on_disk_when_250_is_said(tmp_path: Path):
    house = House(tmp_path)
    house.drops["alice"] = Maildir(tmp_path / "alice")
    client = await house.client()
    await client.addressed("alice@here.org")
    assert (await client.sends(b"Subject: x\r\n\r\n..dots")).startswith("250 2.0.0")
    (file,) = (tmp_path / "alice" / "new").iterdir()
    text = file.read_bytes()
    assert text.endswith(b"Subject: x\n\n.dots\n")
    assert b"Return-Path: <carol@there.org>" in text
    assert b"Received: from client.org (127.0.0.1)" in text
    client.quit()
    house.close()


async def test_what_is_announced(tmp_path: Path):
    house = House(tmp_path)
    client = await house.client()
    for extension in ("PIPELINING", "ENHANCEDSTATUSCODES", "8BITMIME", "SMTPUTF8", "SIZE 25000000"):
        assert extension in client.extensions
    client.quit()
    house.close()


@pytest.mark.parametrize(
    ("recipient", "reply"),
    [
        ("nobody@here.org", "550 5.1.1"),
        ("alice@there.org", "550 5.7.1"),
        ("alice@here.org", "250 2.1.5"),
        ("postmaster", "250 2.1.5"),
        ("alice+x@here.org", "250 2.1.5"),
        ("a b@here.org", "5"),
        ("", "5"),
    ],
)
async def test_a_recipient_is_judged_at_rcpt(tmp_path: Path, recipient: str, reply: str):
    house = House(tmp_path)
    client = await house.client()
    assert (await client.says(b"MAIL FROM:<>")).startswith("250"), "the null sender is taken"
    assert (await client.says(f"RCPT TO:<{recipient}>".encode())).startswith(reply)
    client.quit()
    house.close()


async def test_recipients_size_and_connections_are_bounded(tmp_path: Path):
    house = House(tmp_path, limits=Limits(letter=1000, recipients=2, connections=2, connections_each=2))
    client = await house.client()
    await client.addressed("alice@here.org", "bob@here.org")
    assert (await client.says(b"RCPT TO:<alice@here.org>")).startswith("452 4.5.3")
    assert (await client.sends(b"x" * 900 + b"\r\n" + b"y" * 900)).startswith("552")
    assert (await client.says(b"MAIL FROM:<a@b.c> SIZE=5000")).startswith("552")
    second = await house.client()
    third = await house.client()
    assert third.greeting.startswith("421 4.7.0")
    assert await third.rest() == b""
    second.quit()
    client.quit()
    house.close()
    assert await house.letters() == []


async def test_a_failing_maildrop_is_451_and_nothing_is_kept(tmp_path: Path):
    house = House(tmp_path)
    house.broken.add("alice")
    client = await house.client()
    await client.addressed("alice@here.org")
    assert (await client.sends(b"x")).startswith("451 4.3.0")
    assert await house.letters() == []
    client.quit()
    house.close()


async def test_one_of_two_maildrops_that_fails_is_spooled_so_that_250_is_true_for_both(tmp_path: Path):
    house = House(tmp_path)
    house.broken.add("bob")
    client = await house.client()
    await client.addressed("alice@here.org", "bob@here.org")
    assert (await client.sends(b"x")).startswith("250")
    assert house.outbox.kept == [Envelope("carol@there.org", ("bob@here.org",))]
    house.outbox.full = True
    await client.addressed("alice@here.org", "bob@here.org")
    assert (await client.sends(b"x")).startswith("451")
    client.quit()
    house.close()


async def test_lmtp_answers_once_for_each_recipient(tmp_path: Path):
    house = House(tmp_path)
    house.broken.add("bob")
    client = await house.lmtp_client()
    await client.addressed("alice@here.org", "bob@here.org", "alice+x@here.org")
    assert (await client.sends(b"Subject: x\r\n\r\nx")).startswith("250")
    assert (await client.reply()).startswith("451")
    assert (await client.reply()).startswith("250")
    assert len(await house.letters()) == 2
    assert (await client.says(b"NOOP")).startswith("250"), "not one reply too many"
    client.quit()
    house.close()
    assert not (tmp_path / "lmtp.sock").exists()


async def test_a_dead_socket_is_replaced_a_live_one_and_a_file_are_not(tmp_path: Path):
    first, second = House(tmp_path / "1"), House(tmp_path / "2")
    path = tmp_path / "sock"
    await first.lmtp.start(path)
    with pytest.raises(OSError, match="another host listens there"):
        await second.lmtp.start(path)
    first.lmtp._server.close()  # type: ignore[union-attr]  # as if the host had been killed: the file stays
    await first.lmtp._server.wait_closed()  # type: ignore[union-attr]
    await second.lmtp.start(path)
    assert path.stat().st_mode & 0o777 == 0o600
    second.close()
    path.write_text("a file")
    with pytest.raises(OSError, match="is no socket"):
        await House(tmp_path / "3").lmtp.start(path)


ENDS = [b"\n", b"\r", b"\r\n", b"\0", b"\n\0"]
SMUGGLED = b"MAIL FROM:<evil@there.org>\r\nRCPT TO:<alice@here.org>\r\nDATA\r\nSubject: smuggled\r\n\r\nx"
VARIANTS = [
    before + dots + after
    for before, dots, after in itertools.product(ENDS, [b".", b"..", b".\0"], ENDS)
    if not (before == after == b"\r\n" and dots == b".")
]


@pytest.mark.parametrize("pieces", [0, 1, 7])
async def test_no_line_end_smuggles_a_second_letter(tmp_path: Path, pieces: int):
    assert len(VARIANTS) >= 64
    house = House(tmp_path)
    before = 0
    for variant in VARIANTS:
        client = await house.client()
        await client.addressed("alice@here.org")
        reply = await client.sends(b"Subject: outer\r\n\r\nx" + variant + SMUGGLED, pieces=pieces)
        letters = await house.letters()
        assert len(letters) - before == (1 if reply.startswith("250") else 0), variant
        assert reply[:3] in ("250", "554", "500"), variant
        if reply.startswith("250"):
            assert b"smuggled" in letters[-1], "all of it is one letter"
            assert b"\r" not in letters[-1]
        before = len(letters)
        client.quit()
    house.close()


async def test_a_line_longer_than_the_rules_allow_is_refused(tmp_path: Path):
    house = House(tmp_path)
    client = await house.client()
    await client.addressed("alice@here.org")
    assert (await client.sends(b"x" * 5000)).startswith("500")
    assert await house.letters() == []
    client.quit()
    house.close()


async def test_an_account_file_that_is_broken_is_4xx_at_rcpt_and_after_data(tmp_path: Path):
    house = House(tmp_path)
    client = await house.client()
    await client.addressed("alice@here.org")
    (tmp_path / "accounts").write_text("no colon")
    assert (await client.says(b"RCPT TO:<bob@here.org>")).startswith("451 4.3.0")
    assert (await client.sends(b"x")).startswith("451 4.3.0")
    client.quit()
    house.close()


async def test_a_fault_of_ours_is_4xx_and_in_the_log(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    house = House(tmp_path)
    client = await house.client()
    await client.addressed("alice@here.org")
    house.drops["alice"] = None  # type: ignore[assignment]  # a fault
    assert (await client.sends(b"x")).startswith("451 4.3.0")
    assert "stumbled" in caplog.text
    client.quit()
    house.close()
