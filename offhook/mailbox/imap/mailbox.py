"""One mailbox on an IMAP server, in the session's thread: what is known of its letters, and what is done with them.

A letter's key is the mailbox's UIDVALIDITY and its UID. IMAP ends lines with CR LF; here, as in the other stores, they
end with LF, whatever they were put in with. `size` is the server's count (RFC822.SIZE), one more for each line.
"""

import re
from collections import OrderedDict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from offhook.mailbox.imap.connection import LISTING, LISTING_PATIENCE, SYSTEM_FLAGS, Connection, Sought, Told, sets
from offhook.mailbox.imap.server import Refused
from offhook.mailbox.letters import MAX_HEADER_BYTES, Entry, Flag, LetterGone, LetterKey, MaildropFailure

LARGEST_LETTER = 64 * 1024 * 1024
"""Bytes of a letter that is fetched."""
PIECE = 1024 * 1024
"""Bytes of a letter asked for at a time."""
HEADS_TOGETHER = 25
"""Letters whose headers are asked for together: about a screen."""
USUAL_HEAD = 16 * 1024
"""Bytes of a header that is asked for in company."""
HEADS_KEPT = 500
LONG = {"octets": LISTING, "seconds": LISTING_PATIENCE}
"""What a listing may take."""
_KEY = re.compile(r"([1-9][0-9]{0,9})\.([1-9][0-9]{0,9})", re.ASCII)
_NO_KEYWORDS = "The mail server keeps no keywords of one's own in this folder."
_NO_UIDPLUS = "The mail server cannot remove single letters (it has no UIDPLUS); they stay marked as deleted."


def gone() -> LetterGone:
    """The letter is not there."""
    return LetterGone("The letter is no longer there; another program has removed it.")


def flag_names(flags: Collection[Flag], keywords: Collection[str] = ()) -> list[str]:
    """As IMAP calls them."""
    return [SYSTEM_FLAGS[flag] for flag in flags] + list(keywords)


