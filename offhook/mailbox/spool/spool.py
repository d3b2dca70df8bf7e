"""The spool: a durable queue of letters on disk, one file for a letter and one for its envelope.

A letter is in the spool exactly while its envelope is in `queue/`. Each step below is one file operation that happens
whole or not at all; the table is what a crash between two of them leaves, and what `recover` makes of it.

| tmp/ | letters/ID | queue/ID | what it is                                        | at the next start       |
|------|------------|----------|---------------------------------------------------|-------------------------|
| file | -          | -        | a letter being taken, not yet acknowledged        | removed                 |
| any  | there      | -        | the same, a step later; or one that has left      | removed                 |
| -    | there      | there    | a letter that waits                               | tried                   |
| file | there      | there    | the same, its envelope being rewritten            | tried as the old one    |
| any  | -          | there    | a letter refused on a disk that could not undo it | removed, with a warning |

`put` returns when both files are written and synced, renamed, and the folders are synced. A letter that was delivered
just before a crash, with its envelope not rewritten yet, is tried again: twice rather than never. By its ident, which
is the same then, a mailbox can tell that it has it.

One lock file orders all changes, among the threads of this process and among processes (the host, a local session,
the operator's commands).
"""

import asyncio
import fcntl
import logging
import os
import re
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from offhook.mailbox.files import DiskFiles, FileFacts, Files
from offhook.mailbox.letters import Envelope, Octets, TemporaryFailure
from offhook.mailbox.spool.folders import Folders, locked, open_lock, opened
from offhook.mailbox.spool.spooled import Recipient, SpooledLetter, decode, encode

log = logging.getLogger(__name__)

MOST_RECIPIENTS = 1_000
LARGEST_ENVELOPE = 4_000_000
"""Bytes; one with the most recipients and the longest replies stays below."""
_IDENT = re.compile(r"[0-9a-f]{10,20}-[0-9a-f]{8}")
_CHUNK = 1 << 20
_TICK_NS = 100_000_000
"""An envelope read so soon after it was written may be rewritten with the same time on it, and is read again."""
_LETTER, _ENVELOPE = ".letter", ".envelope"


