import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.modem.hayes.caller_id import CallerId, caller_id_lines


def test_number_and_name_stand_each_on_a_line():
    assert caller_id_lines(CallerId("201", "modem0"), unformatted=False) == ["NMBR = 201", "NAME = modem0"]


def test_what_is_not_known_is_told_as_out_of_area():
    assert caller_id_lines(CallerId(), unformatted=False) == ["NMBR = O", "NAME = O"]


@pytest.mark.parametrize("name", ["\x1b[2Jbad\r\nNO CARRIER", "\x9b2J", "J\u00fcrgen", "\0"])
def test_nothing_but_printable_ascii_reaches_the_dte(name: str):
    for line in caller_id_lines(CallerId("201", name), unformatted=False):
        assert line.isascii()
        assert line.isprintable()


@given(st.none() | st.text(max_size=300), st.none() | st.text(max_size=300))
def test_the_unformatted_message_is_one_line_with_its_length_and_checksum(number: str | None, name: str | None):
    (line,) = caller_id_lines(CallerId(number, name), unformatted=True)
    message = bytes.fromhex(line)
    assert message[0] == 0x80, "multiple data message format"
    assert message[1] == len(message) - 3
    assert sum(message) % 256 == 0


def test_a_long_name_is_cut():
    lines = caller_id_lines(CallerId("1" * 500, "n" * 500), unformatted=False)
    assert [len(line) for line in lines] == [47, 47]