class Mailbox:
    """What a session knows of one mailbox. All methods want it open on the connection."""

    def __init__(self) -> None:
        self._validity = 0
        self._entries: dict[int, Entry] = {}
        self._modseq = 0
        self._listed: tuple[Sequence[int], list[Entry]] = ((), [])
        self._heads: OrderedDict[int, bytes] = OrderedDict()

    def key(self, connection: Connection, uid: int) -> LetterKey:
        """The key of a letter here."""
        return LetterKey(f"{connection.validity}.{uid}")

    def uid(self, connection: Connection, key: LetterKey) -> int:
        """The UID that a key means; raises `LetterGone` for a key of no letter here."""
        found = _KEY.fullmatch(key)
        if found is None or int(found[1]) != connection.validity or int(found[2]) >= 2**32:
            raise gone()
        return int(found[2])

    def uids(self, connection: Connection, keys: Iterable[LetterKey]) -> list[int]:
        """The UIDs of those keys that can mean a letter."""
        found = []
        for key in keys:
            try:
                found.append(self.uid(connection, key))
            except LetterGone:
                continue
        return found

    def scan(self, connection: Connection) -> list[Entry]:
        """Every letter, by its time of arrival; what the server has told is up to date."""
        if self._validity != connection.validity:
            self._validity, self._entries, self._modseq = connection.validity, {}, 0
            self._heads.clear()
        if connection.exists == 0:
            self._entries, self._modseq = {}, 0
        elif not self._catch_up(connection):
            self._list_all(connection)
        return sorted(self._entries.values(), key=lambda entry: (entry.arrived, int(entry.key.partition(".")[2])))

    def head(self, connection: Connection, key: LetterKey) -> bytes:
        """The header block."""
        uid = self.uid(connection, key)
        if uid not in self._heads:
            self._read_heads(connection, uid)
        self._heads.move_to_end(uid)
        return self._heads[uid]

    def fetch(self, connection: Connection, key: LetterKey) -> bytes:
        """The whole letter, with LF at the ends of its lines."""
        return as_kept(self.octets(connection, self.uid(connection, key)))

    def octets(self, connection: Connection, uid: int) -> bytes:
        """The whole letter, as the server hands it out."""
        letter = bytearray()
        while True:
            told = self._one(connection, uid, f"(UID BODY.PEEK[]<{len(letter)}.{PIECE}>)", 2 * PIECE)
            if told.body is None:
                raise MaildropFailure("The mail server does not hand this letter out.")
            letter += told.body
            if len(letter) > LARGEST_LETTER:
                raise MaildropFailure("The letter is too large to be read here.")
            if len(told.body) < PIECE:
                return bytes(letter)

    def mark(
        self, connection: Connection, key: LetterKey, add: Sequence[str], remove: Sequence[str], keywords: Sequence[str]
    ) -> None:
        """Change flags; `keywords` are those of `add` that must be there then."""
        uid = self.uid(connection, key)
        if add:
            connection.store([uid], "+FLAGS", add)
        if remove:
            connection.store([uid], "-FLAGS", remove)
        told = self._one(connection, uid, "(UID FLAGS)")
        kept = {word.lower() for word in told.keywords}
        if any(word.lower() not in kept and word.lower() != "$forwarded" for word in keywords):
            raise MaildropFailure(_NO_KEYWORDS)
        known = self._entries.get(uid)
        if known is not None:
            self._entries[uid] = _marked(known, told)

    def expunge(self, connection: Connection, uids: Sequence[int]) -> None:
        """Remove these letters and no others."""
        if not uids:
            return
        if not connection.can("UIDPLUS"):
            raise MaildropFailure(_NO_UIDPLUS)
        connection.store(uids, "+FLAGS.SILENT", ["\\Deleted"])
        connection.expunge(uids)

    def must_be_there(self, connection: Connection, uids: Collection[int]) -> None:
        """Raise `LetterGone` if one of these letters is not there."""
        connection.noop()
        there: set[int] = set()
        for letters in sets(uids):
            there |= {told.uid for told in connection.tell(letters, "(UID)", octets=LISTING)}
        if not there.issuperset(uids):
            raise gone()

    def marked(self, connection: Connection, keys: Iterable[LetterKey], flag: Flag) -> set[LetterKey]:
        """Those of these letters that have a flag now."""
        connection.noop()
        found: set[LetterKey] = set()
        for letters in sets(self.uids(connection, keys)):
            told = connection.tell(letters, "(UID FLAGS)", octets=LISTING)
            found |= {self.key(connection, each.uid) for each in told if flag in (each.flags or ())}
        return found

    def last_uid(self, connection: Connection) -> int:
        """The highest UID that is there now, 0 if there is none."""
        connection.noop()
        if connection.exists == 0:
            return 0
        return max((told.uid for told in connection.tell("*", "(UID)")), default=0)

    def has_field(self, connection: Connection, name: str, text: str) -> bool:
        """Whether a letter has `text` in a header field of that name; false if the server does not search for that."""
        connection.noop()
        try:
            return bool(connection.search(["HEADER", name, Sought(text)]))
        except Refused:
            return False

    def since(self, connection: Connection, uid: int, size: int) -> list[int]:
        """The letters of so many octets whose UID is higher, the newest first."""
        connection.noop()
        if connection.exists == 0:
            return []
        told = connection.tell(f"{uid + 1}:*", "(UID RFC822.SIZE)", octets=LISTING)
        return sorted((each.uid for each in told if each.uid > uid and each.size == size), reverse=True)

    def _one(self, connection: Connection, uid: int, items: str, octets: int = 0) -> Told:
        """What is told of one letter; a session is told of new letters only when it looks."""
        for again in (False, True):
            if again:
                connection.noop()
            asked = connection.tell(str(uid), items, **({"octets": octets} if octets else {}))
            found = [told for told in asked if told.uid == uid]
            if found:
                return found[-1]
        raise gone()

    def _catch_up(self, connection: Connection) -> bool:
        """Hear what has changed; whether that is enough to know everything."""
        if not (self._modseq and connection.counts_changes):
            return False
        changes = connection.tell("1:*", f"(UID FLAGS MODSEQ) (CHANGEDSINCE {self._modseq})", **LONG)
        self._take(connection, changes)
        return len(self._entries) == connection.exists

    def _list_all(self, connection: Connection) -> None:
        more = " MODSEQ" if connection.counts_changes else ""
        if self._entries:
            there = connection.tell("1:*", f"(UID FLAGS{more})", **LONG)
            kept = {told.uid for told in there}
            self._entries = {uid: entry for uid, entry in self._entries.items() if uid in kept}
        else:
            there = connection.tell("1:*", f"(UID FLAGS RFC822.SIZE INTERNALDATE{more})", **LONG)
        self._take(connection, there)

    def _take(self, connection: Connection, there: Sequence[Told]) -> None:
        """Note what is told; what is new and was told without size and date is asked for these."""
        self._modseq = max([self._modseq, *(told.modseq for told in there)])
        wanted: dict[int, Told] = {}
        for told in there:
            known = self._entries.get(told.uid)
            if known is not None:
                self._entries[told.uid] = _marked(known, told)
            elif told.size is not None and told.arrived is not None:
                self._entries[told.uid] = self._entry(connection, told, told)
            elif told.flags is not None:
                wanted[told.uid] = told
        for letters in sets(wanted):
            for facts in connection.tell(letters, "(UID RFC822.SIZE INTERNALDATE)", octets=LISTING):
                if facts.uid in wanted and facts.size is not None:
                    self._entries[facts.uid] = self._entry(connection, wanted[facts.uid], facts)

    def _entry(self, connection: Connection, told: Told, facts: Told) -> Entry:
        flags = told.flags or frozenset()
        new = Flag.SEEN not in flags
        key = self.key(connection, told.uid)
        return Entry(key, flags, new, facts.size or 0, facts.arrived or 0.0, told.keywords)

    def _read_heads(self, connection: Connection, uid: int) -> None:
        """Read the header of one letter, and of those after it that will be asked for next."""
        company = [other for other in self._after(uid) if other not in self._heads]
        asked = ",".join(sets([uid, *company]))
        items = f"(UID BODY.PEEK[HEADER]<0.{USUAL_HEAD}>)"
        for told in connection.tell(asked, items, octets=HEADS_TOGETHER * 2 * USUAL_HEAD):
            if told.body is not None and len(told.body) < USUAL_HEAD:
                self._heads[told.uid] = header_block(told.body)
        if uid not in self._heads:
            told = self._one(
                connection, uid, f"(UID BODY.PEEK[HEADER]<0.{2 * MAX_HEADER_BYTES}>)", 3 * MAX_HEADER_BYTES
            )
            self._heads[uid] = header_block(told.body or b"")
        while len(self._heads) > HEADS_KEPT:
            self._heads.popitem(last=False)

    def _after(self, uid: int) -> list[int]:
        """The letters that follow in the order of UIDs, so many as one asks for together."""
        near = range(uid + 1, uid + 2 * HEADS_TOGETHER)
        return [other for other in near if other in self._entries][: HEADS_TOGETHER - 1]