class Spool:
    """The spool in `folder`, made when first needed. `now` gives seconds since 1970."""

    def __init__(
        self,
        folder: Path,
        *,
        files: Files | None = None,
        now: Callable[[], float] = time.time,
        most_letters: int = 10_000,
        most_bytes: int = 1_000_000_000,
    ) -> None:
        self._folder = folder
        self._files = files or DiskFiles()
        self.now = now
        self._most_letters = most_letters
        self._most_bytes = most_bytes
        self._known: dict[str, tuple[FileFacts, SpooledLetter | None, int]] = {}
        self._changed = asyncio.Event()

    async def put(self, envelope: Envelope, letter: Octets) -> None:
        """Take a letter; it is durable on return. On `TemporaryFailure` it is not taken, and will not be sent."""
        try:
            await asyncio.to_thread(self._put, envelope, letter)
        except OSError as error:
            log.warning("the spool could not take a letter: %s", error)
            raise TemporaryFailure("The letter cannot be kept for sending at the moment.") from error
        self.touch()

    async def list(self) -> tuple[SpooledLetter, ...]:
        """Every letter that waits, the oldest first. Raises `OSError`."""
        return await asyncio.to_thread(self._list)

    async def read(self, ident: str) -> bytes:
        """The letter itself, as it was put. Raises `OSError`."""
        return await asyncio.to_thread(self._read_letter, ident)

    async def retry(self, ident: str) -> bool:
        """Make a letter due now; false if there is none of that ident. Raises `OSError`."""
        return await self._change(ident, self._due_now)

    async def drop(self, ident: str) -> bool:
        """Take a letter away unsent and untold; false if there is none of that ident. Raises `OSError`."""
        return await self._change(ident, None)

    async def update(self, letter: SpooledLetter) -> bool:
        """Write down how far a letter has come; one without recipients leaves the spool. Raises `OSError`.

        False, and nothing is written, if it was dropped meanwhile.
        """
        return await self._change(letter.ident, lambda _old: letter)

    async def recover(self) -> None:
        """Clear away what a crash left. Raises `OSError`."""
        await asyncio.to_thread(self._recover)

    def touch(self) -> None:
        """Wake whoever waits in `changed`."""
        self._changed.set()

    async def changed(self, timeout: float) -> None:
        """Wait until something was put or changed by this object, or for `timeout` seconds. For one waiter."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                await self._changed.wait()
        self._changed.clear()

    @contextmanager
    def claimed(self) -> Iterator[bool]:
        """Be the only runner of this spool, among all processes; false if there is another. May raise `OSError`."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = open_lock(self._folder / "runner.lock")
        try:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True
        finally:
            os.close(lock)

    async def _change(self, ident: str, change: Callable[[SpooledLetter], SpooledLetter] | None) -> bool:
        if not _IDENT.fullmatch(ident):
            return False
        changed = await asyncio.to_thread(self._rewrite, ident, change)
        self.touch()
        return changed

    def _due_now(self, letter: SpooledLetter) -> SpooledLetter:
        now = self.now()
        return replace(letter, recipients=tuple(replace(each, next_attempt=now) for each in letter.recipients))

    # What follows waits for the disk, and runs in a thread.

    def _put(self, envelope: Envelope, letter: Octets) -> None:
        now = self.now()
        addresses = tuple(dict.fromkeys(envelope.recipients))
        if len(addresses) > MOST_RECIPIENTS:
            raise TemporaryFailure(f"The spool takes letters for at most {MOST_RECIPIENTS} recipients.")
        ident = f"{max(int(now * 1_000_000), 0):013x}-{secrets.token_hex(4)}"
        recipients = tuple(Recipient(address, now) for address in addresses)
        spooled = SpooledLetter(ident, envelope.sender, now, len(letter), recipients)
        if not addresses:
            return
        with locked(self._files, self._folder) as box:
            waiting = self._scan(box)
            if len(waiting) >= self._most_letters or (
                sum(each.size for each in waiting) + len(letter) > self._most_bytes
            ):
                raise TemporaryFailure("Too many letters are waiting to be sent.")
            try:
                self._write(box, ident + _LETTER, letter, box.letters, ident)
                self._write(box, ident + _ENVELOPE, encode(spooled), box.queue, ident)
            except BaseException:  # raised again: of a letter refused nothing is sent
                self._undo(box, ident)
                raise

    def _write(self, box: Folders, name: str, data: Octets, folder: int, to_name: str) -> None:
        """Write a file aside, then put it in its place, each durably."""
        with suppress(FileNotFoundError):  # left by an earlier rewrite that failed
            self._files.remove(name, box.tmp)
        file = self._files.create(name, box.tmp)
        try:
            rest = memoryview(data)
            while rest:
                rest = rest[self._files.write(file, bytes(rest[:_CHUNK])) :]
            self._files.sync(file)
        finally:
            self._files.close(file)
        self._files.rename(name, box.tmp, to_name, folder)
        self._files.sync(folder)

    def _undo(self, box: Folders, ident: str) -> None:
        """Take back a letter that could not be kept: without either file it cannot be sent."""
        places = ((ident, box.queue), (ident, box.letters), (ident + _LETTER, box.tmp), (ident + _ENVELOPE, box.tmp))
        for name, folder in places:
            with suppress(OSError):
                self._files.remove(name, folder)
        with suppress(OSError):
            self._files.sync(box.queue)

    def _rewrite(self, ident: str, change: Callable[[SpooledLetter], SpooledLetter] | None) -> bool:
        """Change an envelope, or with None remove the letter, even one whose envelope is damaged."""
        with locked(self._files, self._folder) as box:
            try:
                data = self._read(ident, box.queue, LARGEST_ENVELOPE)
            except FileNotFoundError:
                return False
            if change is None:
                self._remove(box, ident)
                return True
            try:
                letter = change(decode(ident, data))
            except ValueError as error:
                log.warning("the envelope of %s in %s is damaged: %s", ident, self._folder, error)
                return False
            if letter.recipients:
                self._write(box, ident + _ENVELOPE, encode(letter), box.queue, ident)
            else:
                self._remove(box, ident)
            return True

    def _remove(self, box: Folders, ident: str) -> None:
        self._files.remove(ident, box.queue)
        self._files.sync(box.queue)  # else a power cut may bring back the envelope alone
        with suppress(OSError):  # the letter has left; what stays is cleared away at the next start
            self._files.remove(ident, box.letters)

    def _list(self) -> tuple[SpooledLetter, ...]:
        with locked(self._files, self._folder) as box:
            return self._scan(box)

    def _scan(self, box: Folders) -> tuple[SpooledLetter, ...]:
        known, self._known = self._known, {}
        for ident in sorted(self._files.list_folder(box.queue)):
            if not _IDENT.fullmatch(ident):
                continue
            facts = self._files.facts(ident, box.queue)
            earlier = known.get(ident)
            if earlier is None or earlier[0] != facts or facts.modified_ns > earlier[2] - _TICK_NS:
                read_at = time.time_ns()
                earlier = (facts, self._parsed(ident, box), read_at)
            self._known[ident] = earlier
        return tuple(letter for _, letter, _ in self._known.values() if letter is not None)

    def _parsed(self, ident: str, box: Folders) -> SpooledLetter | None:
        try:
            return decode(ident, self._read(ident, box.queue, LARGEST_ENVELOPE))
        except ValueError as error:
            log.warning("the envelope of %s in %s is damaged, the letter stays there: %s", ident, self._folder, error)
            return None

    def _read_letter(self, ident: str) -> bytes:
        with opened(self._files, self._folder) as box:
            return self._read(ident, box.letters, self._most_bytes)

    def _read(self, name: str, folder: int, most: int) -> bytes:
        file = self._files.open_letter(name, folder)
        try:
            chunks: list[bytes] = []
            size = 0
            while chunk := self._files.read(file, _CHUNK):
                size += len(chunk)
                if size > most:
                    raise OSError(27, "is larger than can be", name)
                chunks.append(chunk)
            return b"".join(chunks)
        finally:
            self._files.close(file)

    def _recover(self) -> None:
        with locked(self._files, self._folder) as box:
            queued = set(filter(_IDENT.fullmatch, self._files.list_folder(box.queue)))
            letters = set(filter(_IDENT.fullmatch, self._files.list_folder(box.letters)))
            for name in self._files.list_folder(box.tmp):
                self._files.remove(name, box.tmp)
            for name in letters - queued:
                self._files.remove(name, box.letters)
            for name in queued - letters:
                log.warning("the letter of envelope %s in %s is missing, it cannot be sent", name, self._folder)
                self._files.remove(name, box.queue)
