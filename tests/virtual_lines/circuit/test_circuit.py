"""A circuit on a clock turned by hand: its pace, its faults, its pauses and its end."""

import itertools
import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.virtual_lines.circuit import (
    Action,
    Broke,
    Circuit,
    Close,
    Deliver,
    Ended,
    Event,
    Hold,
    Leaving,
    Release,
    Sent,
    Side,
    TakesMore,
    TakesNoMore,
    Tick,
)
from offhook.virtual_lines.circuit.circuit import DRAIN
from offhook.virtual_lines.exchange import Quality

CALLER, CALLED = Side.CALLER, Side.CALLED


def chances(seed: int) -> Callable[[str], Callable[[], float]]:
    return lambda name: random.Random(f"{seed} {name}").random


class Bench:
    """Runs a circuit; `arrived` is what each side got, `log` when."""

    def __init__(self, quality: Quality) -> None:
        self.now = 50.0
        self.circuit = Circuit(quality, chances(quality.seed), self.now)
        self.arrived = {CALLER: b"", CALLED: b""}
        self.log: list[tuple[float, Action]] = []
        self.closed: list[Side] = []
        self.held: set[Side] = set()

    def tell(self, event: Event) -> list[Action]:
        actions = self.circuit.handle(event, self.now)
        for action in actions:
            self.log.append((self.now, action))
            match action:
                case Deliver(side, data):
                    assert side not in self.closed, "bytes after the end"
                    self.arrived[side] += data
                case Close(side):
                    self.closed.append(side)
                case Hold(side):
                    self.held.add(side)
                case Release(side):
                    self.held.remove(side)
        return actions

    def wait(self, seconds: float) -> None:
        until = self.now + seconds
        while (deadline := self.circuit.deadline) is not None and deadline <= until:
            assert deadline >= self.now - 1e-9
            self.now = max(self.now, deadline)
            self.tell(Tick())
            after = self.circuit.deadline
            assert after is None or after > self.now, "a deadline stays behind after its tick"
        self.now = until


def test_300_bit_per_second_is_thirty_characters_a_second_both_ways():
    bench = Bench(Quality(rate=300))
    for side in Side:
        bench.tell(Sent(side, bytes(400)))
    bench.wait(10)
    assert [len(bench.arrived[side]) for side in Side] == [300, 300]


def test_1200_over_75_is_split_between_the_ways():
    bench = Bench(Quality(rate=1200, back_rate=75))
    for side in Side:
        bench.tell(Sent(side, bytes(1300)))
    bench.wait(10)
    assert (len(bench.arrived[CALLER]), len(bench.arrived[CALLED])) == (1200, 75)


def test_a_line_without_a_rate_takes_no_time():
    bench = Bench(Quality(noise=0.0))
    bench.tell(Sent(CALLER, b"at once"))
    assert bench.arrived[CALLED] == b"at once"
    assert bench.circuit.deadline is None


def test_latency_shifts_what_arrives():
    bench = Bench(Quality(latency=0.25))
    bench.tell(Sent(CALLER, b"later"))
    assert bench.circuit.deadline == pytest.approx(50.25)
    bench.wait(0.3)
    assert bench.arrived[CALLED] == b"later"


def test_a_sender_is_held_when_half_a_second_is_under_way_and_let_go_again():
    bench = Bench(Quality(rate=9600))
    bench.tell(Sent(CALLER, bytes(480)))
    assert not bench.held
    bench.tell(Sent(CALLER, b"!"))
    assert bench.held == {CALLER}
    bench.wait(0.45)
    assert not bench.held


def test_an_end_that_takes_no_more_gets_the_rest_later_and_the_other_way_goes_on():
    bench = Bench(Quality(rate=9600))
    bench.tell(TakesNoMore(CALLED))
    bench.tell(Sent(CALLER, b"to the called"))
    bench.tell(Sent(CALLED, b"to the caller"))
    bench.wait(1)
    assert bench.arrived == {CALLER: b"to the caller", CALLED: b""}
    bench.tell(TakesMore(CALLED))
    assert bench.arrived[CALLED] == b"to the called"


def test_a_break_passes_at_once():
    bench = Bench(Quality(rate=300))
    assert bench.tell(Broke(CALLER)) == [Broke(CALLED)]


