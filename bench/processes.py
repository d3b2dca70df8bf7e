"""What running processes use of the machine, as /proc tells it (proc(5))."""

from collections.abc import Iterable
from pathlib import Path

_NANOSECONDS = 1e9


def cpu_seconds(pids: Iterable[int]) -> float:
    """Processor time of the processes' threads, to the nanosecond: the ticks of /proc/PID/stat miss small ones."""
    total = 0
    for task in _tasks(pids):
        try:
            total += int((task / "schedstat").read_bytes().split()[0])
        except (OSError, IndexError):  # the thread has ended
            continue
    return total / _NANOSECONDS


def waits(pids: Iterable[int]) -> int:
    """How often the threads went to sleep of themselves: each wake-up of an idle process is one."""
    total = 0
    for task in _tasks(pids):
        try:
            status = (task / "status").read_text()
        except OSError:  # the thread has ended
            continue
        total += int(status.split("\nvoluntary_ctxt_switches:", 1)[1].split(None, 1)[0])
    return total


def resident_kib(pids: Iterable[int]) -> int:
    """Memory the processes hold, in KiB; what they share is counted for each."""
    total = 0
    for pid in pids:
        try:
            status = Path(f"/proc/{pid}/status").read_text()
        except OSError:  # it has ended
            continue
        total += int(status.split("\nVmRSS:", 1)[1].split(None, 1)[0])
    return total


def _tasks(pids: Iterable[int]) -> Iterable[Path]:
    for pid in pids:
        try:
            yield from Path(f"/proc/{pid}/task").iterdir()
        except OSError:  # it has ended
            continue
