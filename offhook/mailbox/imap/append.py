"""Letters on their way into an IMAP mailbox: put in once, whatever becomes of the connection meanwhile."""

import math
from datetime import UTC, datetime

from offhook.mailbox.imap.connection import Connection
from offhook.mailbox.imap.mailbox import Mailbox, as_kept
from offhook.mailbox.letters import LetterKey, MaildropFailure

_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


class Appending:
    """An APPEND that may be called again on a new connection: then it looks first whether the letter is there.

    A letter is known by its octets, among those that have come since: no header of ours has to be in it.
    """

    def __init__(self, mailbox: Mailbox, name: str, letter: bytes, flags: list[str], arrived: float | None) -> None:
        """`letter` is as sent, with CR LF at the ends of lines."""
        self._mailbox = mailbox
        self._name = name
        self._letter = letter
        self._flags = flags
        self._date = None if arrived is None else internal_date(arrived)
        self._before: tuple[int, int] | None = None

    def __call__(self, connection: Connection) -> LetterKey:
        """The key of the letter."""
        if self._before is not None and self._before[0] == connection.validity:
            found = self._found(connection)
            if found is not None:
                return found
        self._before = connection.validity, self._mailbox.last_uid(connection)
        made = connection.append(self._name, self._letter, self._flags, self._date)
        if made is not None and made[0] == connection.validity:
            return self._mailbox.key(connection, made[1])
        found = self._found(connection)
        if found is None:
            raise MaildropFailure("The mail server has taken the letter, but does not show it.")
        return found

    def _found(self, connection: Connection) -> LetterKey | None:
        assert self._before is not None
        for uid in self._mailbox.since(connection, self._before[1], len(self._letter)):
            if as_kept(self._mailbox.octets(connection, uid)) == as_kept(self._letter):
                return self._mailbox.key(connection, uid)
        return None


def internal_date(moment: float) -> str:
    """A time in seconds since 1970 as IMAP writes it; one that no calendar has is the nearest that it has."""
    seconds = 0 if math.isnan(moment) else min(max(math.floor(moment), 0), 253_402_300_799)
    date = datetime.fromtimestamp(seconds, UTC)
    return f"{date.day:2d}-{_MONTHS[date.month - 1]}-{date.year:04d} {date:%H:%M:%S} +0000"


class Transfer:
    """A COPY or MOVE, which is never said twice: on a new connection nobody knows how far the first one came."""

    def __init__(self, mailbox: Mailbox, keys: list[LetterKey], target: str, *, move: bool) -> None:
        self._mailbox = mailbox
        self._keys = keys
        self._target = target
        self._move = move
        self._said = False

    def __call__(self, connection: Connection) -> list[LetterKey]:
        """The new keys, in the order of the old ones."""
        if self._said:
            raise MaildropFailure("The connection to the mail server was lost meanwhile: see which letters are there.")
        uids = [self._mailbox.uid(connection, key) for key in self._keys]
        if self._move and not (connection.can("MOVE") or connection.can("UIDPLUS")):
            raise MaildropFailure("The mail server cannot move letters (it has neither MOVE nor UIDPLUS).")
        self._mailbox.must_be_there(connection, uids)
        self._said = True
        command = "MOVE" if self._move and connection.can("MOVE") else "COPY"
        validity, made = connection.transfer(command, uids, self._target)
        if not set(uids) <= made.keys():
            self._undo(connection, list(made.values()), moved=command == "MOVE")
        if self._move and command == "COPY":
            self._mailbox.expunge(connection, uids)
        return [LetterKey(f"{validity}.{made[uid]}") for uid in uids]

    def _undo(self, connection: Connection, made: list[int], *, moved: bool) -> None:
        """Some letters went away before they were copied: take the copies of the others away again."""
        if made and not moved and connection.can("UIDPLUS"):
            connection.select(self._target)
            self._mailbox.expunge(connection, made)
        raise MaildropFailure("Some of the letters were no longer there: see which are.")
