"""The switch by examples: who rings, who is busy, and what is kept of a call."""

import pytest

from offhook.virtual_lines.exchange import (
    Answered,
    BeginRing,
    Cadence,
    CallRecord,
    Cause,
    Dialled,
    EndRing,
    Event,
    Fail,
    HungUp,
    Join,
    LineDestination,
    Record,
    Ringback,
    Seized,
    Serve,
    ServiceDestination,
    StopRing,
    Tick,
    WentOutOfService,
)
from tests.support.switch_driver import CALLER, Exchange, causes, records


def test_a_service_answers_at_once(exchange: Exchange):
    assert exchange.dials("a", "1-0-0") == [Serve("a", "mail", "1-0-0", CALLER)]


def test_any_number_of_lines_call_a_service(exchange: Exchange):
    for line in ("a", "b", "c"):
        assert exchange.dials(line, "100") == [Serve(line, "mail", "100", CALLER)]


def test_a_line_that_is_called_rings_at_once_and_the_caller_hears_it(exchange: Exchange):
    assert exchange.dials("a", "202") == [Ringback("a"), BeginRing("b", CALLER)]


def test_it_rings_two_seconds_and_rests_four(exchange: Exchange):
    exchange.dials("a", "202")
    assert exchange.until(22.0) == [
        (12.0, EndRing("b")),
        (16.0, BeginRing("b", CALLER)),
        (18.0, EndRing("b")),
        (22.0, BeginRing("b", CALLER)),
    ]


def test_another_cadence_is_a_matter_of_data():
    exchange = Exchange(cadence=Cadence(((0.5, 0.25), (0.5, 2.0))), longest_ring=3.0)
    exchange.dials("a", "202")
    assert [time for time, _ in exchange.until(20.0)] == [10.5, 10.75, 11.25, 13.0, 13.0, 13.0]
    assert not exchange.switch.busy("b")


def test_a_late_tick_makes_up_for_what_it_missed_and_leaves_no_deadline_behind(exchange: Exchange):
    exchange.dials("a", "202")
    exchange.now = 17.0
    assert exchange.does(Tick()) == [EndRing("b"), BeginRing("b", CALLER)]
    assert exchange.switch.deadline == 18.0


def test_an_early_tick_changes_nothing(exchange: Exchange):
    exchange.dials("a", "202")
    assert exchange.does(Tick()) == []


def test_answering_ends_the_burst_and_joins_the_two(exchange: Exchange):
    exchange.dials("a", "202")
    assert exchange.does(Answered("b")) == [EndRing("b"), Join("a", "b")]
    assert exchange.switch.deadline is None


def test_answering_between_bursts_just_joins(exchange: Exchange):
    exchange.dials("a", "202")
    exchange.until(13.0)
    assert exchange.does(Answered("b")) == [Join("a", "b")]


@pytest.mark.parametrize("event", [Seized("b"), Dialled("b", "201", CALLER), Dialled("b", "100", CALLER)])
def test_a_line_that_goes_off_hook_while_it_rings_has_answered(exchange: Exchange, event: Event):
    exchange.dials("a", "202")
    assert exchange.does(event) == [EndRing("b"), Join("a", "b")]


def test_nobody_answers_for_a_minute(exchange: Exchange):
    exchange.dials("a", "202")
    done = exchange.until(100.0)
    assert [action for time, action in done if time == 70.0][:2] == [StopRing("b"), Fail("a", Cause.NO_ANSWER)]
    assert sum(isinstance(action, BeginRing) for _, action in done) == 9
    assert causes([action for _, action in done]) == [Cause.NO_ANSWER]
    assert exchange.switch.deadline is None
    assert exchange.switch.busy("a"), "the caller has not hung up yet"
    assert not exchange.switch.busy("b")


def test_a_caller_who_gives_up_stops_the_ringing(exchange: Exchange):
    exchange.dials("a", "202")
    exchange.now = 13.0
    exchange.does(Tick())
    assert exchange.does(HungUp("a")) == [
        StopRing("b"),
        Record(CallRecord("a", "202", "b", 10.0, None, 13.0, Cause.ABANDONED, CALLER)),
    ]
    assert not exchange.switch.busy("a")
    assert not exchange.switch.busy("b")


def test_giving_up_during_a_burst_ends_the_burst_too(exchange: Exchange):
    exchange.dials("a", "202")
    assert exchange.does(HungUp("a"))[:2] == [EndRing("b"), StopRing("b")]


def test_answering_after_the_caller_gave_up_only_seizes(exchange: Exchange):
    exchange.dials("a", "202")
    exchange.does(HungUp("a"))
    assert exchange.does(Answered("b")) == []
    assert exchange.switch.busy("b")


def test_a_line_that_rings_stays_ringing_when_told_on_hook(exchange: Exchange):
    exchange.dials("a", "202")
    assert exchange.does(HungUp("b")) == []
    assert exchange.does(Answered("b")) == [EndRing("b"), Join("a", "b")]


