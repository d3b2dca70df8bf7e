"""Programs run as another user where the interpreter, or this checkout, lies in a folder that only root may enter."""

import shlex
import sys
from pathlib import Path

from tests.support.served_host import ROOT


def opened_up(folder: Path) -> list[str]:
    """A command that starts another where everybody reaches the interpreter, though it lies in a folder of root's.

    In a namespace of mounts of its own such a folder is covered by an empty one, and what is needed mounted in it.
    """
    needed = [Path(sys.base_prefix), Path(sys.prefix), ROOT]
    closed = {next((top for top in [*path.parents][::-1] if not top.stat().st_mode & 1), None) for path in needed}
    steps: list[str] = []
    for top in filter(None, closed):
        below = [path for path in needed if path.is_relative_to(top)]
        kept = {path: folder / f"kept-{number}" for number, path in enumerate(below)}
        steps += [f"mkdir -p {place} && mount --bind {shlex.quote(str(path))} {place}" for path, place in kept.items()]
        steps += [f"mount -t tmpfs -o mode=755 none {shlex.quote(str(top))}"]
        for path, place in kept.items():
            there = shlex.quote(str(path))
            steps += [f"mkdir -p -m 755 {there} && mount --bind {place} {there}"]
    return ["unshare", "-m", "sh", "-c", " && ".join(["umask 022", *steps, 'exec "$@"']), "sh"] if steps else []
