"""A Telnet stream means the same however it is cut, and what is encoded comes back."""

import re
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from offhook.virtual_lines.telnet.codec import (
    LONGEST_SUBNEGOTIATION,
    Command,
    Data,
    Decoder,
    Encoder,
    Negotiation,
    Piece,
    Plain,
    Subnegotiation,
    negotiation,
    subnegotiation,
)

STREAMS = st.lists(
    st.sampled_from(
        [
            *(bytes((byte,)) for byte in (0, 1, 10, 13, 24, 31, 65, 239, 240, 244, 250, 251, 253, 255)),
            *(b"\r\n", b"\r\0", b"\xff\xff", b"\xff\xf4", b"\xff\xfd\x01", b"\xff\xfb\xff", b"hello"),
            *(b"\xff\xfa\x18\0VT100\xff\xf0", b"\xff\xfa\x1f\0\xff\xff\0\x18\xff\xf0", b"\xff\xfa\x18", b"\xff\xf0"),
        ]
    ),
    max_size=30,
).map(b"".join)


def decoded(*chunks: bytes, binary: bool = False) -> list[Piece]:
    """The pieces of a stream, neighbouring data as one."""
    decoder = Decoder()
    decoder.binary = binary
    pieces: list[Piece] = []
    for chunk in chunks:
        for piece in decoder.decode(chunk):
            last = pieces[-1] if pieces else None
            if isinstance(piece, Data) and isinstance(last, Data):
                pieces[-1] = Data(last.data + piece.data)
            else:
                pieces.append(piece)
    return pieces


@settings(max_examples=300, deadline=None)
@given(STREAMS, st.lists(st.integers(0, 100), max_size=8), st.booleans())
@example(b"\r\0\n", [1], False)
@example(b"\r\n\0", [2], False)
def test_chunking_never_matters(stream: bytes, cuts: list[int], binary: bool):
    whole = decoded(stream, binary=binary)
    assert decoded(*(stream[at : at + 1] for at in range(len(stream))), binary=binary) == whole
    edges = sorted({0, *(cut % (len(stream) + 1) for cut in cuts), len(stream)})
    assert decoded(*(stream[one:other] for one, other in pairwise(edges)), binary=binary) == whole


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200) | STREAMS, st.integers(0, 200), st.integers(0, 400))
def test_what_is_sent_binary_comes_back_as_it_was(data: bytes, cut: int, wire_cut: int):
    encoder = Encoder()
    encoder.binary = True
    wire = encoder.encode(data[:cut]) + encoder.encode(data[cut:])
    assert decoded(wire[:wire_cut], wire[wire_cut:], binary=True) == ([Data(data)] if data else [])


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200) | STREAMS, st.integers(0, 400))
def test_what_is_sent_without_binary_comes_back_with_each_line_end_as_one_return(data: bytes, wire_cut: int):
    wire = Encoder().encode(data)
    expected = re.sub(rb"\r\n", b"\r", data)
    assert decoded(wire[:wire_cut], wire[wire_cut:]) == ([Data(expected)] if data else [])


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 255), st.binary(max_size=LONGEST_SUBNEGOTIATION - 1), st.integers(0, 2100))
def test_a_subnegotiation_of_any_content_comes_back(option: int, content: bytes, cut: int):
    # Content is no text: CR and NUL in it are only bytes.
    wire = subnegotiation(option, content)
    if option == 255:
        wire = wire.replace(b"\xff\xfa\xff", b"\xff\xfa\xff\xff", 1)
    assert decoded(wire[:cut], wire[cut:]) == [Subnegotiation(option, content)]


@pytest.mark.parametrize("line_end", [b"\r\n", b"\r\0", b"\r"])
def test_every_kind_of_return_is_one_return(line_end: bytes):
    assert decoded(b"3" + line_end + b"q" + line_end) == [Data(b"3\rq\r")]


def test_a_return_is_not_held_back():
    assert list(Decoder().decode(b"\r")) == [Data(b"\r")]


def test_a_line_feed_and_a_nul_by_themselves_are_data():
    assert decoded(b"a\nb\0c") == [Data(b"a\nb\0c")]


def test_a_command_between_return_and_its_mate_parts_them_not():
    assert decoded(b"a\r\xff\xf1\nb") == [Data(b"a\r"), Plain(Command.NOP), Data(b"b")]


def test_while_binary_returns_are_bytes_like_others():
    assert decoded(b"\r\0\r\n\r", binary=True) == [Data(b"\r\0\r\n\r")]


def test_binary_may_begin_after_a_return_whose_mate_has_not_come():
    decoder = Decoder()
    assert list(decoder.decode(b"\r")) == [Data(b"\r")]
    decoder.binary = True
    assert list(decoder.decode(b"\0")) == [Data(b"\0")]
    decoder.binary = False
    assert list(decoder.decode(b"\n")) == [Data(b"\n")]


def test_negotiations_and_commands_stand_where_they_stood_in_the_data():
    assert decoded(b"a\xff\xfd\x18b\xff\xf4c\xff\xffd") == [
        Data(b"a"),
        Negotiation(Command.DO, 24),
        Data(b"b"),
        Plain(Command.IP),
        Data(b"c\xffd"),
    ]


def test_an_option_may_have_the_number_of_iac():
    assert decoded(negotiation(Command.WILL, 255) + b"a") == [Negotiation(Command.WILL, 255), Data(b"a")]


def test_a_subnegotiation_that_is_torn_off_by_a_command_gives_way_to_it():
    pieces = decoded(b"\xff\xfa\x18\0VT\xff\xf4typed")
    assert pieces[-2:] == [Plain(Command.IP), Data(b"typed")]


def test_a_subnegotiation_without_end_is_bounded_and_swallows_no_more_than_itself():
    decoder = Decoder()
    assert list(decoder.decode(b"\xff\xfa\x18")) == []
    for _ in range(100):
        assert list(decoder.decode(b"x" * 10_000 + b"\xff\xff")) == []
    assert len(decoder._content) == LONGEST_SUBNEGOTIATION
    assert list(decoder.decode(b"\xff\xf0typed"))[-1] == Data(b"typed")


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
def test_nothing_that_comes_in_raises(data: bytes):
    decoded(data)


def test_doubled_iacs_are_undone_in_whole_stretches():
    assert list(Decoder().decode(b"a\xff\xff" * 5000 + b"\xff\xff")) == [Data(b"a\xff" * 5000 + b"\xff")]
