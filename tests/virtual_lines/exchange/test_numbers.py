"""Numbers are the same number however they are written."""

import pytest

from offhook.virtual_lines.exchange import normalised


@pytest.mark.parametrize("written", ["5550123", "555-0123", "555 01 23", "(555) 0123", "5.5.5.0.1.2.3"])
def test_what_stands_between_digits_counts_for_nothing(written: str):
    assert normalised(written) == "5550123"


def test_star_square_and_the_letters_of_the_fourth_column_are_digits():
    assert normalised("*12#abcd") == "*12#ABCD"


def test_in_a_name_dashes_and_dots_count_and_case_does_not():
    assert normalised(" BBS.Example-1.org ") == "bbs.example-1.org"
    assert normalised("bbs.example1.org") != normalised("BBS.Example-1.org")


@pytest.mark.parametrize("written", ["", "  ", "-", "()"])
def test_no_digits_are_no_number(written: str):
    assert normalised(written) == ""
