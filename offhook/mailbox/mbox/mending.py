"""Mend a box whose writer was killed: finish what its journal says, break its locks: `python -m ... PROCESS PATH`."""

import asyncio
import os
import sys
from contextlib import suppress

from offhook.mailbox.letters import MaildropFailure
from offhook.mailbox.mbox.mbox import Mbox

_PATIENCE = 120.0


def without_litter(folder: str, process: int) -> None:
    """Remove what the process made on the way to a lock."""
    for name in os.listdir(folder):
        if name.startswith(f".lk{process}."):
            with suppress(OSError):
                os.unlink(os.path.join(folder, name))


def main() -> None:
    """Whoever opens a box mends it first."""
    process, path = int(sys.argv[1]), sys.argv[2]
    with suppress(MaildropFailure, OSError):
        asyncio.run(_look(path))
    with suppress(OSError):
        without_litter(os.path.dirname(path), process)


async def _look(path: str) -> None:
    await Mbox(path, patience=_PATIENCE).scan()


if __name__ == "__main__":
    main()
