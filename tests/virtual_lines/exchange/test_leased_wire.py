"""A wire of their own between two lines: ATD without a number meets ATA."""

import pytest

from offhook.modem.hayes import CallerId
from offhook.virtual_lines.exchange import (
    Action,
    Answered,
    CameIntoService,
    Cause,
    Dialled,
    Directory,
    Event,
    Fail,
    HungUp,
    Join,
    LineDestination,
    LineState,
    Quality,
    Record,
    Seized,
    Subscription,
    Switch,
    WentOutOfService,
)

DIRECTORY = Directory(
    [("201", LineDestination("a")), ("202", LineDestination("b")), ("203", LineDestination("c"))],
    subscriptions={
        "a": Subscription(quality=Quality(rate=2400), partner="b"),
        "b": Subscription(quality=Quality(rate=1200), partner="a"),
    },
)
ORIGINATES = {line: Dialled(line, "", CallerId(None, line)) for line in "abc"}


def switch() -> Switch:
    made = Switch(DIRECTORY)
    for line in "abc":
        made.handle(CameIntoService(LineDestination(line)), 0)
    return made


def told(made: Switch, *events: Event) -> list[Action]:
    return [action for at, event in enumerate(events) for action in made.handle(event, float(at))]


@pytest.mark.parametrize("events", [(ORIGINATES["a"], Answered("b")), (Answered("b"), ORIGINATES["a"])])
def test_who_originates_and_who_answers_meet_whoever_is_first(events: tuple[Event, Event]):
    made = switch()
    assert told(made, *events) == [Join("a", "b", Quality(rate=1200))]
    assert made.state("a") is made.state("b") is LineState.TALKING
    ended = made.handle(HungUp("b"), 9.0)
    [record] = [action.record for action in ended if isinstance(action, Record)]
    assert record.cause is Cause.NORMAL
    assert (record.caller, record.number, record.destination) == ("a", "", "b")
    assert made.state("b") is LineState.IDLE


@pytest.mark.parametrize(
    "events",
    [
        (ORIGINATES["a"], ORIGINATES["b"]),
        (Answered("a"), Answered("b")),
        (ORIGINATES["a"], Seized("b")),
        (ORIGINATES["a"], Answered("c")),
        (ORIGINATES["c"], Answered("a")),
        (ORIGINATES["a"], HungUp("a"), Answered("b")),
        (ORIGINATES["a"], WentOutOfService(LineDestination("a")), Answered("b")),
        (ORIGINATES["a"], Seized("a"), Answered("b")),
    ],
)
def test_others_do_not_meet_and_nobody_is_told_anything(events: tuple[Event, ...]):
    assert told(switch(), *events) == []


def test_a_line_that_waits_on_its_wire_is_busy_to_callers():
    made = switch()
    made.handle(Answered("b"), 0.0)
    actions = made.handle(Dialled("c", "202", CallerId("203")), 1.0)
    assert Fail("c", Cause.BUSY) in actions


def test_a_ring_that_is_answered_is_no_wait_on_the_wire():
    made = switch()
    made.handle(ORIGINATES["a"], 0.0)
    made.handle(Dialled("c", "202", CallerId("203")), 1.0)
    assert [action for action in made.handle(Answered("b"), 2.0) if isinstance(action, Join)] == [
        Join("c", "b", Quality(rate=1200))
    ]
