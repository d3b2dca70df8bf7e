"""Which threads compute, and which wait for something of their own: what a turned clock has to know of them.

Theory: a thread that has not got on may have been given no processor, and only the kernel knows. It says of each thread
whether it sleeps, and how often it has gone to sleep of itself; one that wants the processor does not sleep. Who waits
for the interpreter wakes at every switch interval (5 ms) to ask for it. So a thread that the kernel found all the while
in the same sleep, and for many switch intervals, waits for something else: a lock, a queue, the end of a thread. That
sleep is remembered: the thread is busy again from the moment at which it is woken.
"""

import re
import threading
from collections import Counter
from collections.abc import Callable

GRACE = 0.05
"""Seconds, real ones, for which a thread is seen in the same sleep that is not waited for."""
MOST_WATCHES = 200
"""Of `GRACE` each, after which a thread that never stays asleep is not waited for: it looks at real time all along."""
_LOOKS = 10
_SLEEP = re.compile(rb"^State:\tS.*^voluntary_ctxt_switches:\t(\d+)", re.DOTALL | re.MULTILINE)


def sleep_of(thread: threading.Thread) -> int | None:
    """The number of the sleep that a thread is in; None when it is awake, as far as anybody knows."""
    try:
        with open(f"/proc/self/task/{thread.native_id}/status", "rb") as status:
            found = _SLEEP.search(status.read())
    except OSError:
        return None  # it has not begun, or has just ended
    return None if found is None else int(found[1])


class ThreadWatch:
    """What is known of the threads of a process, but for those that were there before: nobody waits for these."""

    def __init__(self, before: set[threading.Thread]) -> None:
        self._absent = before
        self._sleeps: dict[threading.Thread, int] = {}
        self._watches: Counter[threading.Thread] = Counter()

    def uses_the_clock(self, thread: threading.Thread) -> None:
        """A thread that does so is one to wait for."""
        self._absent.discard(thread)
        self._watches.pop(thread, None)

    def others(self, me: threading.Thread) -> set[threading.Thread]:
        """Threads that time may have to wait for."""
        return {each for each in threading.enumerate() if each is not me and each not in self._absent}

    def busy(self, threads: set[threading.Thread]) -> bool:
        """Whether one of them is not in the sleep in which it was seen last."""
        return any((sleep := sleep_of(each)) is None or self._sleeps.get(each) != sleep for each in threads)

    def watch(self, threads: set[threading.Thread], happens: Callable[[float], bool]) -> None:
        """Look at them for `GRACE`, or until something happens; `happens` waits for that for so many seconds."""
        sleeps = {each: sleep_of(each) for each in threads}
        for _ in range(_LOOKS):
            if happens(GRACE / _LOOKS) or not any(each.is_alive() for each in threads):
                return
            sleeps = {each: sleep if sleep_of(each) == sleep else None for each, sleep in sleeps.items()}
        for each, sleep in sleeps.items():
            if sleep is not None:
                self._sleeps[each] = sleep
                continue
            self._watches[each] += 1
            if self._watches[each] >= MOST_WATCHES:
                self._absent.add(each)
