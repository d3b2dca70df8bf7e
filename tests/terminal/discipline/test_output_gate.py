import re
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from offhook.terminal.discipline import (
    ASCII,
    CHARSETS,
    CP437,
    LATIN1,
    UTF8,
    Charset,
    OutputGate,
    clean,
    one_line,
    spell,
)
from tests.support.processor_time import costs_at_most

ANY_TEXT = st.text(
    st.one_of(st.characters(), st.sampled_from("\x1b[]m;0\x07\x9b\x9c\x90\x9d\n\r\t\x7f\u202e\u2028\u200b\ud800éß€山")),
    max_size=200,
)
EVERY_CHARSET = st.sampled_from(list(CHARSETS.values()))
BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def controls_in(data: bytes, charset: Charset) -> list[str]:
    """What in `data` a terminal of that charset obeys, apart from CR LF."""
    low = [hex(byte) for byte in data.replace(b"\r\n", b"") if byte < 0x20 or byte == 0x7F]
    if charset.high_controls:
        return low + [hex(byte) for byte in data if 0x80 <= byte < 0xA0]
    return low + [hex(ord(each)) for each in data.decode(charset.codec) if 0x80 <= ord(each) < 0xA0]


@given(ANY_TEXT, EVERY_CHARSET)
@example("\x9b2J", ASCII)
@example("\x85\u2028\u2029", LATIN1)
@example("\ud800\udc00\U0010ffff\U000e0041", UTF8)
@settings(max_examples=400, deadline=None)
def test_no_byte_that_a_terminal_obeys_leaves_but_our_line_ends(text: str, charset: Charset):
    assert not controls_in(OutputGate(charset).encode(text), charset)


@given(ANY_TEXT, EVERY_CHARSET)
@settings(max_examples=300, deadline=None)
def test_what_is_spelled_passes_the_gate_unchanged(text: str, charset: Charset):
    spelled = spell(text, charset)
    assert spell(spelled, charset) == spelled
    sent = OutputGate(charset).encode(text)
    assert OutputGate(charset).encode(spelled) == sent
    assert sent.decode(charset.codec) == spelled.replace("\t", " ").replace("\n", "\r\n")


@given(ANY_TEXT)
def test_what_is_cleaned_has_nothing_left_to_clean(text: str):
    cleaned, _ = clean(text)
    assert clean(cleaned) == (cleaned, 0)


def test_no_character_of_all_there_are_is_a_control_in_any_charset():
    everything = "".join(  # and some of those that there may be one day
        each for each in map(chr, range(0x110000)) if ord(each) % 97 == 0 or unicodedata.category(each) != "Cn"
    )
    for charset in CHARSETS.values():
        assert not controls_in(OutputGate(charset).encode(everything), charset)
    seen = clean(everything)[0]
    assert not BIDI.search(seen)
    left = {unicodedata.category(each) for each in seen} - {"Cf"}
    assert left.isdisjoint({"Cs", "Co", "Zl", "Zp"})
    visible_formats = set("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd")
    assert {each for each in seen if unicodedata.category(each) in ("Cc", "Cf")} <= visible_formats | {"\t", "\n"}


@pytest.mark.parametrize(
    ("text", "shown", "removed"),
    [
        ("\x1b[31mred\x1b[0m", "red", 2),
        ("\x9b31mred", "red", 1),
        ("\x1b]0;owned\x07title", "title", 1),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link", 2),
        ("\x1b]52;c;ZXZpbA==\x9cclip", "clip", 1),
        ("\x90q#0\x9cpicture", "picture", 1),
        ("\x1bP1$r0m\x1b\\answer", "answer", 1),
        ("\x1bc\x1b(0\x1b#8reset", "reset", 3),
        ("\x1bZ\x05who", "who", 2),
        ("a\x08\x08b\x0e\x0f", "ab", 4),
        ("\u202egnp.exe", "gnp.exe", 1),
        ("zero\u200bwidth\ufeff", "zerowidth", 2),
        ("\x1b\x1b[0m[2J", "[2J", 2),
    ],
)
def test_control_strings_go_as_a_whole_and_are_counted(text: str, shown: str, removed: int):
    assert clean(text) == (shown, removed)


def test_the_text_after_an_unfinished_control_string_is_not_lost():
    assert clean("\x1b]0;never ended\nnext line\n")[0] == "0;never ended\nnext line\n"
    assert clean("\x1b[31")[0] == "31"


def test_every_kind_of_line_break_is_one():
    assert OutputGate(ASCII).encode("a\rb\r\nc\nd\ve\ff\x85g\u2028h\u2029i") == b"\r\n".join(
        bytes([each]) for each in b"abcdefghi"
    )


def test_a_lone_carriage_return_cannot_overwrite_a_line():
    assert OutputGate(ASCII).encode("From: bob\rFrom: boss") == b"From: bob\r\nFrom: boss"


def test_a_stack_of_marks_on_a_character_is_cut_low():
    assert clean("a" + "\u0300" * 500)[0] == "a" + "\u0300" * 4


@pytest.mark.parametrize(
    ("charset", "sent"),
    [
        (ASCII, b"Grusse, naive cafe: EUR5"),
        (LATIN1, "Grüsse, naïve café: EUR5".encode("latin-1")),
        (CP437, "Grüsse, naïve café: EUR5".encode("cp437")),
        (UTF8, "Grüsse, naïve café: €5".encode()),
    ],
)
def test_what_a_charset_lacks_is_spelled_with_what_it_has(charset: Charset, sent: bytes):
    assert OutputGate(charset).encode("Grüsse, naïve café: €5") == sent


def test_cp437_may_use_the_bytes_that_are_controls_elsewhere():
    assert OutputGate(CP437).encode("é") == b"\x82"


def test_one_line_is_one_line():
    assert one_line("  Re:\r\n\t two\u2028three\x1b[2J ") == "Re: two three"


@pytest.mark.parametrize(
    "piece",
    ["\x90", "\x9b", "\x1b]", "\x1b[0;", "\x9d0;", "\x1b", "\x1bP" + "x" * 1999, "\u0300", "a\u0300", "\r", "\x1b ["],
)
def test_text_made_to_be_slow_costs_its_length_and_no_more(piece: str):
    text = piece * (400_000 // len(piece))
    costs_at_most(3, lambda: clean(text))
