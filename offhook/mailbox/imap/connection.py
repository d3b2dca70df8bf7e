"""What a session says on its connection to an IMAP server: commands, their answers taken apart, the open mailbox."""

import calendar
import imaplib
import re
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from offhook.mailbox.imap.server import Refused, refusal
from offhook.mailbox.imap.wire import ANSWER, SILENCE, Wire
from offhook.mailbox.letters import Flag

LISTING = 256_000_000
"""Bytes of the longest answer, the first listing of a very large mailbox."""
LISTING_PATIENCE = 600
"""Seconds for such a listing, as long as the server goes on talking."""
FOLDERS = 4_000_000
"""Bytes of the list of folders."""
MOST_AT_ONCE = 400
"""Letters named in one command."""
IDLE_TURN = 240.0
"""Seconds after which IDLE is begun anew: less than the 29 minutes of RFC 2177, and than what routers forget."""
POLL = 10.0
"""Seconds between looks at a server that has no IDLE."""
SYSTEM_FLAGS = {
    Flag.DRAFT: "\\Draft",
    Flag.FLAGGED: "\\Flagged",
    Flag.PASSED: "$Forwarded",
    Flag.REPLIED: "\\Answered",
    Flag.SEEN: "\\Seen",
    Flag.TRASHED: "\\Deleted",
}
_FLAGS = {name.lower(): flag for flag, name in SYSTEM_FLAGS.items()}
_SPECIAL = re.compile(rb'["\\]')
_UNSAYABLE = re.compile(rb"[\0\r\n]")
_QUOTED = re.compile(rb'"(?:[^"\\]|\\.)*"')
_UID = re.compile(rb"\bUID (\d{1,10})\b")
_FLAGS_OF = re.compile(rb"\bFLAGS \(([^()]*)\)")
_SIZE = re.compile(rb"\bRFC822\.SIZE (\d{1,18})\b")
_DATE = re.compile(rb'\bINTERNALDATE "([ \d]\d)-([A-Z][a-z]{2})-(\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)"')
_MODSEQ = re.compile(rb"\bMODSEQ \((\d{1,20})\)")
_BODY = re.compile(rb'\bBODY\[[^\]]*\](?:<\d+>)? (?:(\{\d+\}|NIL)|"((?:[^"\\]|\\.)*)")')
_MONTHS = {name.encode(): number for number, name in enumerate(calendar.month_abbr) if name}
_SETS = re.compile(rb"\s*(\d{1,10}) ([\d:,]{1,100000}) ([\d:,]{1,100000})\s*")
_ALL = re.compile(rb"\bALL ([\d:,]+)")
_APPENDED = re.compile(rb"\s*(\d{1,10}) (\d{1,10})\s*")


@dataclass(frozen=True, slots=True)
class Told:
    """What an answer tells of one letter; what it does not tell is None."""

    uid: int
    flags: frozenset[Flag] | None = None
    keywords: frozenset[str] = frozenset()
    size: int | None = None
    arrived: float | None = None
    modseq: int = 0
    body: bytes | None = None


class Sought(str):
    """A text that is looked for: whatever is in it, a server takes none of it for a part of the command."""

    __slots__ = ()