@pytest.mark.parametrize("first", ["a", "b"])
def test_a_talk_is_kept_with_its_length_whoever_hangs_up(exchange: Exchange, first: str):
    exchange.dials("a", "202")
    exchange.now = 11.0
    exchange.does(Answered("b"))
    exchange.now = 41.0
    [record] = records(exchange.does(HungUp(first)))
    assert record == CallRecord("a", "202", "b", 10.0, 11.0, 41.0, Cause.NORMAL, CALLER)
    assert record.duration == 30.0
    assert exchange.does(HungUp("b" if first == "a" else "a")) == []


def test_a_call_nobody_answered_has_no_length(exchange: Exchange):
    [record] = records(exchange.dials("a", "999"))
    assert record.duration == 0.0


def test_the_one_left_off_hook_is_busy_until_it_hangs_up(exchange: Exchange):
    exchange.dials("a", "202")
    exchange.does(Answered("b"))
    exchange.does(HungUp("a"))
    assert causes(exchange.dials("c", "202")) == [Cause.BUSY]
    exchange.does(HungUp("c"))
    exchange.does(HungUp("b"))
    assert exchange.dials("c", "202")[0] == Ringback("c")


@pytest.mark.parametrize(
    "uses",
    [
        [Seized("b")],
        [Answered("b")],
        [Dialled("b", "100", CALLER)],
        [Dialled("b", "201", CALLER)],
        [Dialled("b", "999", CALLER)],
        [Dialled("c", "202", CALLER)],
        [Dialled("c", "202", CALLER), Answered("b")],
    ],
    ids=["seized", "waiting to answer", "with a service", "calling", "after failing", "ringing", "talking"],
)
def test_a_line_in_use_is_busy(exchange: Exchange, uses: list[Event]):
    for event in uses:
        exchange.does(event)
    line, number = ("a", "202") if uses[0] != Dialled("b", "201", CALLER) else ("c", "202")
    assert exchange.dials(line, number)[0] == Fail(line, Cause.BUSY)


def test_ones_own_number_is_busy(exchange: Exchange):
    actions = exchange.dials("a", "201")
    assert actions[0] == Fail("a", Cause.BUSY)
    assert causes(actions) == [Cause.BUSY]


def test_an_unknown_number_is_unobtainable_and_another_may_be_dialled(exchange: Exchange):
    actions = exchange.dials("a", "999")
    assert actions[0] == Fail("a", Cause.UNOBTAINABLE)
    assert causes(actions) == [Cause.UNOBTAINABLE]
    assert exchange.dials("a", "100") == [Serve("a", "mail", "100", CALLER)]


def test_digits_dialled_in_a_call_are_noise(exchange: Exchange):
    exchange.dials("a", "100")
    assert exchange.dials("a", "202") == []
    exchange.dials("b", "203")
    exchange.does(Answered("mail"))
    assert exchange.dials("mail", "100") == []


def test_a_line_with_the_name_of_a_service_is_not_mistaken_for_it(exchange: Exchange):
    exchange.dials("a", "203")
    assert exchange.dials("b", "100") == [Serve("b", "mail", "100", CALLER)]
    assert causes(exchange.does(HungUp("b"))) == [Cause.NORMAL]
    assert exchange.does(Answered("mail")) == [EndRing("mail"), Join("a", "mail")]


@pytest.mark.parametrize("what", [LineDestination("b"), ServiceDestination("mail")])
def test_what_is_not_in_service_cannot_be_had(exchange: Exchange, what: LineDestination | ServiceDestination):
    exchange.does(WentOutOfService(what))
    actions = exchange.dials("a", "202" if isinstance(what, LineDestination) else "100")
    assert actions[0] == Fail("a", Cause.OUT_OF_SERVICE)
    assert causes(actions) == [Cause.OUT_OF_SERVICE]


def test_a_line_not_in_service_is_not_heard(exchange: Exchange):
    exchange.does(WentOutOfService(LineDestination("a")))
    for event in (Seized("a"), Dialled("a", "100", CALLER), Answered("a"), HungUp("a")):
        assert exchange.does(event) == []
    assert not exchange.switch.busy("a")


def test_a_ringing_line_that_goes_out_of_service_fails_its_caller(exchange: Exchange):
    exchange.dials("a", "202")
    actions = exchange.does(WentOutOfService(LineDestination("b")))
    assert Fail("a", Cause.OUT_OF_SERVICE) in actions
    assert causes(actions) == [Cause.OUT_OF_SERVICE]


@pytest.mark.parametrize("line", ["a", "b"])
def test_a_talk_ends_when_one_of_its_lines_goes_out_of_service(exchange: Exchange, line: str):
    exchange.dials("a", "202")
    exchange.does(Answered("b"))
    assert causes(exchange.does(WentOutOfService(LineDestination(line)))) == [Cause.OUT_OF_SERVICE]
    assert exchange.does(HungUp("a")) == []
    assert exchange.does(HungUp("b")) == []


def test_a_caller_that_goes_out_of_service_stops_the_ringing(exchange: Exchange):
    exchange.dials("a", "202")
    actions = exchange.does(WentOutOfService(LineDestination("a")))
    assert StopRing("b") in actions
    assert causes(actions) == [Cause.OUT_OF_SERVICE]
    assert not exchange.switch.busy("b")
