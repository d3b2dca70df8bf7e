import random
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from offhook.virtual_lines.null_modem import Impairments


def line(noise: float = 0.0, drop: float = 0.0, seed: int = 1) -> Impairments:
    return Impairments(noise, drop, random.Random(seed).random, random.Random(seed + 1).random)


@given(st.binary(max_size=200), st.lists(st.integers(0, 200), max_size=5), st.floats(0, 1), st.floats(0, 1))
def test_the_same_seed_does_the_same_however_the_bytes_are_cut(data: bytes, cuts: list[int], noise: float, drop: float):
    whole = line(noise, drop).suffered(data)
    pieces = line(noise, drop)
    edges = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    assert b"".join(pieces.suffered(data[a:b]) for a, b in pairwise(edges)) == whole
    assert len(whole) <= len(data)


@given(st.binary(max_size=200))
def test_a_good_line_changes_nothing_and_the_worst_everything(data: bytes):
    assert line().suffered(data) == data
    assert line(noise=1.0).suffered(data) == bytes(byte ^ 0xFF for byte in data)
    assert line(drop=1.0).suffered(data) == b""


def test_errors_come_as_often_as_asked():
    data = bytes(100_000)
    wrong = sum(byte.bit_count() for byte in line(noise=1e-3).suffered(data))
    assert 600 < wrong < 1000
    assert 98_500 < len(line(drop=1e-2).suffered(data)) < 99_500


def test_another_seed_makes_other_errors():
    assert line(noise=0.01, seed=1).suffered(bytes(1000)) != line(noise=0.01, seed=5).suffered(bytes(1000))
