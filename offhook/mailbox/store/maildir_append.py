"""A letter on its way into a Maildir (the rules of maildir(5), and one more).

Written and synced in `tmp`, linked into `new`, and then the folder itself is synced: without that last step a power
cut takes away the letter that was acknowledged last. A crash at any point leaves the letter in `new` whole, or nowhere
but in `tmp`, where it is litter.
"""

import threading
from collections.abc import Callable
from contextlib import suppress

from offhook.mailbox.letters import LetterKey, MaildropFailure
from offhook.mailbox.store.complaints import as_maildrop_failure
from offhook.mailbox.store.files import Files
from offhook.mailbox.store.maildir_box import Box, Folder, Place, links_are_missing, open_box


class MaildirAppend:
    """One delivery: `write` any number of times, then `commit`, or `abort`. It waits for the disk."""

    def __init__(
        self,
        files: Files,
        path: str,
        folder: Folder,
        base: str,
        info: Callable[[Box], str],
        time: float | None,
        known: Callable[[Place], None],
    ) -> None:
        """`info` tells what stands after the base in the file's name, `time` what is set as the file's own.

        `known` is called once the letter is there.
        """
        self._files = files
        self._path = path
        self._folder: Folder = folder
        self._base = base
        self._info = info
        self._time = time
        self._known = known
        self._file: int | None = None
        self._begun = False
        self._over = False
        self._size = 0
        self._lock = threading.Lock()  # a cancelled call may still be writing when `abort` comes

    def write(self, data: bytes) -> None:
        """Add bytes; all are taken, or `MaildropFailure` is raised and the letter can only be aborted."""
        with self._lock, as_maildrop_failure():
            try:
                self._write(data)
            except BaseException:
                self._discard()
                raise

    def _write(self, data: bytes) -> None:
        if self._over:
            raise MaildropFailure("The letter is already finished.")
        if not self._begun:
            with open_box(self._files, self._path) as box:
                self._file = self._files.create(self._base, box["tmp"])
                self._begun = True
        assert self._file is not None
        rest = memoryview(data)
        while rest:
            taken = self._files.write(self._file, bytes(rest))
            self._size += taken
            rest = rest[taken:]

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
        with open_box(self._files, self._path) as box:
            place = Place(self._folder, base + self._info(box))
            self._publish(box, place)
        self._over = True
        self._known(place)
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
            with suppress(OSError), open_box(self._files, self._path) as box:
                self._files.remove(self._base, box["tmp"])
