"""Letters copied from one Maildir into another: as further links to the same files where the file system has them."""

from collections.abc import Iterable
from contextlib import suppress

from offhook.mailbox.files import Files
from offhook.mailbox.letters import Flag, LetterKey
from offhook.mailbox.maildir.box import Box, Place, links_are_missing
from offhook.mailbox.maildir.folder import MaildirFolder
from offhook.mailbox.maildir.names import LetterName, letters_of
from offhook.mailbox.maildir.quota import Usage
from offhook.mailbox.store import CHUNK, opened, write_all


class MaildirCopy:
    """Copies from `source` into `target`; with `moving`, the letters will be taken away from `source` afterwards."""

    def __init__(self, files: Files, source: MaildirFolder, target: MaildirFolder, *, moving: bool = False) -> None:
        self._files = files
        self._source = source
        self._target = target
        self._moving = moving and source.quota.path == target.quota.path
        self._made: list[Place] = []
        self._tried: list[Place] = []
        self._size = 0

    def run(self, keys: Iterable[LetterKey]) -> list[LetterKey]:
        """All or none; they are on the disk on return. The new keys, in order."""
        first, second = sorted((self._source, self._target), key=id)
        with first.box() as one, second.box() as two:  # always in this order, so that two copies never wait in a ring
            box, to_box = (one, two) if first is self._source else (two, one)
            try:
                for key in keys:
                    self._made.append(
                        self._source.wherever_it_is(box, key, lambda place: self._copy(box, place, to_box))
                    )
                for folder in sorted({place.folder for place in self._made}):
                    self._files.sync(to_box[folder])
            except BaseException:  # raised again: all copies or none
                for place in self._tried:
                    with suppress(OSError):
                        self._files.remove(place.file_name, to_box[place.folder])
                raise
            for place in self._made:
                self._target.know(place)
        self._target.quota.add(Usage(self._size, len(self._made)))
        return [place.name.key for place in self._made]

    def _copy(self, box: Box, place: Place, to_box: Box) -> Place:
        """Give a letter's file a name in the target too or, where there are no links, make it again there."""
        facts = self._files.facts(place.file_name, box[place.folder])
        if not self._moving:
            self._target.quota.check(Usage(self._size + facts.size, len(self._made) + 1))
        name = place.name
        arrived = facts.modified_ns / 1e9 if name.arrived is None else name.arrived
        info = self._info(box, name, to_box)
        base = f"{self._target.unique_base(arrived)},S={facts.size}"
        copy = Place("cur" if Flag.SEEN in name.flags else "new", base + info)
        self._tried.append(copy)
        try:
            self._files.link(place.file_name, box[place.folder], copy.file_name, to_box[copy.folder])
        except OSError as error:
            if not links_are_missing(error):
                raise
            self._copy_octets(box, place, copy, facts.modified_ns / 1e9, to_box)
        self._size += facts.size
        return copy

    def _info(self, box: Box, name: LetterName, to_box: Box) -> str:
        """What stands behind the base of the copy: the same flags, the keywords by the target's letters."""
        self._source.keywords.refresh(box.root)
        keywords = self._source.keywords.keywords(name.keyword_letters)
        letters = letters_of(name.flags) + name.foreign_letters + self._target.keywords.letters(keywords, to_box.root)
        return LetterName("", "", name.rest).with_letters(letters, "") if letters or name.rest else ""

    def _copy_octets(self, box: Box, place: Place, copy: Place, modified: float, to_box: Box) -> None:
        """Write the letter anew in `tmp`, and rename it into place."""
        temporary = copy.name.base
        with opened(self._files, place.file_name, box[place.folder]) as letter:
            file = self._files.create(temporary, to_box["tmp"])
            try:
                try:
                    while more := self._files.read(letter, CHUNK):
                        write_all(self._files, file, more)
                    self._files.set_time(file, modified)
                    self._files.sync(file)
                finally:
                    self._files.close(file)
                self._files.rename(temporary, to_box["tmp"], copy.file_name, to_box[copy.folder])
            except BaseException:  # raised again: nothing half written stays
                with suppress(OSError):
                    self._files.remove(temporary, to_box["tmp"])
                raise