class Connection:
    """A connection that is logged in. `mailbox` is the one that is open, empty for none.

    Raises `Refused` for NO and BAD, and whatever imaplib and the socket raise when the connection is lost.
    """

    def __init__(self, client: Any) -> None:
        self.client = client
        self._wire: Wire = client._imap
        self._wire.allow(ANSWER, SILENCE)
        self._capabilities: frozenset[bytes] = frozenset(client.capabilities())
        self.mailbox = ""
        self.validity = 0
        self.counts_changes = False
        """Whether the open mailbox numbers its changes (RFC 7162)."""
        self.modseq = 0
        """The number of the last change before the mailbox was opened."""
        self.used = time.monotonic()

    def can(self, capability: str) -> bool:
        """Whether the server has it; what IMAP4rev2 has in itself counts."""
        included = {"IDLE", "MOVE", "UIDPLUS", "NAMESPACE", "ENABLE", "ESEARCH"}
        return capability.encode() in self._capabilities or (
            capability in included and b"IMAP4REV2" in self._capabilities
        )

    @property
    def exists(self) -> int:
        """How many letters the open mailbox has."""
        return self._wire.exists

    @property
    def noted(self) -> int:
        """A number that is higher when the open mailbox may have changed, or is another one."""
        return self._wire.noted

    def command(self, name: str, *arguments: str | bytes, wanted: str = "") -> list[Any]:
        """Say a command; what the server tells of `wanted` in its answer, with any refusal raised."""
        self._wire.untagged_responses.clear()  # of what nobody asked for
        tag = self._wire._command(name, *arguments)
        try:
            typ, data = self._wire._command_complete(name, tag)
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error as error:  # BAD
            raise refusal(str(error)) from None
        if typ != "OK":
            raise refusal(data)
        self.used = time.monotonic()
        found: list[Any] = self._wire.untagged_responses.pop(wanted, [])
        return found

    def allow(self, octets: int = ANSWER, seconds: float = 0.0) -> None:
        """What the next answer may take; no seconds are as many as a server may be silent."""
        self._wire.allow(octets, seconds or SILENCE)

    def noop(self) -> None:
        """Let the server tell what has changed."""
        self.allow(LISTING)
        self._wire.told = False
        self.command("NOOP")

    def select(self, mailbox: str) -> None:
        """Have this mailbox open."""
        if mailbox == self.mailbox:
            return
        self.mailbox, self._wire.exists = "", 0
        self.allow()
        parameters = ["(CONDSTORE)"] if self.can("CONDSTORE") else []
        validity = self.command("SELECT", self.client._normalise_folder(mailbox), *parameters, wanted="UIDVALIDITY")
        self._wire.state = "SELECTED"
        self.validity = int(validity[-1])
        latest: list[Any] = self._wire.untagged_responses.get("HIGHESTMODSEQ", [])
        self.counts_changes, self.modseq = bool(latest), int(latest[-1]) if latest else 0
        self.mailbox = mailbox

    def tell(self, letters: str, items: str, *, octets: int = ANSWER, seconds: float = 0.0) -> list[Told]:
        """UID FETCH; what it tells of letters by their UID."""
        self.allow(octets, seconds)
        self._wire.told = True
        try:
            return list(_told(self.command("UID", "FETCH", letters, items, wanted="FETCH")))
        finally:
            self._wire.told = False

    def store(self, uids: Iterable[int], change: str, flags: Collection[str]) -> None:
        """UID STORE, in commands of bounded length."""
        for letters in sets(uids):
            self.allow(LISTING)
            self._wire.told = True
            try:
                self.command("UID", "STORE", letters, change, f"({' '.join(sorted(flags))})")
            finally:
                self._wire.told = False

    def expunge(self, uids: Iterable[int]) -> None:
        """UID EXPUNGE (RFC 4315)."""
        for letters in sets(uids):
            self.allow(LISTING)
            self.command("UID", "EXPUNGE", letters)

    def transfer(self, command: str, uids: Collection[int], mailbox: str) -> tuple[int, dict[int, int]]:
        """UID COPY or UID MOVE; the UIDVALIDITY there, and the new UIDs by the old ones, as far as the server tells."""
        validity, made = 0, dict[int, int]()
        for letters in sets(uids):
            self.allow(LISTING, LISTING_PATIENCE)
            codes = self.command("UID", command, letters, self.client._normalise_folder(mailbox), wanted="COPYUID")
            if codes and (found := _SETS.fullmatch(codes[-1] or b"")):
                validity = int(found[1])
                made |= zip(_members(found[2]), _members(found[3]), strict=False)
        return validity, made

    def append(self, mailbox: str, letter: bytes, flags: Collection[str], date: str | None) -> tuple[int, int] | None:
        """APPEND; UIDVALIDITY and UID of the letter, if the server tells."""
        self.allow(ANSWER, SILENCE + len(letter) / 4096)
        self.client._imap.literal = letter
        try:
            codes = self.command(
                "APPEND",
                self.client._normalise_folder(mailbox),
                f"({' '.join(sorted(flags))})",
                *([f'"{date}"'] if date else []),
                wanted="APPENDUID",
            )
        finally:
            self.client._imap.literal = None
        found = _APPENDED.fullmatch(codes[-1] or b"") if codes else None
        return (int(found[1]), int(found[2])) if found else None

    def search(self, criteria: Sequence[str]) -> list[int]:
        """UID SEARCH, in UTF-8 where ASCII is not enough; what is looked for is `Sought`."""
        self.allow(LISTING, LISTING_PATIENCE)
        self._wire.untagged_responses.clear()
        charset = [] if all(each.isascii() for each in criteria) else [b"CHARSET", b"UTF-8"]
        try:
            found = self.client._raw_command_untagged(b"SEARCH", [*charset, *map(_said, criteria)])
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error as error:
            raise refusal(str(error)) from None
        return [int(uid) for part in found for uid in (part or b"").split() if uid.isdigit()]

    def runs(self, *criteria: str) -> list[tuple[int, int]]:
        """The letters that meet criteria without texts, as runs of UIDs from the lowest on, each its first and last."""
        self.allow(LISTING, LISTING_PATIENCE)
        if not self.can("ESEARCH"):
            found = self.command("UID", "SEARCH", *criteria, wanted="SEARCH")
            return runs_in(b",".join(word for part in found for word in (part or b"").split()))
        found = self.command("UID", "SEARCH", "RETURN", "(ALL)", *criteria, wanted="ESEARCH")
        return runs_in(next((sets[1] for part in found if (sets := _ALL.search(part or b""))), b""))

    def idle(self, seconds: float, woken: int) -> None:
        """Wait until there is news, the time is over, or the descriptor `woken` can be read."""
        until, noted = time.monotonic() + seconds, self.noted
        self.allow(ANSWER, seconds + SILENCE)
        self._wire.untagged_responses.clear()
        tag = self._wire._command("IDLE")
        while self._wire._get_response() is not None:
            if self._wire.tagged_commands[tag]:
                raise Refused("", "no IDLE after all")
        while self.noted == noted and self._wire.stirs(until - time.monotonic(), woken):
            self._wire._get_response()
        self.allow(LISTING)
        self._wire.send(b"DONE\r\n")
        self._wire._command_complete("IDLE", tag)
        self.used = time.monotonic()

    def sleep(self, seconds: float, woken: int) -> None:
        """As `idle`, for a server that has none: nothing is heard meanwhile but the end of the connection."""
        if self._wire.stirs(seconds, woken):
            self.noop()

    def folders(self) -> list[tuple[tuple[bytes, ...], bytes, str]]:
        """Every mailbox: its flags, its delimiter, its name."""
        self.allow(FOLDERS)
        self._wire.untagged_responses.clear()
        found: list[tuple[tuple[bytes, ...], bytes, str]] = self.client.list_folders()
        return found

    def folder_style(self) -> tuple[str, str]:
        """What stands before the names of one's own mailboxes, and between their levels."""
        self.allow(FOLDERS)
        if self.can("NAMESPACE"):
            own = self.client.namespace().personal
            if own:
                prefix, delimiter = own[0]
                return str(prefix), str(delimiter or "/")
        listed = self.client.list_folders("", "")
        return "", (listed[0][1] or b"/").decode("ascii", "replace") if listed else "/"

    def change_folder(self, command: str, mailbox: str) -> None:
        """CREATE or DELETE a mailbox."""
        self.allow()
        self.command(command, self.client._normalise_folder(mailbox))

    def bye(self) -> None:
        """Log out."""
        self.allow(ANSWER, 2.0)
        self.client.logout()

    def break_off(self) -> None:
        """Close the connection; may be called from another thread to end what is going on in its own."""
        self._wire.shutdown()