def test_the_end_comes_after_all_that_was_sent_before_it():
    bench = Bench(Quality(rate=300))
    bench.tell(Sent(CALLED, b"0123456789"))
    bench.tell(Leaving(CALLED))
    bench.tell(Ended(CALLED))
    bench.wait(0.3)
    assert not bench.closed
    bench.wait(0.1)
    assert bench.arrived[CALLER] == b"0123456789"
    assert bench.closed == [CALLER, CALLED]
    assert bench.circuit.deadline is None


def test_an_end_with_nothing_under_way_is_told_at_once():
    bench = Bench(Quality(rate=300))
    bench.tell(Sent(CALLER, b"for nobody any more"))
    bench.tell(Ended(CALLED))
    assert bench.closed == [CALLER, CALLED]


@pytest.mark.parametrize("event", [Leaving(CALLER), Ended(CALLER)])
def test_nobody_is_kept_longer_than_the_drain(event: Event):
    bench = Bench(Quality(rate=50))
    bench.tell(Sent(CALLER, bytes(1000)))
    bench.tell(event)
    bench.wait(DRAIN - 0.1)
    assert not bench.closed
    bench.wait(0.2)
    assert bench.closed == [CALLED, CALLER]


def test_a_retrain_stops_both_ways_and_loses_nothing():
    quality = Quality(rate=300, retrains=20, retrain=2.0)
    bench = Bench(quality)
    text = bytes(range(256)) * 4
    for side in Side:
        bench.tell(Sent(side, text))
    bench.wait(60)
    assert bench.arrived == {CALLER: text, CALLED: text}
    times = [time for time, action in bench.log if action.side is CALLER]
    pauses = [later - earlier for earlier, later in itertools.pairwise(times) if later - earlier > 1]
    assert len(pauses) >= 2
    assert all(2.0 <= pause % 2.0 + 2.0 <= 2.1 for pause in pauses), pauses


def test_drop_outs_lose_stretches_and_nothing_else():
    bench = Bench(Quality(rate=2400, dropouts=30, dropout=0.1))
    text = b"".join(b"%06d" % number for number in range(4000))
    bench.tell(Sent(CALLER, text))
    bench.wait(110)
    arrived = bench.arrived[CALLED]
    lost = len(text) - len(arrived)
    assert lost >= 24 * 20
    assert lost % 24 == 0 or len(arrived) > 20_000
    assert text.startswith(arrived[:10])


def test_the_same_seed_makes_the_same_faults_and_another_one_makes_others():
    def suffered(seed: int) -> bytes:
        bench = Bench(Quality(rate=9600, noise=1e-3, drop=1e-3, dropouts=60, seed=seed))
        bench.tell(Sent(CALLER, bytes(9600)))
        bench.wait(11)
        return bench.arrived[CALLED]

    assert suffered(1) == suffered(1) != suffered(2)


@given(
    st.lists(
        st.one_of(
            st.tuples(st.sampled_from(Side), st.binary(min_size=1, max_size=200)),
            st.floats(0, 3),
            st.tuples(st.sampled_from([TakesNoMore, TakesMore]), st.sampled_from(Side)),
        ),
        max_size=30,
    ),
    st.sampled_from([None, 75, 2400, 115_200]),
    st.sampled_from([0.0, 0.05]),
    st.sampled_from([0.0, 30.0]),
    st.sampled_from(Side),
)
def test_without_noise_bytes_arrive_once_and_in_order_and_the_end_comes_last(
    steps: list[object], rate: int | None, latency: float, retrains: float, leaves: Side
):
    bench = Bench(Quality(rate=rate, latency=latency, retrains=retrains))
    sent = {CALLER: b"", CALLED: b""}
    for step in steps:
        match step:
            case (Side() as side, bytes(data)):
                bench.tell(Sent(side, data))
                sent[side] += data
            case float(seconds):
                bench.wait(seconds)
            case (kind, Side() as side):
                bench.tell(kind(side))  # type: ignore[operator]
    for side in Side:
        bench.tell(TakesMore(side))
        assert sent[side].startswith(bench.arrived[side.other])
    bench.tell(Ended(leaves))
    bench.wait(DRAIN + 1)
    assert bench.closed == [leaves.other, leaves]
    assert sent[leaves].startswith(bench.arrived[leaves.other])
    if rate in (None, 115_200) and not retrains:
        assert bench.arrived[leaves.other] == sent[leaves]
    assert bench.circuit.deadline is None
