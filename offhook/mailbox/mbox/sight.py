"""What is known of a box, and how that is brought up to date: by nothing, by a second look, or by reading all of it."""

from collections.abc import Callable, Collection
from contextlib import suppress

from offhook.mailbox.files import BoxFacts, BoxFiles, read_all_at
from offhook.mailbox.letters import LetterKey
from offhook.mailbox.mbox.listing import TAIL, BoxStamp, Letter, Listing
from offhook.mailbox.mbox.memory import Memory
from offhook.mailbox.mbox.parse import Window
from offhook.mailbox.mbox.places import Seen
from offhook.mailbox.mbox.reading import read_listing
from offhook.mailbox.mbox.second_look import Read, are_there, look_again, still_there, untouched

_FINE_GRAIN = 0.05
_COARSE_GRAIN = 2.0
_BILLION = 1_000_000_000


class Sight:
    """The letters of a box, and the stamp they were true at; `settled` if any later change will alter that.

    `recalled` is whether they are what another process found, and have not all been read by this one. `memory` is where
    processes have that from each other.
    """

    def __init__(self, files: BoxFiles, now: Callable[[], float]) -> None:
        self._files = files
        self._now = now
        self.memory: Memory | None = None
        self.listing = Listing()
        self.stamp: BoxStamp | None = None
        self.settled = False
        self.recalled = False

    def forget(self) -> None:
        """Know nothing: there is no box."""
        self.listing, self.stamp, self.recalled = Listing(), None, False

    def look(self, file: int, facts: BoxFacts) -> None:
        """Have the listing up to date; without reading the box when its stamp says that nothing has changed."""
        self.begin(facts)
        if self.is_current(facts):
            return
        window = self.window(file, facts)
        again = self._seen_again(file, facts, window)
        if again is None and self._take_up(facts):  # somebody else has read it meanwhile
            if self.is_current(facts):
                return
            again = self._seen_again(file, facts, window)
        if again is None:
            self._read(window, facts)
        else:
            self.listing = again
        self.take_stamp(file, facts)
        self.keep(at_once=again is None)

    def _read(self, window: Window, facts: BoxFacts) -> None:
        """Read the whole box."""
        self.stamp = None
        self.listing, self.recalled = read_listing(window, facts.modified_ns / _BILLION), False

    def begin(self, facts: BoxFacts) -> None:
        """With nothing known of the box, begin with what another process has found."""
        if self.stamp is None:
            self._take_up(facts)

    def _take_up(self, facts: BoxFacts) -> bool:
        """Believe what another process has kept, as far as it is of this file; whether there was something new."""
        seen = self.memory.recall(facts) if self.memory is not None else None
        if seen is None:
            return False
        self.listing, self.stamp, self.recalled = seen.listing, seen.stamp, True
        self.settled = seen.settled
        return True

    def keep(self, *, at_once: bool) -> None:
        """Have others know what is known here, at once if what they can know is of no more use."""
        if self.memory is not None and self.stamp is not None:
            self.memory.keep(Seen(self.listing, self.stamp, self.settled), at_once=at_once)

    def make_sure(self, file: int, facts: BoxFacts, keys: Collection[LetterKey]) -> None:
        """Read the letters that are to be changed where another process has found them, in doubt the whole box."""
        window = self.window(file, facts)
        if self.recalled and not are_there(self.listing, keys, window):
            self._read(window, facts)
            self.take_stamp(file, facts)
            self.keep(at_once=True)

    def at_its_place(self, file: int, facts: BoxFacts, key: LetterKey) -> Letter | None:
        """A letter that is where it was seen last; None if that cannot be told without a look at the box."""
        self.begin(facts)
        letter, stamp = self.listing.find(key), self.stamp
        if letter is None or stamp is None or not stamp.is_of(facts):
            return None
        if not self.recalled and (self.is_current(facts) or untouched(self.listing, letter, self._reads(file))):
            return letter
        return still_there(self.listing, letter, self.window(file, facts), stamp.size)

    def _seen_again(self, file: int, facts: BoxFacts, window: Window) -> Listing | None:
        """The listing of a box by what is known of it; None if the whole box has to be read."""
        stamp, known = self.stamp, self.listing
        if stamp is None or not stamp.is_of(facts):
            return None
        again = look_again(
            known,
            self._reads(file),
            window,
            stamp.size,
            facts.modified_ns / _BILLION,
        )
        unseen = again is known and facts.size == stamp.size and facts.modified_ns != stamp.modified_ns
        return None if unseen else again

    def is_current(self, facts: BoxFacts) -> bool:
        """Whether a box with these facts is known to be as it is listed."""
        return self.stamp is not None and self.settled and self.stamp.matches(facts)

    def _reads(self, file: int) -> Read:
        return lambda offset, size: self._files.read_at(file, size, offset)

    def window(self, file: int, facts: BoxFacts) -> Window:
        """A window on the box."""
        return Window(lambda offset, length: read_all_at(self._files, file, offset, length), facts.size)

    def take_stamp(self, file: int, facts: BoxFacts, *, ours: BoxFacts | None = None) -> None:
        """Remember the box's stamp; `ours` are its facts before a change of ours."""
        self.stamp, self.settled = _stamped(self._files, file, facts, ours, self._now)


def _stamped(
    files: BoxFiles, file: int, facts: BoxFacts, ours: BoxFacts | None, now: Callable[[], float]
) -> tuple[BoxStamp, bool]:
    """The stamp of a box, and whether its time tells of the next change: once the kernel's clock has moved on.

    A change of ours gets a time between the ticks of that clock, which no other change will have, and in another
    second than the last: Dovecot looks at no more than seconds and size.
    """
    stamped = False
    if ours is not None:
        with suppress(OSError):  # one who is not its owner may not set times
            files.set_changed(file, _another_second(facts.modified_ns, ours.modified_ns))
            facts, stamped = files.box_facts(file), True
    tail = read_all_at(files, file, max(0, facts.size - TAIL), min(TAIL, facts.size))
    newest = max(facts.modified_ns, facts.changed_ns)
    grain = _COARSE_GRAIN if newest % _BILLION == 0 else _FINE_GRAIN
    fine = facts.modified_ns % 1000 != 0  # the file system keeps nanoseconds
    return BoxStamp.of(facts, tail), (stamped and fine) or now() - newest / _BILLION > grain


def _another_second(now_ns: int, before_ns: int) -> int:
    """A time of change in another second than the one before, at most three seconds ahead of `now_ns`."""
    second, before = now_ns // _BILLION, before_ns // _BILLION
    if before - 3 < second <= before:
        second = before + 1
    return second * _BILLION + now_ns % _BILLION | 1
