"""Drop-outs lose what falls into them, however the bytes are cut."""

import itertools
import random

from hypothesis import given
from hypothesis import strategies as st

from offhook.virtual_lines.circuit.drop_outs import DropOuts

TEXT = bytes(range(256)) * 20


def drop_outs(seed: int = 3) -> DropOuts:
    return DropOuts(200.0, 10, random.Random(seed).random)


def test_stretches_of_their_length_are_lost():
    arrived = drop_outs().suffered(TEXT)
    assert 0.85 < len(arrived) / len(TEXT) < 0.99


def test_a_part_of_the_stream_comes_whole_between_two_of_them():
    assert DropOuts(1e12, 10, lambda: 0.5).suffered(TEXT) == TEXT


def test_one_after_the_other_loses_all():
    assert DropOuts(0.0, 10, lambda: 0.0).suffered(TEXT) == b""


@given(st.lists(st.integers(0, len(TEXT)), max_size=20))
def test_chunking_does_not_matter(cuts: list[int]):
    places = [0, *sorted(cuts), len(TEXT)]
    pieces = drop_outs()
    arrived = b"".join(pieces.suffered(TEXT[a:b]) for a, b in itertools.pairwise(places))
    assert arrived == drop_outs().suffered(TEXT)
