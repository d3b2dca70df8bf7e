"""The operator's console on a switchboard: what it tells, what it does, and what it refuses."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from offhook.modem.hayes import CallerId
from offhook.operations import ORDERS, Console, Metrics, OperatorError
from offhook.virtual_lines.exchange import Cause, Directory, LineDestination, ServiceDestination
from offhook.virtual_lines.line_cards import TraceFile
from offhook.virtual_lines.switchboard import Switchboard
from tests.support.outside_calls import until
from tests.support.subscribers import FakeService, FakeSubscriber

NUMBERS = Directory([("100", ServiceDestination("mail")), ("201", LineDestination("a")), ("202", LineDestination("b"))])


class Modems:
    """A `ModemBank` with the line a."""

    def __init__(self) -> None:
        self.dialled: list[str] = []
        self.trace: TraceFile | None = None

    def dial(self, line: str, number: str) -> None:
        {"a": self.dialled}[line].append(number)

    def trace_to(self, trace: TraceFile | None) -> None:
        self.trace = trace


class Desk:
    def __init__(self, folder: Path) -> None:
        self.metrics = Metrics()
        self.board = Switchboard(NUMBERS, self.metrics.count)
        self.lines = {name: FakeSubscriber() for name in ("a", "b", "c")}
        for name, line in self.lines.items():
            self.board.plug_in(name, line)
        self.board.offer("mail", FakeService())
        self.modems = Modems()
        self.console = Console(self.board, self.modems, self.metrics, folder / "trace")

    def ask(self, *words: str) -> dict[str, object]:
        """The answer, which JSON can hold."""
        answer = self.console.answer(words)
        json.dumps(answer)
        return answer


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    desk.console.close()
    desk.board.close()


async def test_lines_are_told_with_their_state(desk: Desk):
    desk.board.dial("a", "202")
    assert desk.ask("lines")["lines"] == [
        {"line": "a", "number": "201", "state": "calling", "made_busy": False},
        {"line": "b", "number": "202", "state": "ringing", "made_busy": False},
        {"line": "c", "number": None, "state": "idle", "made_busy": False},
    ]


async def test_calls_are_told_with_their_bytes(desk: Desk):
    desk.board.dial("a", "202")
    desk.board.answer("b")
    desk.lines["a"].up.leg.send(b"12345")
    (call,) = desk.ask("calls")["calls"]  # type: ignore[misc]
    assert (call["caller"], call["number"], call["destination"], call["sent"]) == ("a", "202", "b", 5)
    assert call["talking"] == 0.0


async def test_a_line_is_made_busy_and_free_again(desk: Desk):
    desk.ask("busy", "b", "on")
    desk.board.dial("a", "202")
    assert desk.lines["a"].heard == [Cause.BUSY]
    desk.board.hang_up("a")
    desk.ask("busy", "b", "off")
    desk.board.dial("a", "202")
    assert desk.lines["a"].heard[-1] == "ringback"


async def test_a_call_is_hung_up_at_both_ends(desk: Desk):
    desk.board.dial("a", "202")
    desk.board.answer("b")
    desk.ask("hangup", "b")
    assert desk.lines["a"].up.closed
    assert desk.lines["b"].up.closed


async def test_a_line_dials_what_it_is_told_to(desk: Desk):
    desk.ask("dial", "a", "T100")
    assert desk.modems.dialled == ["T100"]


async def test_a_line_is_rung_until_it_is_answered_and_is_free_then(desk: Desk):
    desk.ask("ring", "a")
    assert desk.lines["a"].heard == [CallerId(None, "console")]
    desk.board.answer("a")
    assert desk.lines["a"].up.closed
    desk.board.hang_up("a")
    assert desk.ask("lines")["lines"][0]["state"] == "idle"  # type: ignore[index]
    assert len(desk.board.lines) == 3


async def test_a_line_is_rung_for_so_long_and_not_longer(desk: Desk):
    desk.ask("ring", "a", "0.01")
    await until(lambda: "ring stopped" in desk.lines["a"].heard)
    assert len(desk.board.lines) == 3


async def test_the_trace_is_switched_on_and_off_and_goes_to_its_file(desk: Desk, tmp_path: Path):
    assert desk.ask("trace", "on") == {"trace": str(tmp_path / "trace")}
    assert desk.modems.trace is not None
    desk.modems.trace.entry("a", 1.0, ">", "something")
    desk.ask("trace", "off")
    assert desk.modems.trace is None
    desk.ask("trace", "on")
    assert (tmp_path / "trace").read_text() == "a 1.000000 > something\n"


async def test_a_trace_that_has_ended_is_begun_anew(desk: Desk, tmp_path: Path):
    desk.ask("trace", "on")
    first = desk.modems.trace
    assert first is not None
    first.close()  # as when a disk is full
    desk.ask("trace", "on")
    assert desk.modems.trace is not None
    desk.modems.trace.entry("a", 1.0, ">", "something")
    assert (tmp_path / "trace").read_text() == "a 1.000000 > something\n"


async def test_a_trace_that_cannot_be_written_is_refused(desk: Desk, tmp_path: Path):
    (tmp_path / "trace").mkdir()
    with pytest.raises(OperatorError, match="cannot be written"):
        desk.ask("trace", "on")


async def test_figures_count_calls_by_cause_with_seconds_and_bytes(desk: Desk):
    desk.board.dial("a", "999")
    desk.board.hang_up("a")
    desk.board.dial("a", "202")
    desk.board.answer("b")
    desk.lines["b"].up.leg.send(b"1234567")
    during = str(desk.ask("metrics")["metrics"])
    assert "\noffhook_calls_up 1\n" in during
    assert '\noffhook_lines{state="talking"} 2\n' in during
    desk.board.hang_up("a")
    after = str(desk.ask("metrics")["metrics"])
    assert '\noffhook_calls_total{cause="normal"} 1\n' in after
    assert '\noffhook_calls_total{cause="unobtainable"} 1\n' in after
    assert '\noffhook_call_bytes_total{direction="to caller"} 7\n' in after
    assert all(line.startswith("#") or len(line.rsplit(" ", 1)) == 2 for line in after.splitlines())


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "say what: lines, calls"),
        (["explode"], "known are lines, calls"),
        (["busy", "a"], "write busy LINE on|off"),
        (["busy", "a", "maybe"], "write on or off"),
        (["busy", "x", "on"], "no line 'x'"),
        (["hangup", "201"], "there is no line '201': 201 is the number of a"),
        (["hangup", "a"], "it is idle"),
        (["dial", "a", "\x07"], "nothing to dial"),
        (["dial", "b", "100"], "no modem of ours"),
        (["ring", "c"], "no number"),
        (["ring", "a", "soon"], "ring for"),
        (["ring", "a", "inf"], "ring for"),
        (["ring", "a", "-1"], "ring for"),
        (["lines", "all"], "write lines"),
    ],
)
async def test_what_cannot_be_done_is_said_in_a_sentence(desk: Desk, words: list[str], said: str):
    with pytest.raises(OperatorError) as caught:
        desk.ask(*words)
    assert said in str(caught.value)


async def test_a_line_in_use_cannot_be_rung_or_made_to_dial(desk: Desk):
    desk.board.seize("a")
    for words in (["ring", "a"], ["dial", "a", "100"]):
        with pytest.raises(OperatorError, match=r"busy|off-hook"):
            desk.ask(*words)
    assert len(desk.board.lines) == 3


def test_every_order_says_how_it_is_written():
    for name, (least, most, usage, _) in ORDERS.items():
        assert usage.split()[0] == name
        assert least <= most
