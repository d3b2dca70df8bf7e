"""A host's mail room with real listeners, and clients that speak SMTP and LMTP to it word by word."""

import asyncio
from pathlib import Path

from offhook.mailbox.accounts import Account, AccountFile
from offhook.mailbox.delivery import Limits, LocalDelivery
from offhook.mailbox.letters import Envelope, Maildrop, MaildropFailure, TemporaryFailure
from offhook.mailbox.listeners import LmtpListener, SmtpListener
from tests.support.memory_maildrop import MemoryMaildrop


class Outbox:
    def __init__(self) -> None:
        self.kept: list[Envelope] = []
        self.letters: list[bytes] = []
        self.full = False

    async def put(self, envelope: Envelope, letter: bytes) -> None:
        if self.full:
            raise TemporaryFailure("full")
        self.kept.append(envelope)
        self.letters.append(letter)


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

    async def reply(self, *, within: float = 30) -> str:
        lines = []
        async with asyncio.timeout(within):
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

    def write(self, data: bytes) -> None:
        self._writer.write(data)

    async def sends(self, letter: bytes, *, pieces: int = 0) -> str:
        return await self.sends_lines(letter.split(b"\r\n"), pieces=pieces)

    async def sends_lines(self, lines: list[bytes], *, pieces: int = 0) -> str:
        assert (await self.says(b"DATA")).startswith("354")
        data = b"".join(line + b"\r\n" for line in [*lines, b"."])
        for start in range(0, len(data), pieces or len(data)):
            self._writer.write(data[start : start + (pieces or len(data))])
            if pieces:
                await self._writer.drain()
                await asyncio.sleep(0)
        return await self.reply()

    async def rest(self) -> bytes:
        async with asyncio.timeout(60):
            return await self._reader.read()

    def quit(self) -> None:
        self._writer.close()
