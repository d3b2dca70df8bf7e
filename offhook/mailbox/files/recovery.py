"""What is done first by whoever opens an mbox: finish what a crash has left in a journal."""

from collections.abc import Callable

from offhook.mailbox.files import BoxFacts, BoxFiles
from offhook.mailbox.files.journal import MALFORMED, Journal, Place, found
from offhook.mailbox.files.overwrite import replay_overwrite
from offhook.mailbox.files.shift import NotOurs, replay_shift


def recover(
    files: BoxFiles, box: int, places: tuple[Place, ...], facts: BoxFacts, now: float, alive: Callable[[], None]
) -> bool:
    """Work off the journals of a box under all its locks; whether there was any."""
    any_found = False
    for place in places:
        with found(files, place, facts) as journal:
            if journal is not None:
                any_found = True
                _work_off(files, box, journal, facts, now, alive)
    return any_found


def _work_off(
    files: BoxFiles, box: int, journal: Journal, facts: BoxFacts, now: float, alive: Callable[[], None]
) -> None:
    try:
        if not journal.read_head():  # it was never finished: the box is untouched
            journal.remove()
        elif journal.facts["inode"] != facts.inode:
            journal.set_aside(now)
        elif journal.facts["kind"] == "shift":
            replay_shift(files, box, journal, facts, alive)
        else:
            replay_overwrite(files, box, journal, facts)
    except (NotOurs, *MALFORMED):
        journal.set_aside(now)
