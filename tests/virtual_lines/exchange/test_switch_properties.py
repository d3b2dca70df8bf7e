"""Whatever lines and hosts do in whatever order, a busy line is never rung and every call ends with a cause."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from offhook.modem.hayes import CallerId
from offhook.virtual_lines.exchange import (
    Action,
    Answered,
    Attended,
    Barred,
    BeginRing,
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
    GiveUp,
    GroupDestination,
    HungUp,
    HuntOrder,
    Join,
    LineDestination,
    LineState,
    MadeBusy,
    Record,
    Ringback,
    Route,
    RouteAnswered,
    RouteFailed,
    Seized,
    Serve,
    ServiceDestination,
    StopRing,
    Subscription,
    Switch,
    Tick,
    Transport,
    WentOutOfService,
)

NAMES = ["a", "b", "c", "mail"]
NUMBERS = {"201": "a", "202": "b", "203": "c", "204": "mail"}
GROUPS = {f"0{at}": GroupDestination(order.value, ("a", "b"), order) for at, order in enumerate(HuntOrder)}
HOST = Route(Transport.RAW, "host", 1)
LINES = st.sampled_from(NAMES)
WIRED = {"b": Subscription(partner="c"), "c": Subscription(partner="b")}


class Book:
    """What is outside: a host, and a number that nobody may call."""

    def find(self, number: str) -> Route | Barred | None:
        return {"host": HOST, "900": Barred()}.get(number)


class Exchange(RuleBasedStateMachine):
    """Keeps by itself what the lines see, and holds the switch to it."""

    def __init__(self) -> None:
        super().__init__()
        lines = [(number, LineDestination(line)) for number, line in NUMBERS.items()]
        directory = Directory(
            [*lines, *GROUPS.items(), ("100", ServiceDestination("mail"))], Book(), subscriptions=WIRED
        )
        self.switch = Switch(directory)
        self.now = 0.0
        self.in_service: set[str] = set()
        self.off_hook: set[str] = set()
        self.calls = 0
        self.records: list[CallRecord] = []
        self.ringing: dict[str, str] = {}
        self.bursting: set[str] = set()
        self.talking: dict[str, str] = {}
        self.waiting: set[str] = set()  # dialled, and heard nothing final yet
        self.calling_out: set[str] = set()
        self.on_the_wire: dict[str, str] = {}  # off-hook with no number, and what it is there for
        self.absent: set[str] = set()
        self.made_busy: set[str] = set()

    @initialize()
    def comes_into_service(self) -> None:
        self.happens(CameIntoService(ServiceDestination("mail")))
        for line in NAMES:
            self.plugs_in(line)

    def happens(self, event: Event) -> None:
        actions = self.switch.handle(event, self.now)
        caller = event.line if isinstance(event, Dialled) else None
        for action in actions:
            self.sees(action, caller)
        deadline = self.switch.deadline
        assert deadline is None or deadline > self.now or not isinstance(event, Tick)

    def sees(self, action: Action, caller: str | None) -> None:
        match action:
            case Ringback(line):
                assert line == caller
            case BeginRing(line):
                assert line in self.in_service
                assert line not in self.off_hook, "a busy line was rung"
                assert line in self.ringing or line not in self.made_busy, "a line made busy was rung"
                assert line not in self.talking
                assert line not in self.bursting
                if line not in self.ringing:
                    assert caller is not None
                    self.ringing[line] = caller
                    self.is_the_right_one(line)
                self.bursting.add(line)
            case EndRing(line):
                self.bursting.remove(line)
            case StopRing(line):
                assert line not in self.bursting
                del self.ringing[line]
            case Join(one, other):
                assert {one, other} <= self.off_hook
                if other in self.ringing:
                    assert self.ringing.pop(other) == one
                    assert other not in self.bursting
                    self.waiting.remove(one)
                else:
                    assert self.on_the_wire == {one: "originates", other: "answers"}
                    self.on_the_wire.clear()
                    self.calls += 1
                self.talking |= {one: other, other: one}
            case CallOut(line, route):
                assert line == caller
                assert route == HOST
                self.calling_out.add(line)
            case Connect(line):
                assert line in self.off_hook
                self.calling_out.remove(line)
                self.talking[line] = "(host)"
                self.waiting.remove(line)
            case Cut(line):
                assert line in self.talking
            case GiveUp(line):
                self.calling_out.remove(line)
            case Serve(line):
                self.talking[line] = "(service)"
                self.waiting.remove(line)
            case Fail(line, cause):
                assert line in self.off_hook
                assert cause is not Cause.NORMAL
                self.waiting.remove(line)
            case Record(record):
                assert (record.answered is None) == (record.cause not in (Cause.NORMAL, Cause.OUT_OF_SERVICE)) or (
                    record.cause is Cause.OUT_OF_SERVICE
                )
                assert record.began <= record.ended == self.now
                self.records.append(record)
                self.waiting.discard(record.caller)

    def is_the_right_one(self, line: str) -> None:
        """A line rung by a group is one that somebody sits at, if any of those that are free is."""
        if self.dialled in GROUPS:
            others = {"a", "b"} & self.in_service - self.off_hook - self.ringing.keys() - self.made_busy - {line}
            assert line in {"a", "b"}
            assert line not in self.absent or others <= self.absent

    def leaves(self, line: str) -> None:
        """Both ends of a talk are out of it; the other stays off-hook."""
        other = self.talking.pop(line, None)
        if other is not None:
            self.talking.pop(other, None)

    @rule(line=LINES)
    def plugs_in(self, line: str) -> None:
        self.in_service.add(line)
        self.happens(CameIntoService(LineDestination(line)))

    @rule(line=LINES)
    def goes_out_of_service(self, line: str) -> None:
        self.on_the_wire.pop(line, None)
        self.happens(WentOutOfService(LineDestination(line)))
        self.in_service.discard(line)
        self.off_hook.discard(line)
        self.absent.discard(line)
        self.made_busy.discard(line)
        self.leaves(line)

    @rule(line=LINES, present=st.booleans())
    def somebody_comes_or_goes(self, line: str, present: bool) -> None:
        if line in self.in_service:
            (self.absent.discard if present else self.absent.add)(line)
        self.happens(Attended(line, present))

    @rule(line=LINES, on=st.booleans())
    def is_made_busy_or_no_longer(self, line: str, on: bool) -> None:
        if line in self.in_service:
            (self.made_busy.add if on else self.made_busy.discard)(line)
        self.happens(MadeBusy(line, on))

    @rule(line=LINES)
    def is_cleared(self, line: str) -> None:
        self.happens(Cleared(line))
        for end in {line, self.talking.get(line, line)} & self.talking.keys():
            self.hangs_up(end)  # as it does when it hears that the other has gone

    @rule(line=LINES)
    def the_host_answers(self, line: str) -> None:
        called = line in self.calling_out
        self.happens(RouteAnswered(line))
        assert not called or self.talking[line] == "(host)"

    @rule(line=LINES, cause=st.sampled_from([Cause.BUSY, Cause.NO_ROUTE, Cause.CONGESTION]))
    def the_host_cannot_be_had(self, line: str, cause: Cause) -> None:
        if line in self.calling_out:
            self.calling_out.remove(line)
            self.happens(RouteFailed(line, cause))
            assert self.records[-1].cause is cause
        else:
            before = len(self.records)
            self.happens(RouteFailed(line, cause))
            assert len(self.records) == before

    @rule(line=LINES, number=st.sampled_from([*NUMBERS, *GROUPS, "100", "host", "900", "999", ""]))
    def dials(self, line: str, number: str) -> None:
        if line in self.in_service:
            self.off_hook.add(line)
            if self.is_free_to_call(line):
                if number:
                    self.calls += 1
                    self.waiting.add(line)
                self.waits(line, "" if number else "originates")
        self.dialled = number
        free = {"a", "b"} & self.in_service - self.off_hook - self.ringing.keys() - self.made_busy
        before = len(self.records)
        self.happens(Dialled(line, number, CallerId(None, line)))
        if number in GROUPS and len(self.records) > before:
            assert self.records[-1].cause is Cause.BUSY
            assert not free, "a line of the group was free"

    def is_free_to_call(self, line: str) -> bool:
        return line not in self.talking and line not in self.waiting and line not in self.ringing

    def waits(self, line: str, what_for: str) -> None:
        self.on_the_wire.pop(line, None)
        if what_for and line in WIRED:
            self.on_the_wire[line] = what_for

    @rule(line=LINES, answers=st.booleans())
    def goes_off_hook(self, line: str, answers: bool) -> None:
        if line in self.in_service:
            self.off_hook.add(line)
            if self.is_free_to_call(line):
                self.waits(line, "answers" if answers else "")
        self.happens(Answered(line) if answers else Seized(line))

    @rule(line=LINES)
    def hangs_up(self, line: str) -> None:
        self.off_hook.discard(line)
        self.on_the_wire.pop(line, None)
        self.happens(HungUp(line))
        self.leaves(line)

    @rule(seconds=st.sampled_from([0.0, 0.5, 2.0, 4.0, 6.0, 30.0, 90.0]))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds
        self.happens(Tick())

    @rule()
    def the_deadline_comes(self) -> None:
        deadline = self.switch.deadline
        if deadline is not None:
            self.now = deadline
            self.happens(Tick())

    @invariant()
    def what_is_busy_is_what_is_in_use(self) -> None:
        for line in NAMES:
            used = line in self.off_hook or line in self.ringing or line in self.made_busy
            assert self.switch.busy(line) == used
            in_service = line in self.in_service
            assert (self.switch.state(line) is LineState.OUT_OF_SERVICE) != in_service
            assert not in_service or (self.switch.state(line) is LineState.IDLE) != used

    @invariant()
    def nobody_waits_on_a_wire_for_one_who_is_there(self) -> None:
        assert set(self.on_the_wire.values()) != {"originates", "answers"}

    @invariant()
    def each_call_is_going_on_or_has_its_record(self) -> None:
        alone = sum(other in ("(service)", "(host)") for other in self.talking.values())
        talks = alone + (len(self.talking) - alone) // 2
        assert self.calls == len(self.records) + talks + len(self.waiting)

    def teardown(self) -> None:
        for line in NAMES:
            self.hangs_up(line)
        assert self.calls == len(self.records), "a call has no record"
        assert not self.ringing
        assert not self.calling_out
        assert self.switch.deadline is None


TestExchange = Exchange.TestCase
TestExchange.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
