"""An emulated line card when one side is slow, and what passes by the modem."""

from collections.abc import AsyncIterator

import pytest

from offhook.modem.hayes import (
    CarrierLost,
    DteSent,
    FarDrained,
    FarFilled,
    ReleaseFar,
    RingEnded,
    SendToDte,
)
from offhook.modem.rs232 import Signals
from offhook.virtual_lines.line_cards.dte_flow import FOR_AN_XON
from offhook.virtual_lines.line_cards.emulated import SLACK
from tests.support.line_card_bench import Bench, transparent
from tests.support.outer_line_fakes import Far


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    bench = Bench()
    yield bench
    bench.card.close()


async def test_a_slow_dte_makes_the_far_end_wait(bench: Bench) -> None:
    bench.call()
    bench.card.pause_sending()
    bench.far.leg.send(b"waits")
    assert bench.far.heard == ["pause"]
    assert bench.port.sent == b""
    bench.card.resume_sending()
    assert bench.far.heard == ["pause", "resume"]
    assert bench.port.sent == b"waits"


async def test_the_far_end_waits_until_neither_the_modem_nor_the_dte_holds_it(bench: Bench) -> None:
    bench.call()
    bench.card.dte_sent(b"hold")
    bench.card.pause_sending()
    bench.card.resume_sending()
    assert bench.far.heard == ["pause"]
    bench.card.pause_sending()
    bench.card.dte_sent(b"release")
    assert bench.far.heard == ["pause"]
    bench.card.resume_sending()
    assert bench.far.heard == ["pause", "resume"]


async def test_a_dte_slow_before_the_call_makes_the_far_end_wait_from_the_start(bench: Bench) -> None:
    bench.card.dte_sent(b"ATDT100")
    bench.card.pause_sending()
    bench.far.leg.send(b"early")
    bench.card.joined(bench.far.near)
    assert bench.port.sent == b""
    bench.card.resume_sending()
    assert bench.port.sent == b"early"


async def test_a_hold_does_not_outlive_its_call(bench: Bench) -> None:
    bench.call()
    bench.card.dte_sent(b"hold")
    bench.card.dte_sent(b"ATH")
    bench.far = Far()
    bench.call()
    bench.far.leg.send(b"free")
    assert bench.port.sent == b"free"


async def test_a_far_end_that_takes_no_more_pauses_the_dte_after_some_slack(bench: Bench) -> None:
    bench.call()
    bench.far.leg.pause()
    bench.card.dte_sent(b"a" * (SLACK - 1))
    assert bench.port.reading
    bench.card.dte_sent(b"+++")
    assert not bench.port.reading
    bench.far.leg.resume()
    assert bench.port.reading
    assert b"".join(what for what in bench.far.heard if isinstance(what, bytes)) == b"a" * (SLACK - 1) + b"+++"


async def test_hanging_up_lets_a_paused_dte_go_on(bench: Bench) -> None:
    bench.call()
    bench.far.leg.pause()
    bench.card.dte_sent(b"a" * SLACK)
    assert not bench.port.reading
    bench.card.dte_signals(Signals.NONE)
    assert bench.port.reading
    assert bench.exchange.asked[-1] == ("hang_up", "201")


async def test_a_chunk_that_passes_goes_straight_on_and_others_to_the_modem(bench: Bench) -> None:
    bench.call()
    bench.modem.passes = True
    bench.card.dte_sent(b"bulk up")
    bench.far.leg.send(b"bulk down")
    assert bench.modem.events == []
    bench.card.dte_sent(b"+++")
    assert bench.modem.events == [DteSent(b"+++")]
    assert bench.far.heard == [b"bulk up", b"+++"]
    assert bench.port.sent == b"bulk down"


async def test_nothing_passes_by_the_modem_before_and_after_the_call(bench: Bench) -> None:
    bench.modem.passes = True
    bench.card.dte_sent(b"before")
    bench.call()
    bench.card.dte_sent(b"during")
    bench.far.leg.close()
    bench.card.dte_sent(b"after")
    assert bench.modem.events == [CarrierLost(), DteSent(b"after")]
    assert bench.far.heard == [b"during"]


async def test_far_bytes_that_come_while_the_modem_is_busy_do_not_overtake(bench: Bench) -> None:
    bench.call()
    bench.card.dte_sent(b"hold")
    bench.far.leg.send(b"second")
    bench.modem.passes = True
    bench.modem.script = lambda event: (
        [ReleaseFar(), SendToDte(b"first ")] if event == RingEnded() else transparent(event)
    )
    bench.card.ring_ended()
    assert bench.port.sent == b"first second"


async def test_chunks_that_pass_are_bounded_by_the_slack_too(bench: Bench) -> None:
    bench.call()
    bench.modem.passes = True
    bench.far.leg.pause()
    bench.card.dte_sent(b"a" * SLACK)
    assert not bench.port.reading
    bench.far.leg.resume()
    assert bench.port.reading


async def test_a_dte_whose_xon_is_awaited_is_heard_beyond_the_slack_and_not_for_ever(bench: Bench) -> None:
    bench.call()
    bench.modem.passes = bench.modem.awaits_xon = True
    bench.far.leg.pause()
    bench.card.dte_sent(b"a" * SLACK)
    bench.card.dte_sent(b"b")
    assert bench.modem.events == [FarFilled(heard=True)], "told once, for XOFF"
    bench.card.dte_sent(b"c" * (FOR_AN_XON - 2))
    assert bench.port.reading
    bench.card.dte_sent(b"d")
    bench.card.dte_sent(b"e")
    assert not bench.port.reading
    assert bench.modem.events == [FarFilled(heard=True), FarFilled()]
    bench.far.leg.resume()
    assert bench.port.reading
    assert bench.modem.events[2:] == [FarDrained()]


async def test_a_dte_waits_as_any_other_once_its_xon_has_come(bench: Bench) -> None:
    bench.call()
    bench.modem.passes = bench.modem.awaits_xon = True
    bench.far.leg.pause()
    bench.card.dte_sent(b"a" * SLACK)
    bench.modem.awaits_xon = False
    bench.card.dte_sent(b"b")
    assert not bench.port.reading
    bench.far.leg.resume()
    assert bench.port.reading
    assert bench.modem.events == [FarFilled(heard=True), FarFilled(), FarDrained()]
