from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from offhook.modem.rs232 import Ip232Reader, Signals, ip232_characters, ip232_signals

ON = Signals.DTR | Signals.RTS
OFF = Signals.NONE


def spoken(said: list[bytes | bool]) -> bytes:
    """What a DTE sends to say this: characters, or its DTR."""
    return b"".join(bytes((255, each)) if isinstance(each, bool) else ip232_characters(each) for each in said)


def joined(found: list[bytes | Signals]) -> list[bytes | Signals]:
    whole: list[bytes | Signals] = []
    for each in found:
        if whole and isinstance(each, bytes) and isinstance(whole[-1], bytes):
            whole[-1] += each
        else:
            whole.append(each)
    return whole


def test_characters_are_as_they_are_but_for_ff():
    assert Ip232Reader().take(b"AT\r") == [b"AT\r"]
    assert ip232_characters(b"a\xffb\xff\xff") == b"a\xff\xffb\xff\xff\xff\xff"
    assert Ip232Reader().take(b"a\xff\xffb\xff\xff\xff\xff") == [b"a\xffb\xff\xff"]


def test_signals_stand_between_the_characters_where_they_changed():
    assert Ip232Reader().take(b"\xff\x01AT\r\xff\xff\xff\x00x") == [ON, b"AT\r\xff", OFF, b"x"]


def test_bits_that_mean_nothing_are_passed_over():
    assert Ip232Reader().take(b"\xff\x7f\xff\x7e") == [ON, OFF]


def test_the_dce_shows_carrier_and_ring():
    shown = [ip232_signals(on) for on in (OFF, Signals.DCD, Signals.RI, Signals.DCD | Signals.RI | Signals.DSR)]
    assert shown == [b"\xff\x00", b"\xff\x01", b"\xff\x02", b"\xff\x03"]


@given(st.lists(st.binary(min_size=1) | st.booleans()), st.data())
def test_what_was_said_is_read_however_it_is_cut(said: list[bytes | bool], data: st.DataObject):
    stream = spoken(said)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)))))
    for places in ([], cuts, range(len(stream))):
        reader = Ip232Reader()
        edges = [0, *places, len(stream)]
        found = [each for start, end in pairwise(edges) for each in reader.take(stream[start:end])]
        assert joined(found) == joined([(ON if each else OFF) if isinstance(each, bool) else each for each in said])


@given(st.lists(st.binary()))
def test_no_stream_raises_and_no_piece_is_empty(chunks: list[bytes]):
    reader = Ip232Reader()
    assert all(each != b"" for chunk in chunks for each in reader.take(chunk))
