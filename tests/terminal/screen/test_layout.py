import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wcwidth import wcswidth

from offhook.terminal.discipline import ASCII, CHARSETS, UTF8, spell
from offhook.terminal.screen import Capabilities, cut, index_row, size, width, wrap
from offhook.terminal.screen.layout import LONGEST_WRAPPED
from tests.support.processor_time import costs_at_most

TEXT = st.text(st.sampled_from(list("ab >é山 ")), max_size=300)
COLUMNS = st.sampled_from([22, 32, 40, 64, 72, 80, 132])


def test_text_is_wrapped_at_blanks_before_the_last_column():
    assert list(wrap(["one two three"], 8)) == ["one two", "three"]
    assert list(wrap(["one two"], 8)) == ["one two"]
    assert list(wrap(["one twos"], 8)) == ["one", "twos"]


def test_a_word_longer_than_the_line_is_cut():
    assert list(wrap(["abcdefghij"], 5)) == ["abcd", "efgh", "ij"]


def test_empty_lines_and_indents_stay():
    assert list(wrap(["", "  in", ""], 20)) == ["", "  in", ""]


def test_quoted_text_keeps_its_marks_when_wrapped():
    assert list(wrap(["> > one two three four"], 15)) == ["> > one two", "> > three four"]


def test_a_line_that_is_all_quote_marks_is_wrapped_too():
    assert list(wrap([">" * 25], 11)) == [">" * 10, ">" * 10, ">" * 5]


def test_tabs_become_blanks_up_to_the_next_stop():
    assert list(wrap(["a\tb"], 80)) == ["a       b"]


def test_a_wide_character_is_not_cut_in_two():
    assert list(wrap(["山山山"], 6)) == ["山山", "山"]


def test_a_line_without_end_is_cut_and_that_is_said():
    lines = list(wrap(["x" * (LONGEST_WRAPPED + 1)], 80))
    assert lines[-1].endswith("[cut]")


@given(st.lists(TEXT, max_size=5), COLUMNS)
def test_no_wrapped_line_reaches_the_last_column_or_ends_in_a_blank(lines: list[str], columns: int):
    for line in wrap(lines, columns):
        assert wcswidth(line) < columns
        assert line == line.rstrip()


@given(TEXT, COLUMNS)
def test_wrapping_loses_nothing_but_blanks_and_repeated_marks(line: str, columns: int):
    unquoted = line.lstrip("> ")
    assert "".join("".join(wrap([unquoted], columns)).split()) == "".join(unquoted.split())


def test_a_page_of_a_letter_made_to_be_slow_costs_a_page():
    def page() -> list[str]:
        return list(itertools.islice(wrap(("山" * LONGEST_WRAPPED for _ in range(100)), 80), 24))

    costs_at_most(0.2, page)


def test_cutting_counts_columns():
    assert cut("山山", 3) == "山"
    assert cut("ab cd", 3) == "ab"
    assert width("山é") == 3


def row(
    columns: int, subject: str = "The subject of a letter", number: int = 3, name: str = "Ann Example-Longname"
) -> str:
    return index_row(number, "*", "1123", name, subject, Capabilities(columns=columns, charset=UTF8))


@pytest.mark.parametrize(
    ("columns", "shown"),
    [
        (80, " 3*1123 Ann Example- The subject of a letter"),
        (40, " 3*1123 Ann Example- The subject of a l"),
        (32, " 3*Ann Example- The subject of a"),
        (28, " 3*Ann Exam The subject of"),
        (22, " 3*The subject of a l"),
    ],
)
def test_a_narrow_row_loses_first_the_date_then_the_name_and_never_the_number(columns: int, shown: str):
    assert row(columns) == shown[: columns - 1].rstrip()


@given(
    COLUMNS,
    st.integers(1, 99_999),
    st.text(max_size=40),
    st.text(max_size=150),
    st.sampled_from(list(CHARSETS.values())),
)
@settings(max_examples=300, deadline=None)
def test_a_row_is_one_line_short_of_the_last_column_whatever_is_in_it(columns, number, name, subject, charset):
    shown = index_row(number, " ", "1123", name, subject, Capabilities(columns=columns, charset=charset))
    assert shown.startswith(f"{number:2}")
    assert wcswidth(shown) < columns
    assert shown == shown.rstrip()
    assert spell(shown, charset) == shown, "it changes no more on its way out, so its width is what was reckoned"


def test_letters_that_are_spelled_longer_are_reckoned_as_they_are_shown():
    shown = index_row(1, " ", "1123", "山田太郎", "€" * 50, Capabilities(columns=40, charset=ASCII))
    assert len(shown) < 40


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (1000, "1 kB"),
        (12_400, "12 kB"),
        (999_499, "999 kB"),
        (999_999, "1.0 MB"),
        (3_400_000, "3.4 MB"),
    ],
)
def test_sizes_are_for_people(octets: int, text: str):
    assert size(octets) == text
