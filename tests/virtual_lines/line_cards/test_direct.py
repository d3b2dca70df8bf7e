"""The card of a terminal on a cable."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from offhook.modem.rs232 import Signals
from offhook.virtual_lines.direct import State, TerminalLine, TerminalSettings
from offhook.virtual_lines.exchange import Cause
from offhook.virtual_lines.line_cards import DirectLineCard
from offhook.virtual_lines.line_cards.direct import NOT_NOW
from tests.support.line_card_fakes import FakePort
from tests.support.outer_line_fakes import FakeOuterExchange, Far

HERE = Signals.DSR | Signals.CTS
DTE = Signals.DTR | Signals.RTS


class Bench:
    def __init__(self, settings: TerminalSettings) -> None:
        self.port = FakePort()
        self.terminal = TerminalLine(settings)
        self.exchange = FakeOuterExchange()
        self.far = Far()
        self.card = DirectLineCard("desk", self.port, self.terminal, self.exchange, "100")  # type: ignore[arg-type]
        self.card.start()

    def call(self) -> None:
        self.card.dte_signals(DTE)
        self.card.dte_sent(b"\r")
        self.card.joined(self.far.near)
        self.exchange.asked.clear()


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    bench = Bench(TerminalSettings(by_key=True))
    yield bench
    bench.card.close()


async def test_a_key_calls_the_number_and_the_two_talk(bench: Bench) -> None:
    assert bench.port.done == [HERE | Signals.DCD]
    bench.card.dte_rate(9600)
    bench.card.dte_signals(DTE)
    bench.card.dte_sent(b"\r")
    assert bench.exchange.asked == [("learned", "desk", 9600), ("dial", "desk", "100", None)]
    bench.card.joined(bench.far.near)
    bench.card.dte_sent(b"alice\r")
    bench.card.dte_break()
    bench.far.leg.send(b"password: ")
    bench.far.leg.send_break()
    assert bench.far.heard == [b"alice\r", "break"]
    assert bench.port.done[1:] == [b"password: ", "break"]


async def test_the_far_ends_end_and_dtr_that_falls_hang_up_and_take_carrier_away(bench: Bench) -> None:
    bench.call()
    bench.far.leg.close()
    assert bench.exchange.asked == [("hang up", "desk")]
    assert bench.port.done[-1] == HERE
    assert bench.terminal.state is State.RESTING


async def test_a_terminal_that_goes_ends_its_call(bench: Bench) -> None:
    bench.call()
    bench.card.dte_signals(Signals.NONE)
    assert bench.far.heard == ["closed"]
    assert bench.exchange.asked == [("hang up", "desk")]


async def test_a_number_that_cannot_be_had_is_said(bench: Bench) -> None:
    bench.card.dte_signals(DTE)
    bench.card.dte_sent(b"\r")
    bench.card.failed(Cause.BUSY)
    assert NOT_NOW in bench.port.done
    bench.card.joined(bench.far.near)
    assert bench.far.heard == ["closed"]


async def test_flow_control_runs_the_whole_way(bench: Bench) -> None:
    bench.call()
    bench.card.pause_sending()
    bench.card.resume_sending()
    assert bench.far.heard == ["pause", "resume"]
    bench.far.leg.pause()
    assert not bench.port.reading
    bench.far.leg.resume()
    assert bench.port.reading


async def test_the_clock_is_told_to_the_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("offhook.virtual_lines.direct.terminal_line.SETTLE", 0.01)
    bench = Bench(TerminalSettings())
    bench.card.dte_signals(DTE)
    async with asyncio.timeout(60):
        while not bench.exchange.asked:  # noqa: ASYNC110  # there is nothing to wait for but time
            await asyncio.sleep(0)
    assert bench.exchange.asked == [("dial", "desk", "100", None)]
    bench.card.close()
