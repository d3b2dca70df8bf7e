import pytest

from offhook.terminal.screen import Capabilities


def test_a_terminal_that_said_nothing_is_80_by_24_and_shows_ascii():
    known = Capabilities()
    assert (known.columns, known.rows, known.charset.name, known.rate) == (80, 24, "ascii", None)


@pytest.mark.parametrize("nothing", [None, 0])
def test_a_size_of_nothing_keeps_what_is_known(nothing: int | None):
    assert Capabilities(columns=40, rows=25).sized(nothing, nothing) == Capabilities(columns=40, rows=25)


def test_senseless_sizes_are_brought_within_bounds():
    assert Capabilities().sized(1, 1) == Capabilities(columns=20, rows=4)
    assert Capabilities().sized(65535, 65535) == Capabilities(columns=250, rows=250)


@pytest.mark.parametrize(
    ("rate", "rows", "listed"),
    [
        (300, 24, 5),
        (1200, 24, 10),
        (2400, 24, 20),
        (None, 24, 20),
        (None, 12, 9),
        (300, 6, 3),
        (None, 4, 1),
        (None, 60, 20),
    ],
)
def test_fewer_letters_are_listed_where_lines_are_slow_or_screens_small(rate: int | None, rows: int, listed: int):
    assert Capabilities(rows=rows, rate=rate).index_rows == listed


def test_2400_is_slow_and_no_rate_is_not():
    assert Capabilities(rate=2400).slow
    assert not Capabilities(rate=9600).slow
    assert not Capabilities().slow
