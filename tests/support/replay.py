"""A recorded conversation fed to a fresh modem, which must do the same again."""

from collections.abc import Iterable
from typing import get_args

import pytest

from offhook.modem.hayes import Action, Event, HayesModem, Note, Tick, parse_entry


def of_line(trace: str, line: str) -> list[str]:
    """The entries of one line in what `--trace` wrote, without the line's name."""
    return [entry.removeprefix(f"{line} ") for entry in trace.splitlines() if entry.startswith(f"{line} ")]


def replay(entries: Iterable[str]) -> int:
    """Feed the events at their times and compare the actions, but for notes; how many events there were."""
    modem = HayesModem()
    recorded: list[tuple[str, Action]] = []
    done: list[tuple[str, Action]] = []
    last, events = "", 0
    for entry in entries:
        if not entry.strip() or entry.startswith("#"):
            continue
        time, thing = parse_entry(entry)
        if isinstance(thing, get_args(Event)):
            if isinstance(thing, Tick):
                assert modem.deadline == pytest.approx(time, abs=0.05), f"no tick was due: {entry}"
            last, events = entry, events + 1
            done += [(entry, action) for action in modem.handle(thing, time)]
        else:
            recorded.append((last, thing))
    assert [each for each in done if not isinstance(each[1], Note)] == [
        each for each in recorded if not isinstance(each[1], Note)
    ]
    return events
