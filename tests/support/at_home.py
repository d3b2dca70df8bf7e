"""Programs that deliver or read mail, run in the home of a user of the tests and told nothing of the machine's own."""

import subprocess
from pathlib import Path

from tests.support.programs import path_of


def run_at_home(
    home: Path,
    program: str,
    *arguments: str,
    data: bytes,
    name: str = "root",
    user: int | str | None = None,
    group: int | str | None = None,
) -> "subprocess.CompletedProcess[bytes]":
    """What became of it, given `data` to read; `name` is who it is told it works for, `user` and `group` who it is."""
    return subprocess.run(
        [path_of(program), *arguments],
        input=data,
        capture_output=True,
        timeout=120,
        check=False,
        cwd=home,
        env={"HOME": str(home), "PATH": "/usr/bin:/bin", "TERM": "dumb", "USER": name, "LOGNAME": name},
        user=user,
        group=group,
        extra_groups=None if user is None else [],
    )
