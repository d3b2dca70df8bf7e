import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.modem.hayes.dial_string import EMPTY, DialString, parse_dial_string


@pytest.mark.parametrize(
    ("text", "number", "noted"),
    [
        ("100", "100", {}),
        ("T100", "100", {}),
        ("p1t2", "12", {"pulse": True}),
        ("(201) 555-12.34", "2015551234", {}),
        ("9,,100", "9100", {"pauses": 2}),
        ("9W100@", "9100", {"quiet_answer": True, "dial_tone": True}),
        ("*70#ABCD", "*70#ABCD", {}),
        ("1!2$3^4R", "1234", {"flashes": 1, "reverse": True}),
        ("", "", {}),
    ],
)
def test_digits_are_picked_out_and_modifiers_noted(text: str, number: str, noted: dict[str, object]):
    string = parse_dial_string(text)
    assert string == DialString(text, number, **noted)


@pytest.mark.parametrize(
    "text", ["1!x", "12;3", "ho st", "1\u0661", "1\x7f", "=", "x" * 256, '"', '""', '"a"b"', '"\\1b[2J"', "h\x1b[2J"]
)
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


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("bbs.example.com", "bbs.example.com"),
        ("Tbbs.Example.com:23", "bbs.Example.com:23"),
        ("t bbs.example.com 6400", "bbs.example.com:6400"),
        ("P10.0.0.1", "10.0.0.1"),
        ("10.0.0.1:6400", "10.0.0.1:6400"),
        ("telnet:host:23", "telnet:host:23"),
        ("Ttelnet:host:23", "telnet:host:23"),
        ("tls://host", "tls://host"),
        ("T[::1]:23", "[::1]:23"),
        ("=123", "123"),
        ("T=100", "100"),
        ('"Tom\'s board"', "Tom's board"),
        ('T"a\\41b"', "aAb"),
        ("my_bbs-2", "my_bbs-2"),
    ],
)
def test_an_address_is_known_by_its_letters_or_by_its_form_and_kept_as_it_is(text: str, address: str):
    string = parse_dial_string(text)
    assert string == DialString(text, "", address=address)
    assert string.wanted == address


def test_commas_before_an_address_are_pauses():
    string = parse_dial_string("T,,bbs.example.com")
    assert string == DialString("T,,bbs.example.com", "", 2, address="bbs.example.com")


@given(st.text(max_size=300))
def test_no_text_raises_and_nothing_unprintable_is_dialled(text: str):
    string = parse_dial_string(text)
    assert string is None or (string.wanted.isascii() and string.wanted.isprintable())
