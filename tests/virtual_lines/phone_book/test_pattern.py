"""A pattern that somebody wrote must not stop the exchange, whatever is dialled."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.virtual_lines.phone_book import Entry, PhoneBook, check_groups, parse_pattern
from tests.support.processor_time import costs_at_most

LONGEST = 100
MOMENT = 1.0
"""Seconds of processor time."""


@pytest.mark.parametrize(
    "text",
    [
        r"9([0-9]{4,5})",
        r"[0-9]+",
        r"(?:\+?1)?([0-9]{3})-?([0-9]{4})",
        r"(?i)bbs-(.*)",
        r"(?P<host>[a-z.]+)#(?P<port>[0-9]+)",
        r"555(1|2|3)",
        r"[^]x]\]{}",
        r"(?!0)[0-9]{1,3}(?#three)",
        r"(ab){3}",
        r"(a|b){1,3}",
        r"",
    ],
)
def test_what_people_write_is_taken(text: str):
    assert parse_pattern(text).pattern == text


@pytest.mark.parametrize(
    "text",
    [
        r"(a+)+b",
        r"(a*)*b",
        r"(a|a)*b",
        r"([0-9]|[0-9][0-9])+x",
        r"((a?){30})a",
        r"(a?){30}a{30}",
        "a?" * 25 + "a" * 25,
        ".*" * 4 + "x",
        "(a|a)" * 30 + "b",
        r"(.*)\1\1x",
        r"(?P<a>.*)(?P=a)",
        r"(.{0,9}){9}x",
        r"(?x)a #)(",
        r"(a{1,9}){1,99}b",
    ],
)
def test_what_could_take_for_ever_is_refused(text: str):
    with pytest.raises(ValueError, match="for ever"):
        parse_pattern(text)


@pytest.mark.parametrize("text", ["(", "[", "*", "a{2,1}", r"\8", "(?P<a>x)(?P<a>y)", "[[a]"])
def test_what_is_no_pattern_is_refused(text: str):
    with pytest.raises(ValueError, match="no regular expression"):
        parse_pattern(text)


@pytest.mark.parametrize("text", [".*.*.*x", "(?:a|a)" * 19 + "b", "a?" * 19 + "a" * 19])
def test_the_slowest_that_are_taken_are_done_in_a_moment(text: str):
    pattern = parse_pattern(text)
    assert pattern.fullmatch("a" * LONGEST) is None
    costs_at_most(MOMENT, lambda: pattern.fullmatch("a" * LONGEST))


def test_a_number_too_long_for_patterns_matches_none():
    book = PhoneBook([Entry("raw:host:1", pattern=parse_pattern("[0-9]+"))])
    assert book.find("1" * LONGEST) is not None
    assert book.find("1" * (LONGEST + 1)) is None


PARTS = st.sampled_from(["a", "b", "[ab]", ".", r"\w", "a|b", "(a|b)", "(?:ab)"])
TIMES = st.sampled_from(["", "", "*", "+", "?", "{2}", "{1,3}", "{2,}", "*?", "??"])
PATTERNS = st.recursive(
    st.builds("{}{}".format, PARTS, st.sampled_from(["", ""])),
    lambda inner: st.builds("({}){}".format, inner, TIMES) | st.builds("{}{}".format, inner, inner),
    max_leaves=8,
)


@given(PATTERNS, st.sampled_from(["a" * LONGEST, "ab" * (LONGEST // 2), "a" * 30 + "c"]))
def test_no_pattern_that_is_taken_takes_long(text: str, number: str):
    try:
        pattern = parse_pattern(text)
    except ValueError:
        return
    costs_at_most(MOMENT, lambda: pattern.fullmatch(number))


@given(st.text("ab|()[]{}*+?\\1,:<>=!^$.#xP", max_size=30))
def test_no_text_raises_anything_but_what_is_wrong(text: str):
    with suppress(ValueError):
        parse_pattern(text)


@pytest.mark.parametrize(("pattern", "to"), [("9(.)", r"raw:\2:1"), ("9", r"raw:\g<x>:1"), ("9", r"raw:\q:1")])
def test_a_group_that_is_not_there_is_told_and_leads_nowhere(pattern: str, to: str):
    with pytest.raises(ValueError, match="does not fit the pattern"):
        check_groups(parse_pattern(pattern), to)
    assert PhoneBook([Entry(to, pattern=parse_pattern(pattern))]).find("99") is None


def test_a_group_that_took_no_part_stands_for_nothing():
    entry = Entry(r"raw:host\2:1", pattern=parse_pattern("(9)|(8)"))
    check_groups(parse_pattern("(9)|(8)"), entry.to)
    route = entry.route("9")
    assert route is not None
    assert route.host == "host"