def _marked(known: Entry, told: Told) -> Entry:
    flags = known.flags if told.flags is None else told.flags
    keywords = known.keywords if told.flags is None else told.keywords
    if (flags, keywords) == (known.flags, known.keywords):
        return known
    return replace(known, flags=flags, keywords=keywords, new=Flag.SEEN not in flags)


def header_block(octets: bytes) -> bytes:
    """What stands before the first empty line."""
    head = as_kept(octets)
    if head.startswith(b"\n"):
        return b""
    end = head.find(b"\n\n")
    return head[: end + 1 if end >= 0 else None][:MAX_HEADER_BYTES]


def as_kept(octets: bytes) -> bytes:
    """What the server hands out, with LF at the ends of lines."""
    return octets.replace(b"\r\n", b"\n")


def as_sent(letter: bytes) -> bytes:
    """A letter with CR LF at the ends of its lines. Raises `MaildropFailure` for what IMAP cannot hold."""
    lines = as_kept(letter)
    if not lines:
        raise MaildropFailure("A mail server takes no letter without a single character.")
    if b"\0" in lines or b"\r" in lines:
        raise MaildropFailure("The letter has characters in it that a mail server would change (NUL or a bare CR).")
    if len(lines) > LARGEST_LETTER:
        raise MaildropFailure("The letter is too large for the mail server.")
    return lines.replace(b"\n", b"\r\n")
