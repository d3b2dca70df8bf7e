"""An IMAP server in miniature, which does wrong what a test tells it to: silence, garbage, a broken line, lies."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from offhook.mailbox.imap import ImapMaildrop, ImapServer, ImapSession

CAPABILITIES = "IMAP4rev1 AUTH=PLAIN UIDPLUS MOVE IDLE"


@dataclass
class Kept:
    """A letter on the server."""

    octets: bytes
    flags: set[str] = field(default_factory=set)


class Talk:
    """One connection."""

    def __init__(self, server: "FakeImap", reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.server = server
        self.reader = reader
        self.writer = writer
        self.told = 0

    def say(self, *lines: str | bytes) -> None:
        for line in lines:
            self.writer.write((line.encode() if isinstance(line, str) else line) + b"\r\n")

    def break_off(self) -> None:
        self.writer.transport.abort()

    async def hold(self) -> None:
        try:
            await self.server.greeted(self)
            while line := await self.reader.readline():
                await self.server.heard(self, line.rstrip(b"\r\n").decode("latin-1"))
                await self.writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self.writer.close()


Fault = Callable[[Talk, str], Awaitable[None]]
"""What the server does in place of an answer; the second is the tag."""


class FakeImap:
    """`letters` by UID, in one mailbox. A fault in `faults` is done, once, when a command matches its pattern."""

    def __init__(self, capabilities: str = CAPABILITIES) -> None:
        self.capabilities = capabilities
        self.letters: dict[int, Kept] = {}
        self.copies: list[bytes] = []
        self.validity = 7
        self.heard_commands: list[str] = []
        self.faults: list[tuple[str, Fault]] = []
        self.always: list[tuple[str, Fault]] = []
        self.greeting = "* OK ready"
        self.talks: list[Talk] = []
        self.port = 0

    def put(self, letter: bytes, *flags: str) -> int:
        uid = max(self.letters, default=0) + 1
        self.letters[uid] = Kept(letter, set(flags))
        return uid

    async def greeted(self, talk: Talk) -> None:
        self.talks.append(talk)
        talk.say(self.greeting)

    async def heard(self, talk: Talk, line: str) -> None:
        tag, _, command = line.partition(" ")
        self.heard_commands.append(command)
        for place, (pattern, fault) in enumerate(self.faults):
            if re.match(pattern, command):
                del self.faults[place]
                await fault(talk, tag)
                return
        for pattern, fault in self.always:
            if re.match(pattern, command):
                await fault(talk, tag)
                return
        await self.answer(talk, tag, command)

    async def answer(self, talk: Talk, tag: str, command: str) -> None:
        word = command.split(" ")[0].upper()
        rest = command[len(word) :].strip()
        if word == "UID":
            word = f"UID {rest.split(' ')[0].upper()}"
            rest = rest.partition(" ")[2]
        method = getattr(self, "on_" + word.lower().replace(" ", "_"), None)
        if method is None:
            talk.say(f"{tag} BAD what?")
        else:
            await method(talk, tag, rest)

    async def on_capability(self, talk: Talk, tag: str, _: str) -> None:
        talk.say(f"* CAPABILITY {self.capabilities}", f"{tag} OK done")

    async def on_authenticate(self, talk: Talk, tag: str, _: str) -> None:
        talk.say("+ ")
        await talk.reader.readline()
        talk.say(f"{tag} OK in")

    async def on_login(self, talk: Talk, tag: str, _: str) -> None:
        talk.say(f"{tag} OK in")

    async def on_select(self, talk: Talk, tag: str, _: str) -> None:
        talk.told = len(self.letters)
        talk.say(f"* {talk.told} EXISTS", "* 0 RECENT", f"* OK [UIDVALIDITY {self.validity}]")
        talk.say(f"* OK [UIDNEXT {max(self.letters, default=0) + 1}]", f"{tag} OK [READ-WRITE] open")

    async def on_noop(self, talk: Talk, tag: str, _: str) -> None:
        if len(self.letters) != talk.told:
            talk.told = len(self.letters)
            talk.say(f"* {talk.told} EXISTS")
        talk.say(f"{tag} OK done")

    async def on_logout(self, talk: Talk, tag: str, _: str) -> None:
        talk.say("* BYE", f"{tag} OK done")

    async def on_list(self, talk: Talk, tag: str, _: str) -> None:
        talk.say('* LIST () "/" INBOX', f"{tag} OK done")

    async def on_uid_fetch(self, talk: Talk, tag: str, rest: str) -> None:
        named, _, items = rest.partition(" ")
        for uid in self.named(named):
            self.tell(talk, uid, items)
        talk.say(f"{tag} OK done")

    def tell(self, talk: Talk, uid: int, items: str) -> None:
        letter = self.letters[uid]
        number = sorted(self.letters).index(uid) + 1
        said = f"* {number} FETCH (UID {uid}"
        if "FLAGS" in items:
            said += f" FLAGS ({' '.join(sorted(letter.flags))})"
        if "SIZE" in items:
            said += f" RFC822.SIZE {len(letter.octets)}"
        if "DATE" in items:
            said += ' INTERNALDATE "28-Nov-2026 12:00:00 +0100"'
        octets = None
        if found := re.search(r"BODY\.PEEK\[\]<(\d+)\.(\d+)>", items):
            first = int(found[1])
            octets, name = letter.octets[first : first + int(found[2])], f"BODY[]<{first}>"
        elif "[HEADER]" in items:
            head, end, _ = letter.octets.partition(b"\r\n\r\n")
            octets, name = head + end, "BODY[HEADER]<0>"
        if octets is None:
            talk.say(said + ")")
        else:
            talk.writer.write(f"{said} {name} {{{len(octets)}}}\r\n".encode() + octets + b")\r\n")

    async def on_uid_store(self, talk: Talk, tag: str, rest: str) -> None:
        named, change, flags = rest.split(" ", 2)
        for uid in self.named(named):
            words = set(flags.strip("()").split())
            kept = self.letters[uid].flags
            self.letters[uid].flags = kept | words if change[0] == "+" else kept - words
        talk.say(f"{tag} OK done")

    async def on_uid_expunge(self, talk: Talk, tag: str, rest: str) -> None:
        for uid in self.named(rest):
            if "\\Deleted" in self.letters[uid].flags:
                talk.say(f"* {sorted(self.letters).index(uid) + 1} EXPUNGE")
                del self.letters[uid]
                talk.told = len(self.letters)
        talk.say(f"{tag} OK done")

    async def on_uid_copy(self, talk: Talk, tag: str, rest: str) -> None:
        named, _, _ = rest.partition(" ")
        uids = self.named(named)
        first = len(self.copies) + 1
        self.copies += [self.letters[uid].octets for uid in uids]
        there = ",".join(str(first + place) for place in range(len(uids)))
        talk.say(f"{tag} OK [COPYUID 9 {','.join(map(str, uids))} {there}] done")

    async def on_append(self, talk: Talk, tag: str, rest: str) -> None:
        uid = await self.take(talk, rest)
        code = f"[APPENDUID {self.validity} {uid}] " if "UIDPLUS" in self.capabilities else ""
        talk.say(f"{tag} OK {code}done")

    async def take(self, talk: Talk, rest: str, *, keep: bool = True) -> int:
        """The literal of an APPEND, put into the mailbox."""
        found = re.search(r"\{(\d+)\}$", rest)
        assert found
        talk.say("+ go on")
        await talk.writer.drain()
        octets = await talk.reader.readexactly(int(found[1]))
        await talk.reader.readline()
        flags = re.search(r"\(([^)]*)\)", rest)
        return self.put(octets, *(flags[1].split() if flags else ())) if keep else 0

    async def on_idle(self, talk: Talk, tag: str, _: str) -> None:
        talk.say("+ idling")
        await talk.writer.drain()
        await talk.reader.readline()
        talk.say(f"{tag} OK done")

    def named(self, named: str) -> list[int]:
        """The UIDs of a set, of those that are there."""
        last = max(self.letters, default=0)
        found = set()
        for part in named.split(","):
            first, _, end = part.replace("*", str(last)).partition(":")
            low, high = sorted((int(first), int(end or first)))
            found |= {uid for uid in self.letters if low <= uid <= high}
        return sorted(found)


@asynccontextmanager
async def fake_imap(capabilities: str = CAPABILITIES) -> AsyncIterator[FakeImap]:
    """A running server."""
    fake = FakeImap(capabilities)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await Talk(fake, reader, writer).hold()

    server = await asyncio.start_server(talk, "127.0.0.1", 0, limit=2**20)
    fake.port = server.sockets[0].getsockname()[1]
    try:
        yield fake
    finally:
        server.close()
        for each in fake.talks:
            each.break_off()


async def breaks_off(talk: Talk, _tag: str) -> None:
    """The connection ends."""
    talk.break_off()


async def says_nothing(_talk: Talk, _tag: str) -> None:
    """No answer comes."""


def says(*lines: str | bytes, then: str = "OK done") -> Fault:
    """These lines, and that it is done."""

    async def fault(talk: Talk, tag: str) -> None:
        talk.say(*lines, *([f"{tag} {then}"] if then else []))

    return fault


def maildrop_on(fake: FakeImap, password: str | None = "letmein") -> ImapMaildrop:
    """A maildrop of alice's on the server."""
    return ImapMaildrop(ImapSession(ImapServer("127.0.0.1", fake.port, "none"), "alice", password))


def is_one_sentence(failure: BaseException) -> bool:
    """Whether what a user is told is short, whole, and has nothing of the server's in it that a terminal would obey."""
    text = str(failure)
    return text.isprintable() and text.endswith((".", ")")) and len(text) < 120
