"""Measure `offhook modem` beside peers, in one run, and print the table: `make bench`, or `python -m bench.run`."""

import argparse
import gc
import json
import os
import platform
import resource
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from bench.lines import BenchError
from bench.measures import MEASURES, ONCE, Effort, Values
from bench.report import Results, as_json, table, unmet
from bench.subjects import MUTT, OFFHOOK, Subject, socat

DIAL = "ATDT{host}:{port}"
QUICK = Effort(
    seconds=0.1,
    keys=20,
    commands=5,
    calls=2,
    lines=10,
    most_lines=20,
    paced_seconds=0.3,
    idle_lines=3,
    idle_seconds=0.2,
    letters=1000,
    mbox_octets=2_000_000,
)
"""Enough to see that everything is measured, and too little to believe a figure."""


def options() -> argparse.ArgumentParser:
    """What the command takes."""
    parser = argparse.ArgumentParser(prog="python -m bench.run", description=__doc__)
    parser.add_argument("--measures", default=",".join(MEASURES), help=f"which of {','.join(MEASURES)}")
    parser.add_argument("--rounds", type=int, default=5, help="rounds; the subjects take turns in each")
    parser.add_argument("--quick", action="store_true", help="a little of everything; not to be believed")
    parser.add_argument("--seconds", type=float, help="how long bulk is moved")
    parser.add_argument("--lines", type=int, help="how many lines are many")
    parser.add_argument(
        "--subject",
        action="append",
        default=[],
        metavar="NAME=COMMAND",
        help="another emulator: {pty} in COMMAND is where it makes its tty, or {tty} a tty for it to use; with {port} "
        "in COMMAND it is a relay that calls {host} and {port} at once",
    )
    parser.add_argument(
        "--dial",
        action="append",
        default=[],
        metavar="NAME=STRING",
        help=f"how NAME, a modem, dials {{host}} and {{port}}; without, {DIAL}",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the values of every round to FILE")
    return parser


def subjects(others: Sequence[str], dials: Sequence[str]) -> list[Subject]:
    """Ours, the bare relay, and those asked for."""
    dial = dict(entry.split("=", 1) for entry in dials)
    found = [OFFHOOK, socat(), MUTT]
    for name, command in (entry.split("=", 1) for entry in others):
        usual = "" if "{port}" in command else DIAL
        found.append(Subject(name, command, dial.get(name, usual)))
    return found


def measure(
    measured: Sequence[Subject],
    measures: Mapping[str, Callable[[Subject, Effort], Values]],
    effort: Effort,
    rounds: int,
) -> Results:
    """Every measure in every round; the order of the subjects turns round, so that drift hits all of them."""
    results = Results()
    for name, taken in measures.items():
        for number in range(1 if name in ONCE else rounds):
            for subject in measured if number % 2 == 0 else list(reversed(measured)):
                if subject is MUTT and name not in ("mailbox", "mbox"):
                    continue
                _say(f"{name}, round {number + 1}: {subject.name}")
                try:
                    for row, value in taken(subject, effort):
                        results.add(row, subject.name, number, value)
                except (BenchError, OSError) as error:
                    results.failures.append(f"{name} of {subject.name}, round {number + 1}: {error}")
    return results


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmarks; the exit status is 1 if something could not be measured."""
    chosen = options().parse_args(arguments)
    names = chosen.measures.split(",")
    if unknown := [name for name in names if name not in MEASURES]:
        options().error(f"there is no measure {unknown[0]}; there are {', '.join(MEASURES)}")
    if malformed := [entry for entry in chosen.subject + chosen.dial if "=" not in entry]:
        options().error(f"{malformed[0]} has no =: say NAME=...")
    usual = QUICK if chosen.quick else Effort()
    effort = Effort(
        **{field: getattr(usual, field) for field in usual.__slots__}
        | {"seconds": chosen.seconds or usual.seconds, "lines": chosen.lines or usual.lines}
    )
    print(_machine(), flush=True)
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit[1], limit[1]))
    # A collection in the middle of a measurement would be counted as the subject's time.
    gc.disable()
    try:
        chosen_measures = {name: MEASURES[name] for name in names}
        results = measure(subjects(chosen.subject, chosen.dial), chosen_measures, effort, chosen.rounds)
    finally:
        gc.enable()
        resource.setrlimit(resource.RLIMIT_NOFILE, limit)
    _say("")
    print(table(results, OFFHOOK.name))
    for failure in results.failures:
        print(f"not measured: {failure}")
    print(f"aims not met: {', '.join(unmet(results, OFFHOOK.name)) or 'none'}")
    if chosen.json:
        chosen.json.write_text(json.dumps(as_json(results)))
    return 1 if results.failures else 0


def _machine() -> str:
    models = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    model = models[0].split(":", 1)[1].strip() if models else platform.machine()
    return (
        f"{time.strftime('%Y-%m-%d %H:%M')}, {os.cpu_count()} processors ({model}), Linux {platform.release()}, "
        f"Python {platform.python_version()}, load {os.getloadavg()[0]:.1f}"
    )


def _say(text: str) -> None:
    """What is going on, to who watches; the table is all that is written elsewhere."""
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
