"""The switch by examples: who rings, who is busy, and what is kept of a call."""

import pytest

from offhook.modem.hayes import CallerId
from offhook.virtual_lines.exchange import (
    Action,
    Answered,
    BeginRing,
    Cadence,
    CallOut,
    CallRecord,
    CameIntoService,
    Cause,
    Cleared,
    Connect,
    Cut,
    Dialled,
    Directory,
    EndRing,
    Event,
    Fail,
    HungUp,
    Join,
    LineDestination,
    LineState,
    MadeBusy,
    NumberingPlan,
    Program,
    Quality,
    Record,
    Ringback,
    Route,
    RouteAnswered,
    Seized,
    Serve,
    ServiceDestination,
    StopRing,
    Subscription,
    Switch,
    Tick,
    Transport,
    Treatment,
    Vacant,
    WentOutOfService,
)

CALLER = CallerId("201", "a")
NUMBERS = Directory(
    [
        ("100", ServiceDestination("mail")),
        ("201", LineDestination("a")),
        ("202", LineDestination("b")),
        ("203", LineDestination("mail")),  # a line may have the name of a service
    ]
)


class Exchange:
    """A switch with its lines in service, on a clock that is turned by hand."""

    def __init__(self, numbers: Directory = NUMBERS, **how: object) -> None:
        self.now = 10.0
        self.switch = Switch(numbers, **how)  # type: ignore[arg-type]
        for line in ("a", "b", "c", "mail"):
            self.does(CameIntoService(LineDestination(line)))
        self.does(CameIntoService(ServiceDestination("mail")))

    def does(self, event: Event) -> list[Action]:
        actions = self.switch.handle(event, self.now)
        assert self.switch.deadline is None or self.switch.deadline > self.now
        return actions

    def dials(self, line: str, number: str) -> list[Action]:
        return self.does(Dialled(line, number, CALLER))

    def until(self, end: float) -> list[tuple[float, Action]]:
        """Turn the clock to `end`, with a tick at each deadline."""
        done: list[tuple[float, Action]] = []
        while (deadline := self.switch.deadline) is not None and deadline <= end:
            self.now = deadline
            done += [(self.now, action) for action in self.does(Tick())]
        self.now = end
        return done


@pytest.fixture
def exchange() -> Exchange:
    return Exchange()


def records(actions: list[Action]) -> list[CallRecord]:
    return [action.record for action in actions if isinstance(action, Record)]


def causes(actions: list[Action]) -> list[Cause]:
    return [record.cause for record in records(actions)]


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
