import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.mailbox.letters import file_form, wire_form

PIECES = st.lists(st.sampled_from([b"a", b".", b"\r\n", b"\r", b"\n", b"\0"]), max_size=30).map(b"".join)


@pytest.mark.parametrize(
    ("letter", "on_the_wire"),
    [
        (b"", b""),
        (b"a", b"a\r\n"),
        (b"a\nb\n", b"a\r\nb\r\n"),
        (b"a\r\n.\r\nb\r\n", b"a\r\n.\r\nb\r\n"),
        (b"a\r.\rb", b"a\r\n.\r\nb\r\n"),
        (b"a\r\r\n.\0\r\n", b"a\r\n\r\n.\r\n"),
        (b"a\n\r.\n\r", b"a\r\n\r\n.\r\n\r\n"),
    ],
)
def test_line_ends_are_made_those_of_the_wire(letter: bytes, on_the_wire: bytes):
    assert wire_form(letter) == on_the_wire


@given(PIECES)
def test_what_is_handed_on_reads_the_same_to_every_server(letter: bytes):
    wire = wire_form(letter)
    assert b"\0" not in wire
    assert not any(byte in line for line in wire.split(b"\r\n") for byte in (b"\r", b"\n"))
    assert wire.endswith(b"\r\n") or not wire
    assert wire_form(wire) == wire
    assert b"\r" not in file_form(letter)
    assert wire_form(file_form(letter)) == wire


@given(st.lists(st.sampled_from([b"a", b".", b"", b"From x", b"\xff"]), max_size=20))
def test_a_letter_with_proper_line_ends_stays_as_it_is(lines: list[bytes]):
    letter = b"".join(line + b"\r\n" for line in lines)
    assert wire_form(letter) == letter
