"""The switchboard with a carrier: calls to hosts, and who may say what when."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from offhook.virtual_lines.exchange import (
    Away,
    Barred,
    CallRecord,
    Cause,
    Directory,
    GroupDestination,
    Leg,
    LineDestination,
    Route,
    Transport,
)
from offhook.virtual_lines.switchboard import CallFacts, Switchboard, TerminalFacts
from tests.support.subscribers import FakeSubscriber, Holder

HOST = Route(Transport.RAW, "host", 1, rate=9600)


class Book:
    def find(self, number: str) -> Route | Barred | None:
        return {"host": HOST, "900": Barred()}.get(number)


class Placed:
    """A call that the carrier was asked for: an `OutsideCall`."""

    def __init__(self, line: str, route: Away, terminal: TerminalFacts) -> None:
        self.line, self.route, self.terminal = line, route, terminal
        self.call: Holder | None = None
        self.given_up = 0

    @property
    def up(self) -> Holder:
        assert self.call is not None
        return self.call

    def connected(self, leg: Leg) -> None:
        assert not self.given_up
        self.call = Holder(leg)

    def give_up(self) -> None:
        assert self.call is None
        self.given_up += 1


class FakeCarrier:
    """A `Carrier`; `at_once` is called from within, as soon as a call is placed."""

    def __init__(self) -> None:
        self.placed: list[Placed] = []
        self.at_once: Callable[[], None] = lambda: None

    def place(self, line: str, route: Away, facts: CallFacts) -> Placed:
        self.placed.append(Placed(line, route, facts.terminal))
        self.at_once()
        return self.placed[-1]


class Desk:
    def __init__(self) -> None:
        self.records: list[CallRecord] = []
        group = GroupDestination("lines", ("a", "b"))
        numbers = Directory([("1", LineDestination("a")), ("2", LineDestination("b")), ("0", group)], Book())
        self.board = Switchboard(numbers, self.records.append)
        self.carrier = FakeCarrier()
        self.board.carry(self.carrier)
        self.a, self.b, self.c = FakeSubscriber(), FakeSubscriber(), FakeSubscriber()
        for name, subscriber in (("a", self.a), ("b", self.b), ("c", self.c)):
            self.board.plug_in(name, subscriber)

    @property
    def placed(self) -> Placed:
        return self.carrier.placed[-1]

    @property
    def causes(self) -> list[Cause]:
        return [record.cause for record in self.records]


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    desk = Desk()
    yield desk
    desk.board.close()


async def test_a_host_that_is_reached_is_put_through_at_its_rate(desk: Desk):
    desk.board.learned("a", TerminalFacts("vt100", 80, 24))
    desk.board.dial("a", "host")
    assert (desk.placed.line, desk.placed.route) == ("a", HOST)
    assert desk.placed.terminal == TerminalFacts("vt100", 80, 24)
    assert desk.a.heard == [], "nothing is told before the host is there"
    desk.board.reached("a")
    assert desk.a.heard == ["joined"]
    assert desk.a.up.leg.rate == 9600
    desk.a.up.leg.send(b"hello")
    desk.placed.up.leg.send(b"login: ")
    assert (desk.placed.up.heard, desk.a.up.heard) == (b"hello", b"login: ")
    desk.board.hang_up("a")
    assert desk.placed.up.closed
    assert desk.causes == [Cause.NORMAL]
    assert desk.records[0].destination == "raw:host:1"


async def test_a_host_that_cannot_be_had_is_told_with_its_cause_and_the_line_may_try_again(desk: Desk):
    for cause in (Cause.BUSY, Cause.NO_ROUTE):
        desk.board.dial("a", "host")
        desk.board.unreachable("a", cause)
        desk.board.hang_up("a")
    assert desk.a.heard == desk.causes == [Cause.BUSY, Cause.NO_ROUTE]
    assert not desk.placed.given_up
    desk.board.dial("a", "host")
    desk.board.reached("a")
    assert desk.a.heard[-1] == "joined"


async def test_a_caller_who_hangs_up_first_has_the_call_given_up_once(desk: Desk):
    desk.board.dial("a", "host")
    desk.board.hang_up("a")
    desk.board.hang_up("a")
    assert desk.placed.given_up == 1
    assert desk.causes == [Cause.ABANDONED]
    assert desk.a.heard == []


async def test_a_line_that_is_unplugged_meanwhile_has_it_given_up_too(desk: Desk):
    desk.board.dial("a", "host")
    desk.board.unplug("a")
    assert desk.placed.given_up == 1
    assert desk.causes == [Cause.OUT_OF_SERVICE]


@pytest.mark.parametrize("word", ["reached", "unreachable"])
async def test_a_carrier_that_answers_from_within_is_heard_afterwards(desk: Desk, word: str):
    def answer() -> None:
        if word == "reached":
            desk.board.reached("a")
        else:
            desk.board.unreachable("a", Cause.BUSY)

    desk.carrier.at_once = answer
    for _ in range(2):
        desk.board.dial("a", "host")
        desk.board.hang_up("a")
    assert desk.a.heard == (["joined"] * 2 if word == "reached" else [Cause.BUSY] * 2)
    assert not any(placed.given_up for placed in desk.carrier.placed)


async def test_a_word_about_a_line_that_calls_nobody_is_passed_over(desk: Desk, caplog: pytest.LogCaptureFixture):
    desk.board.reached("a")
    desk.board.unreachable("a", Cause.BUSY)
    desk.board.reached("nobody")
    desk.board.dial("a", "2")
    desk.board.reached("a")
    desk.board.unreachable("a", Cause.BUSY)
    desk.board.answer("b")
    desk.board.reached("a")
    desk.board.unreachable("b", Cause.BUSY)
    assert desk.a.heard == ["ringback", "joined"]
    assert desk.records == []
    assert not caplog.records


async def test_a_caller_gone_from_within_its_connection_leaves_the_host_alone(desk: Desk):
    desk.a.react = lambda word: desk.board.hang_up("a")
    desk.board.dial("a", "host")
    desk.board.reached("a")
    assert desk.placed.up.closed
    assert desk.causes == [Cause.NORMAL]


async def test_without_a_carrier_there_is_no_route():
    board, caller = Switchboard(Directory([], Book())), FakeSubscriber()
    board.plug_in("a", caller)
    board.dial("a", "host")
    assert caller.heard == [Cause.NO_ROUTE]
    board.close()


async def test_a_carrier_that_raises_costs_its_caller_the_call_and_no_more(
    desk: Desk, caplog: pytest.LogCaptureFixture
):
    def fail() -> None:
        raise RuntimeError("a fault")

    desk.carrier.at_once = fail
    desk.board.dial("a", "host")
    assert desk.a.heard == desk.causes == [Cause.CONGESTION]
    assert "a fault" in caplog.text
    desk.carrier.at_once = lambda: None
    desk.board.hang_up("a")
    desk.board.dial("a", "host")
    desk.board.reached("a")
    assert desk.a.heard[-1] == "joined"


async def test_a_host_s_side_that_raises_when_it_is_connected_hangs_up_on_the_caller(
    desk: Desk, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
):
    def fail(placed: Placed, leg: Leg) -> None:
        raise RuntimeError("a fault")

    monkeypatch.setattr(Placed, "connected", fail)
    desk.board.dial("a", "host")
    desk.board.reached("a")
    assert desk.a.up.closed
    assert "a fault" in caplog.text


async def test_a_number_that_is_barred_says_so_and_nobody_is_called(desk: Desk):
    desk.board.dial("a", "900")
    assert desk.a.heard == desk.causes == [Cause.BARRED]
    assert desk.carrier.placed == []


async def test_a_group_rings_a_line_where_somebody_sits_before_one_that_is_only_free(desk: Desk):
    desk.board.attended("a", False)
    desk.board.dial("c", "0")
    assert (len(desk.a.heard), len(desk.b.heard)) == (0, 1)
    desk.board.hang_up("c")
    desk.board.attended("b", False)
    desk.board.dial("c", "0")
    assert (len(desk.a.heard), len(desk.b.heard)) == (1, 3), "with nobody anywhere, the first"
    desk.board.hang_up("c")
    desk.board.attended("b", True)
    desk.board.dial("c", "0")
    assert isinstance(desk.b.heard[-1], type(desk.b.heard[0]))


async def test_a_group_with_no_line_free_is_busy_and_a_host_s_caller_is_not_free(desk: Desk):
    desk.board.dial("a", "host")
    desk.board.seize("b")
    desk.board.dial("c", "0")
    assert desk.c.heard == [Cause.BUSY]


async def test_closing_gives_up_what_is_being_placed_and_ends_what_is_up(desk: Desk):
    desk.board.dial("a", "host")
    desk.board.reached("a")
    up = desk.placed
    desk.board.dial("b", "host")
    desk.board.close()
    assert up.up.closed
    assert desk.placed.given_up == 1
    assert desk.causes == [Cause.OUT_OF_SERVICE] * 2
    await asyncio.sleep(0)
