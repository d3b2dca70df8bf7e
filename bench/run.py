"""Measure offhook beside peers, in one run, and print the table: `make bench`, or `python -m bench.run`."""

import argparse
import gc
import json
import os
import platform
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from bench.measures import MEASURES, Effort
from bench.probe import Silence
from bench.report import Results, as_json, table
from bench.subjects import Starter, Subject, emulator, offhook, socat

DIAL = "ATDT{host}:{port}"


def options() -> argparse.ArgumentParser:
    """What the command takes."""
    parser = argparse.ArgumentParser(prog="python -m bench.run", description=__doc__)
    parser.add_argument("--measures", default=",".join(MEASURES), help=f"which of {','.join(MEASURES)}")
    parser.add_argument("--rounds", type=int, default=5, help="rounds; the subjects take turns in each")
    parser.add_argument("--keys", type=int, default=400, help="keystrokes in a round")
    parser.add_argument("--commands", type=int, default=100, help="AT commands in a round")
    parser.add_argument("--calls", type=int, default=4, help="calls in a round")
    parser.add_argument("--warm-up", type=int, default=20, help="keystrokes and commands before those that count")
    parser.add_argument(
        "--peer",
        action="append",
        default=[],
        metavar="NAME=COMMAND",
        help="another emulator: {tty} in COMMAND is a tty for it to use, or {link} where it makes its own",
    )
    parser.add_argument(
        "--dial",
        action="append",
        default=[],
        metavar="NAME=STRING",
        help=f"how NAME dials {{host}} and {{port}}; without, {DIAL}",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every time, in seconds, to FILE")
    return parser


def starters(peers: Sequence[str], dials: Sequence[str]) -> list[Starter]:
    """The subject, the bare echo, and the peers asked for."""
    dial = dict(entry.split("=", 1) for entry in dials)
    named = [entry.split("=", 1) for entry in peers]
    return [offhook, socat, *(emulator(name, template, dial.get(name, DIAL)) for name, template in named)]


def measure(subjects: Sequence[Subject], names: Sequence[str], effort: Effort, rounds: int) -> Results:
    """Every measure in every round; the order of the subjects turns round, so that drift hits all of them."""
    results = Results()
    for number in range(rounds):
        in_turn = subjects if number % 2 == 0 else list(reversed(subjects))
        for name in names:
            for subject in in_turn:
                for row, seconds in MEASURES[name](subject, effort):
                    results.add(row, subject.name, number, seconds)
    return results


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmarks; the exit status."""
    chosen = options().parse_args(arguments)
    names = chosen.measures.split(",")
    if unknown := [name for name in names if name not in MEASURES]:
        options().error(f"there is no measure {unknown[0]}; there are {', '.join(MEASURES)}")
    if malformed := [entry for entry in chosen.peer + chosen.dial if "=" not in entry]:
        options().error(f"{malformed[0]} has no =: say NAME=...")
    effort = Effort(chosen.keys, chosen.commands, chosen.calls, chosen.warm_up)
    load = os.getloadavg()[0]
    print(f"Python {platform.python_version()}, {platform.release()}, {os.cpu_count()} processors, load {load:.1f}")
    # A collection in the middle of a measurement would be counted as the subject's time.
    gc.disable()
    try:
        with ExitStack() as stack:
            subjects: list[Subject] = []
            for start in starters(chosen.peer, chosen.dial):
                folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
                subjects.append(stack.enter_context(start(folder)))
            results = measure(subjects, names, effort, chosen.rounds)
    except (Silence, OSError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    print(table(results, "offhook"))
    if chosen.json:
        chosen.json.write_text(json.dumps(as_json(results)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