def _said(word: str) -> bytes:
    """A word of a command, quoted if it is `Sought`; beyond ASCII as it is, since imapclient says that as a literal."""
    if not isinstance(word, Sought) or not word.isascii():
        return word.encode("utf-8", "replace")
    return b'"' + _SPECIAL.sub(rb"\\\g<0>", _UNSAYABLE.sub(b" ", word.encode())) + b'"'


def sets(uids: Iterable[int]) -> Iterator[str]:
    """UIDs as the sets of commands that are not too long."""
    ordered = sorted(set(uids))
    for start in range(0, len(ordered), MOST_AT_ONCE):
        yield ",".join(_ranges(ordered[start : start + MOST_AT_ONCE]))


def _ranges(ordered: Sequence[int]) -> Iterator[str]:
    first = 0
    for place, uid in enumerate(ordered):
        if place + 1 == len(ordered) or ordered[place + 1] != uid + 1:
            yield str(uid) if first == place else f"{ordered[first]}:{uid}"
            first = place + 1


def runs_in(octets: bytes) -> list[tuple[int, int]]:
    """The runs of numbers in a set, put in order; what is no number a letter can have is left out."""
    runs = []
    for part in filter(None, octets.split(b",")):
        first, _, last = part.partition(b":")
        if first.isdigit() and (last or first).isdigit():
            one, other = sorted((int(first), int(last or first)))
            if one > 0 and other < 2**32:
                runs.append((one, other))
    return sorted(runs)


