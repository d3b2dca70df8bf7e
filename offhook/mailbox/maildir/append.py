"""A letter on its way into a Maildir (the rules of maildir(5), and one more).

Written and synced in `tmp`, linked into `new`, and then the folder itself is synced: without that last step a power
cut takes away the letter that was acknowledged last. A crash at any point leaves the letter in `new` whole, or nowhere
but in `tmp`, where it is litter.
"""

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress

from offhook.mailbox.files import Files
from offhook.mailbox.letters import LetterKey, MaildropFailure
from offhook.mailbox.maildir.box import Box, Folder, Place, links_are_missing
from offhook.mailbox.store import as_maildrop_failure, write_all


class MaildirAppend:
    """One delivery: `write` any number of times, then `commit`, or `abort`. It waits for the disk."""

    def __init__(
        self,
        files: Files,
        opened: Callable[[], AbstractContextManager[Box]],
        room: Callable[[int], bool],
        folder: Folder,
        base: str,
        info: Callable[[Box], str],
        time: float | None,
        known: Callable[[Place, int], None],
    ) -> None:
        """`info` tells what stands after the base in the file's name, `time` what is set as the file's own.

        `opened` opens the Maildir, and `room` raises `OSError` if so many bytes more are not allowed in it, and
        says whether there is a limit at all. `known` is
        called once the letter is there, with its size.
        """
        self._files = files
        self._opened = opened
        self._room = room
        self._folder: Folder = folder
        self._base = base
        self._info = info
        self._time = time
        self._known = known
        self._file: int | None = None
        self._begun = False
        self._over = False
        self._limited = False
        self._size = 0
        self._lock = threading.Lock()  # a cancelled call may still be writing when `abort` comes

    def write(self, data: bytes) -> None:
        """Add bytes; all are taken, or `MaildropFailure` is raised and the letter can only be aborted."""
        with self._lock, as_maildrop_failure():
            try:
                self._write(data)
            except BaseException:  # raised again: nothing half written stays
                self._discard()
                raise

    def _write(self, data: bytes) -> None:
        if self._over:
            raise MaildropFailure("The letter is already finished.")
        if not self._begun:
            with self._opened() as box:
                self._limited = self._room(len(data))
                self._file = self._files.create(self._base, box["tmp"])
                self._begun = True
        elif data and self._limited:
            self._room(self._size + len(data))
        assert self._file is not None
        write_all(self._files, self._file, data)
        self._size += len(data)

    def commit(self) -> LetterKey:
        """Make the letter durable and visible; on `MaildropFailure` it is nowhere."""
        with self._lock, as_maildrop_failure():
            try:
                if not self._begun:
                    self._write(b"")
                return self._commit()
            finally:
                self._discard()

    def _commit(self) -> LetterKey:
        if self._over or self._file is None:
            raise MaildropFailure("The letter is already finished.")
        if self._time is not None:
            self._files.set_time(self._file, self._time)
        self._files.sync(self._file)
        file, self._file = self._file, None
        self._files.close(file)
        base = f"{self._base},S={self._size}"
        with self._opened() as box:
            place = Place(self._folder, base + self._info(box))
            self._publish(box, place)
        self._over = True
        self._known(place, self._size)
        return LetterKey(base)

    def _publish(self, box: Box, place: Place) -> None:
        folder = box[place.folder]
        try:
            self._files.link(self._base, box["tmp"], place.file_name, folder)
        except OSError as error:
            if not links_are_missing(error):
                raise
            self._files.rename(self._base, box["tmp"], place.file_name, folder)
        try:
            self._files.sync(folder)
        except OSError:
            self._files.remove(place.file_name, folder)  # the sender is told it failed, and will send it again
            raise
        with suppress(OSError):  # the letter is delivered; what stays in tmp is litter
            self._files.remove(self._base, box["tmp"])

    def abort(self) -> None:
        """Leave no trace; idempotent, and harmless after `commit`."""
        with self._lock:
            self._discard()

    def _discard(self) -> None:
        if self._over:
            return
        self._over = True
        if self._file is not None:
            with suppress(OSError):
                self._files.close(self._file)
            self._file = None
        if self._begun:
            with suppress(OSError), self._opened() as box:
                self._files.remove(self._base, box["tmp"])
