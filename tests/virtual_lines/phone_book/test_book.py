import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.virtual_lines.exchange import Barred, Route, Transport
from offhook.virtual_lines.phone_book import DialOut, Entry, PhoneBook

HOME = Entry("raw:10.0.0.1:6400", "555-1234", slot=1, rate=2400)
NAMED = Entry("telnet:bbs.example.org", "mybbs", terminal="vt52")
PATTERN = Entry(r"raw:127.0.0.1:\1", pattern=re.compile(r"9([0-9]{4,5})"))
BOOK = PhoneBook([HOME, NAMED, PATTERN])


@pytest.mark.parametrize("number", ["5551234", "555-1234", "555 12 34"])
def test_a_number_is_found_however_it_is_written(number: str):
    assert BOOK.find(number) == Route(Transport.RAW, "10.0.0.1", 6400, None, 2400)


@pytest.mark.parametrize("name", ["mybbs", "MYBBS"])
def test_a_name_is_found_whatever_its_capitals(name: str):
    assert BOOK.find(name) == Route(Transport.TELNET, "bbs.example.org", 23, "vt52")


def test_a_pattern_is_for_the_whole_number_and_its_groups_go_into_the_route():
    assert BOOK.find("96400") == Route(Transport.RAW, "127.0.0.1", 6400)
    assert BOOK.find("9640000") is None
    assert BOOK.find("99") is None


def test_an_exact_number_comes_before_a_pattern_and_patterns_in_their_order():
    any_number = Entry("raw:host:1", pattern=re.compile(r"[0-9]+"))
    book = PhoneBook([any_number, PATTERN, HOME])
    assert book.find("5551234") == HOME.route("5551234")
    assert book.find("96400") == Route(Transport.RAW, "host", 1)


def test_a_pattern_that_leads_nowhere_for_this_number_is_passed_over():
    assert BOOK.find("999999") is None, "there is no port 99999"


@pytest.mark.parametrize(
    ("number", "route"),
    [
        ("127000000001", Route(Transport.TELNET, "127.0.0.1", 23)),
        ("127.0.0.1", Route(Transport.TELNET, "127.0.0.1", 23)),
        ("other.example:70", Route(Transport.AUTO, "other.example", 70)),
        ("999000000001", None),
        ("5550000", None),
        ("", None),
        ("1" * 256, None),
    ],
)
def test_what_is_in_no_book_is_a_host_or_nothing(number: str, route: Route | None):
    assert BOOK.find(number) == route


@pytest.mark.parametrize(
    ("dial_out", "listed", "other"),
    [(DialOut.YES, Route, Route), (DialOut.LIST, Route, Barred), (DialOut.NO, Barred, Barred)],
)
def test_who_may_call_what(dial_out: DialOut, listed: type, other: type):
    book = PhoneBook([NAMED], dial_out)
    assert isinstance(book.find("mybbs"), listed)
    assert isinstance(book.find("other.example"), other)
    assert book.find("5550000") is None


def test_slots_are_the_numbers_of_entries_that_have_one():
    assert BOOK.slots == {1: "555-1234"}


@given(st.text(max_size=300))
def test_no_number_raises(number: str):
    assert BOOK.find(number) is None or isinstance(BOOK.find(number), Route)
