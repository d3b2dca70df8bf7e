"""The switch with a plan: numbers withheld, cadences, qualities, programs and hosts; lines made busy, calls cleared."""

import pytest

from offhook.modem.hayes import CallerId
from offhook.virtual_lines.exchange import (
    Action,
    Answered,
    BeginRing,
    Cadence,
    CallOut,
    Cause,
    Cleared,
    Connect,
    Cut,
    Dialled,
    Directory,
    EndRing,
    Fail,
    HungUp,
    Join,
    LineDestination,
    LineState,
    MadeBusy,
    NumberingPlan,
    Program,
    Quality,
    Ringback,
    Route,
    RouteAnswered,
    Seized,
    StopRing,
    Subscription,
    Transport,
    Treatment,
    Vacant,
)
from tests.support.switch_driver import CALLER, Exchange, causes, records

CADENCE = Cadence(((0.5, 1.0),))


PLANNED = Directory(
    [
        ("201", LineDestination("a")),
        ("202", LineDestination("b")),
        ("302", LineDestination("b")),
        ("300", Vacant()),
        ("400", Program("game")),
        ("500", Route(Transport.RAW, "host", 1)),
    ],
    plan=NumberingPlan("*67", "*82"),
    treatments={
        "302": Treatment(CADENCE, 2.0, Quality(rate=2400)),
        "400": Treatment(quality=Quality(rate=1200)),
    },
    subscriptions={
        "a": Subscription("Alice", withheld=True, quality=Quality(rate=9600)),
        "b": Subscription(quality=Quality(rate=300)),
    },
)


@pytest.fixture
def planned() -> Exchange:
    return Exchange(PLANNED)


def caller_of(actions: list[Action]) -> CallerId:
    return next(action.caller for action in actions if isinstance(action, BeginRing))


@pytest.mark.parametrize(
    ("line", "number", "told"),
    [
        ("a", "202", CallerId(withheld=True)),
        ("a", "*82202", CallerId("201", "Alice")),
        ("b", "201", CallerId("202", "b")),
        ("b", "*67201", CallerId(withheld=True)),
    ],
)
def test_a_number_is_withheld_by_its_line_or_by_a_prefix_and_the_record_has_it(
    planned: Exchange, line: str, number: str, told: CallerId
):
    known = PLANNED.caller_id(line)
    assert caller_of(planned.does(Dialled(line, number, known))) == told
    record = records(planned.does(HungUp(line)))[0]
    assert record.caller_id.number == known.number
    assert record.caller_id.withheld == told.withheld


def test_several_numbers_ring_one_line_each_in_its_cadence_and_for_its_time(planned: Exchange):
    planned.dials("c", "302")
    assert [time for time, _ in planned.until(20.0)] == [10.5, 11.5, 12.0, 12.0, 12.0, 12.0]
    planned.does(HungUp("c"))
    planned.dials("c", "202")
    assert [time for time, _ in planned.until(30.0)] == [22.0, 26.0, 28.0]


def test_a_call_has_the_worse_of_what_its_ends_and_its_number_are(planned: Exchange):
    planned.dials("a", "302")
    assert planned.does(Answered("b"))[-1] == Join("a", "b", Quality(rate=300))


def test_a_program_and_a_host_are_called_out_and_connected_over_the_line_of_the_number(planned: Exchange):
    assert planned.dials("c", "400") == [CallOut("c", Program("game"), CALLER, "400")]
    assert planned.does(RouteAnswered("c")) == [Connect("c", Quality(rate=1200))]
    assert records(planned.does(HungUp("c")))[0].destination == "exec:game"
    planned.dials("a", "500")
    assert planned.does(RouteAnswered("a")) == [Connect("a", Quality(rate=9600))]


@pytest.mark.parametrize(
    ("number", "cause"), [("300", Cause.OUT_OF_SERVICE), ("301", Cause.UNOBTAINABLE), ("*67301", Cause.UNOBTAINABLE)]
)
def test_a_number_that_is_not_in_service_is_not_one_that_is_not_there(planned: Exchange, number: str, cause: Cause):
    assert planned.dials("c", number)[0] == Fail("c", cause)


def test_a_line_made_busy_is_busy_to_callers_and_calls_all_the_same(exchange: Exchange):
    exchange.does(MadeBusy("b", True))
    assert exchange.switch.state("b") is LineState.MADE_BUSY
    assert causes(exchange.dials("a", "202")) == [Cause.BUSY]
    exchange.does(HungUp("a"))
    assert Ringback("b") in exchange.dials("b", "201")
    exchange.does(MadeBusy("b", False))
    exchange.does(HungUp("b"))
    assert Ringback("a") in exchange.dials("a", "202")


def test_a_call_that_is_cleared_while_it_rings_fails_with_that_cause(exchange: Exchange):
    for line in ("a", "b"):
        exchange.dials("a", "202")
        actions = exchange.does(Cleared(line))
        assert [EndRing("b"), StopRing("b"), Fail("a", Cause.CLEARED)] == actions[:3]
        assert causes(actions) == [Cause.CLEARED]
        exchange.does(HungUp("a"))


def test_a_call_that_is_cleared_while_they_talk_is_cut_and_ends_as_they_hang_up(exchange: Exchange):
    exchange.dials("a", "202")
    exchange.does(Answered("b"))
    assert exchange.does(Cleared("b")) == [Cut("b")]
    assert exchange.does(Cleared("c")) == []
    assert causes(exchange.does(HungUp("b"))) == [Cause.NORMAL]


def test_what_a_line_is_doing_is_known(exchange: Exchange):
    def states() -> list[LineState]:
        return [exchange.switch.state(line) for line in ("a", "b")]

    assert states() == [LineState.IDLE, LineState.IDLE]
    exchange.does(Seized("a"))
    assert states() == [LineState.OFF_HOOK, LineState.IDLE]
    exchange.dials("a", "202")
    assert states() == [LineState.CALLING, LineState.RINGING]
    assert [call.caller for call in exchange.switch.calls] == ["a"]
    exchange.does(Answered("b"))
    assert states() == [LineState.TALKING, LineState.TALKING]
    assert exchange.switch.state("nobody") is LineState.OUT_OF_SERVICE
