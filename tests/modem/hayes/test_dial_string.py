import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.modem.hayes.dial_string import EMPTY, DialString, parse_dial_string


@pytest.mark.parametrize(
    ("text", "number", "pauses", "quiet_answer"),
    [
        ("100", "100", 0, False),
        ("T100", "100", 0, False),
        ("p1t2", "12", 0, False),
        ("(201) 555-12.34", "2015551234", 0, False),
        ("9,,100", "9100", 2, False),
        ("9W100@", "9100", 0, True),
        ("*70#ABCD", "*70#ABCD", 0, False),
        ("1!2$3^4R", "1234", 0, False),
        ("", "", 0, False),
    ],
)
def test_digits_are_picked_out_and_modifiers_noted(text: str, number: str, pauses: int, quiet_answer: bool):
    string = parse_dial_string(text)
    assert string == DialString(text, number, pauses, quiet_answer)


@pytest.mark.parametrize("text", ["x", "12;3", "host:23", "1\u0661", "1\x7f", "="])
def test_a_character_with_no_place_in_it_makes_the_string_wrong(text: str):
    assert parse_dial_string(text) is None


PIECES = st.text("0123456789*#,WT@-() ", max_size=20)


@given(PIECES, PIECES)
def test_a_string_continued_is_the_string_written_at_once(one: str, other: str):
    first, second = parse_dial_string(one), parse_dial_string(other)
    whole = parse_dial_string(one.strip() + other.strip())
    assert first is not None
    assert second is not None
    assert first.then(second) == whole
    assert EMPTY.then(first) == first
