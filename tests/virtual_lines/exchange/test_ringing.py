"""A cadence says when each burst begins and ends."""

import pytest

from offhook.virtual_lines.exchange import NORTH_AMERICA, Cadence


def test_north_america_rings_two_seconds_and_rests_four():
    assert [NORTH_AMERICA.change(number) for number in range(5)] == [0, 2, 6, 8, 12]


def test_a_double_ring_is_a_matter_of_data():
    british = Cadence(((0.4, 0.2), (0.4, 2.0)))
    assert [round(british.change(number), 1) for number in range(6)] == [0, 0.4, 0.6, 1.0, 3.0, 3.4]


@pytest.mark.parametrize("bursts", [(), ((0.0, 4.0),), ((2.0, 0.0),), ((2.0, 4.0), (-1.0, 1.0))])
def test_a_cadence_without_bursts_or_with_none_between_is_refused(bursts: tuple[tuple[float, float], ...]):
    with pytest.raises(ValueError, match="longer than nothing"):
        Cadence(bursts)
