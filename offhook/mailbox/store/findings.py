"""What a look at a mailbox finds amiss, as sentences, and what of that was mended."""

import errno
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

LITTER_SECONDS = 36 * 3600
"""Age at which a file of a delivery is what a crash has left."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing amiss. `mended` says that it is so no more; otherwise `mend` mends it, if that is safe."""

    sentence: str
    mend: Callable[[], None] | None = None
    mended: bool = False


def mended(finding: Finding) -> Finding:
    """The finding after mending it; as it is where that is not safe or fails."""
    if finding.mend is None:
        return finding
    try:
        finding.mend()
    except OSError as error:
        return Finding(f"{finding.sentence} It could not be mended: {error.strerror}.")
    return Finding(finding.sentence, None, True)


def mode_findings(
    path: Path, found: os.stat_result, reopened: Callable[[], int], *, shared: bool = False
) -> Iterator[Finding]:
    """Whether others may use a file or folder; `shared` if its group may.

    `reopened` gives a descriptor of the very same thing, to mend it by: what has its name may be another by then.
    """
    allowed = 0o770 if shared else 0o700
    surplus = stat.S_IMODE(found.st_mode) & 0o777 & ~allowed
    if surplus:
        yield Finding(
            f"{path} may be used by others than its owner (mode {stat.S_IMODE(found.st_mode):04o}).",
            lambda: _take_rights(reopened(), found, surplus),
        )


def _take_rights(file: int, seen: os.stat_result, surplus: int) -> None:
    try:
        found = os.fstat(file)
        if (found.st_dev, found.st_ino) != (seen.st_dev, seen.st_ino):
            raise OSError(errno.ESTALE, "it is another file by now")
        os.fchmod(file, stat.S_IMODE(found.st_mode) & ~surplus)
    finally:
        os.close(file)
