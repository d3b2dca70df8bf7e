"""What is known of a box, and how that is brought up to date: by nothing, by a second look, or by reading all of it."""

from collections.abc import Callable
from contextlib import suppress

from offhook.mailbox.files import BoxFacts, BoxFiles, read_all_at
from offhook.mailbox.mbox.listing import TAIL, BoxStamp, Listing
from offhook.mailbox.mbox.parse import Window
from offhook.mailbox.mbox.reading import read_listing
from offhook.mailbox.mbox.second_look import look_again

_FINE_GRAIN = 0.05
_COARSE_GRAIN = 2.0
_BILLION = 1_000_000_000


class Sight:
    """The letters of a box, and the stamp they were true at; `settled` if any later change will alter that."""

    def __init__(self, files: BoxFiles, now: Callable[[], float]) -> None:
        self._files = files
        self._now = now
        self.listing = Listing()
        self.stamp: BoxStamp | None = None
        self.settled = False

    def forget(self) -> None:
        """Know nothing: there is no box."""
        self.listing, self.stamp = Listing(), None

    def look(self, file: int, facts: BoxFacts) -> None:
        """Have the listing up to date; without reading the box when its stamp says that nothing has changed."""
        if self.is_current(facts):
            return
        stamp, self.stamp = self.stamp, None
        window = self.window(file, facts)
        again = _seen_again(self._files, file, facts, stamp, self.listing, window) if stamp is not None else None
        self.listing = again or read_listing(window, facts.modified_ns / _BILLION)
        self.take_stamp(file, facts)

    def is_current(self, facts: BoxFacts) -> bool:
        """Whether a box with these facts is known to be as it is listed."""
        return self.stamp is not None and self.settled and self.stamp.matches(facts)

    def window(self, file: int, facts: BoxFacts) -> Window:
        """A window on the box."""
        return Window(lambda offset, length: read_all_at(self._files, file, offset, length), facts.size)

    def take_stamp(self, file: int, facts: BoxFacts, *, ours: BoxFacts | None = None) -> None:
        """Remember the box's stamp; `ours` are its facts before a change of ours."""
        self.stamp, self.settled = _stamped(self._files, file, facts, ours, self._now)


def _seen_again(
    files: BoxFiles, file: int, facts: BoxFacts, stamp: BoxStamp, known: Listing, window: Window
) -> Listing | None:
    """The listing of a box by what was known of it at `stamp`; None if the whole box has to be read."""
    if not stamp.is_of(facts):
        return None
    again = look_again(
        known,
        lambda offset, size: files.read_at(file, size, offset),
        window,
        stamp.size,
        facts.modified_ns / _BILLION,
    )
    unseen = again is known and facts.size == stamp.size and not stamp.matches(facts)
    return None if unseen else again


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
    grain = _COARSE_GRAIN if facts.modified_ns % _BILLION == 0 else _FINE_GRAIN
    fine = facts.modified_ns % 1000 != 0  # the file system keeps nanoseconds
    return BoxStamp.of(facts, tail), (stamped and fine) or now() - facts.modified_ns / _BILLION > grain


def _another_second(now_ns: int, before_ns: int) -> int:
    """A time of change in another second than the one before, at most three seconds ahead of `now_ns`."""
    second, before = now_ns // _BILLION, before_ns // _BILLION
    if before - 3 < second <= before:
        second = before + 1
    return second * _BILLION + now_ns % _BILLION | 1
