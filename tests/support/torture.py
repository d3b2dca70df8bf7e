"""How hard the tests try that kill, cut and race: small in `make test`, and as much more as OFFHOOK_TORTURE says.

`make torture` sets it, and prints at the end what the tests told with `report`.
"""

import json
import os
import platform
import sys
import time
from pathlib import Path

SCALE = max(1, int(os.environ.get("OFFHOOK_TORTURE", "1")))
"""1 in `make test`; counts of kills, letters and cuts are multiples of it. 50 is 20,000 letters and 2,000 kills."""

MOST_SECONDS = 60 * float(os.environ.get("OFFHOOK_TORTURE_MINUTES", "1000"))
"""After so many no more letters are delivered, and what was is looked at."""

_FILE = os.environ.get("OFFHOOK_TORTURE_FIGURES", "")


def scaled(small: int, each: int) -> int:
    """A count: `small` in `make test`, else `each` times the scale."""
    return small if SCALE == 1 else each * SCALE


def report(what: str, **figures: object) -> None:
    """Tell a figure that was seen, for the table at the end."""
    line = json.dumps({"what": what, **figures})
    print(line)
    if _FILE:
        with open(_FILE, "a", encoding="utf-8") as file:
            file.write(line + "\n")


def table(lines: list[str]) -> str:
    """What was told, one row each."""
    rows = []
    for line in lines:
        told = json.loads(line)
        what = told.pop("what")
        rows.append((what, ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in told.items())))
    width = max((len(what) for what, _ in rows), default=0)
    head = f"make torture N={SCALE}, {time.strftime('%Y-%m-%d %H:%M')}, {platform.platform()}, {os.cpu_count()} cores"
    return "\n".join([head, "", *(f"{what:<{width}}  {figures}" for what, figures in rows)]) + "\n"


if __name__ == "__main__":
    figures, kept = map(Path, sys.argv[1:3])
    text = table(figures.read_text(encoding="utf-8").splitlines() if figures.exists() else [])
    kept.write_text(text, encoding="utf-8")
    print(text)