def _members(octets: bytes) -> Iterator[int]:
    """The numbers of a set, in its order, and no more than one command can name."""
    left = MOST_AT_ONCE
    for part in octets.split(b","):
        first, _, last = part.partition(b":")
        one, other = int(first or 0), int(last or first or 0)
        step = 1 if one <= other else -1
        for number in range(one, other + step, step):
            if not left:
                return
            left -= 1
            yield number


def _told(data: Iterable[Any]) -> Iterator[Told]:
    """The letters in the FETCH answers as imaplib leaves them: each some pairs of text and literal, and a last text."""
    texts: list[bytes] = []
    literals: list[bytes] = []
    for part in data:
        if isinstance(part, tuple):
            texts.append(part[0])
            literals.append(part[1])
            continue
        texts.append(part or b"")
        if told := _letter(b"".join(texts), texts, literals):
            yield told
        texts, literals = [], []


def _letter(text: bytes, texts: Sequence[bytes], literals: Sequence[bytes]) -> Told | None:
    bare = _QUOTED.sub(b'""', text) if b"BODY[" in text else text  # what a letter says is not what the server says
    uid = _UID.search(bare)
    if uid is None:
        return None  # told of its own accord, by a number that may be another's tomorrow
    flags = _FLAGS_OF.search(bare)
    size, date, modseq = _SIZE.search(bare), _DATE.search(text), _MODSEQ.search(bare)
    known, keywords = _flags(flags[1]) if flags else (None, frozenset())
    return Told(
        int(uid[1]),
        known,
        keywords,
        int(size[1]) if size else None,
        _moment(date) if date else None,
        int(modseq[1]) if modseq else 0,
        _body(texts, literals),
    )


@lru_cache(1000)
def _flags(octets: bytes) -> tuple[frozenset[Flag], frozenset[str]]:
    """Flags and keywords; most letters have the same few."""
    words = octets.decode("ascii", "replace").split()
    known = frozenset(_FLAGS[word.lower()] for word in words if word.lower() in _FLAGS)
    return known, frozenset(word for word in words if not word.startswith("\\") and word.lower() not in _FLAGS)


def _body(texts: Sequence[bytes], literals: Sequence[bytes]) -> bytes | None:
    for place, text in enumerate(texts):
        found = _BODY.search(text)
        if found is None:
            continue
        if found[1] is None:
            return re.sub(rb"\\(.)", rb"\1", found[2])
        return literals[place] if found[1] != b"NIL" and place < len(literals) else b""
    return None


def _moment(date: "re.Match[bytes]") -> float | None:
    day, month, year, hour, minute, second, sign, hours, minutes = date.groups()
    if month not in _MONTHS:
        return None
    zone = (int(hours) * 60 + int(minutes)) * 60 * (-1 if sign == b"-" else 1)
    moment = (int(year), _MONTHS[month], int(day), int(hour), int(minute), int(second))
    return float(calendar.timegm(moment) - zone)
