import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.virtual_lines.null_modem import (
    Deliver,
    Event,
    Framed,
    Hold,
    Impairments,
    OneWay,
    Purged,
    Release,
    Sent,
    TakesMore,
    TakesNoMore,
    Tick,
)


class Way:
    """A way with a turned clock; `arrived` has each byte with its time."""

    def __init__(self, rate: int | None = None, latency: float = 0.0, bits: float = 10) -> None:
        chance = random.Random(1).random
        self.way = OneWay(Impairments(0, 0, chance, chance), rate, latency, bits=bits)
        self.now = 50.0
        self.arrived: list[tuple[float, int]] = []
        self.held: list[bool] = []

    @property
    def data(self) -> bytes:
        return bytes(byte for _, byte in self.arrived)

    def tell(self, event: Event) -> None:
        for action in self.way.handle(event, self.now):
            match action:
                case Deliver(data):
                    self.arrived += [(self.now, byte) for byte in data]
                case Hold():
                    self.held.append(True)
                case Release():
                    self.held.append(False)
        assert self.way.deadline is None or self.way.deadline > self.now

    def wait(self, seconds: float) -> None:
        until = self.now + seconds
        while (deadline := self.way.deadline) is not None and deadline <= until:
            self.now = deadline
            self.tell(Tick())
        self.now = until


@given(
    st.sampled_from([50, 75, 300, 1200, 9600, 115200, 10_000_000]),
    st.sampled_from([7, 9, 10, 11.5, 12]),
    st.lists(st.tuples(st.sampled_from([0.0, 0.001, 0.04, 2.0]), st.binary(min_size=1, max_size=30)), max_size=12),
)
def test_no_character_leaves_before_its_time_and_none_is_lost(rate: int, bits: float, story: list[tuple[float, bytes]]):
    way = Way(rate, bits=bits)
    sent: list[float] = []
    for seconds, data in story:
        way.wait(seconds)
        sent += [way.now] * len(data)
        way.tell(Sent(data))
    way.wait(1000)
    assert way.data == b"".join(data for _, data in story)
    free = 0.0
    for typed, (arrived, _) in zip(sent, way.arrived, strict=True):
        free = max(free, typed) + bits / rate
        assert free - 1e-6 <= arrived <= free + 0.0101 + bits / rate


def test_300_bits_a_second_are_30_characters_a_second():
    way = Way(300)
    way.tell(Sent(bytes(1000)))
    way.wait(10)
    assert 299 <= len(way.data) <= 300


def test_a_fast_line_is_looked_at_a_hundred_times_a_second():
    way = Way(1_000_000)
    way.tell(Sent(bytes(50_000)))
    way.wait(1)
    assert len(way.data) == 50_000
    assert len({time for time, _ in way.arrived}) <= 52


@pytest.mark.parametrize("rate", [None, 9600])
def test_latency_delays_all_by_the_same(rate: int | None):
    way = Way(rate, latency=0.5)
    way.tell(Sent(b"ab"))
    way.wait(0.49)
    assert way.data == b""
    way.wait(0.1)
    assert way.data == b"ab"


def test_without_rate_and_latency_bytes_arrive_at_once():
    way = Way()
    way.tell(Sent(b"ab"))
    assert way.data == b"ab"
    assert way.way.deadline is None


def test_a_slow_receiver_holds_the_sender_and_everything_arrives_in_the_end():
    way = Way()
    way.tell(TakesNoMore())
    for _ in range(10):
        way.tell(Sent(bytes(10_000)))
    assert way.held == [True]
    assert way.data == b""
    way.tell(TakesMore())
    assert len(way.data) == 100_000
    assert way.held == [True, False]


def test_what_has_not_left_can_be_taken_back_and_the_sender_goes_on():
    way = Way(300)
    way.tell(Sent(bytes(70_000)))
    assert way.held == [True]
    way.wait(1)
    assert way.way.unsent == 70_000 - 30
    way.tell(Purged())
    assert (way.way.unsent, way.held) == (0, [True, False])
    way.wait(10)
    assert len(way.data) == 30


def test_another_framing_counts_from_then_on():
    way = Way(300, bits=10)
    way.tell(Sent(bytes(60)))
    way.wait(1)
    way.tell(Framed(12))
    way.wait(1)
    assert len(way.data) == 30 + 25
