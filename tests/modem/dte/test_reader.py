from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.modem.dte import CallerField, Connect, Progress, Reader, Reply, Result, Text


def read(data: bytes) -> tuple[list[Reply], bytes]:
    return Reader().read(data)


@pytest.mark.parametrize(
    ("line", "meaning"),
    [
        (b"OK", Result.OK),
        (b"RING", Result.RING),
        (b"RING A", Result.RING),
        (b"RING 2", Result.RING),
        (b"RING3", Result.RING),
        (b"RING33", Text("RING33")),
        (b"CONNECT 1200TX/75RX", Connect(1200, "TX/75RX")),
        (b"NO CARRIER", Result.NO_CARRIER),
        (b"NO DIALTONE", Result.NO_DIALTONE),
        (b"NO DIAL TONE", Result.NO_DIALTONE),
        (b"BUSY", Result.BUSY),
        (b"NO ANSWER", Result.NO_ANSWER),
        (b"RINGING", Result.RINGING),
        (b"VOICE", Result.VOICE),
        (b"BLACKLISTED", Result.BLACKLISTED),
        (b"DELAYED", Result.DELAYED),
        (b"CONNECT", Connect()),
        (b"CONNECT 2400", Connect(2400)),
        (b"CONNECT 14400/ARQ/V32/LAPM/V42BIS", Connect(14400, "ARQ/V32/LAPM/V42BIS")),
        (b"CONNECT 115200/V34/LAPM/V42BIS/33600:TX/28800:RX", Connect(115200, "V34/LAPM/V42BIS/33600:TX/28800:RX")),
        (b"CONNECT 28800 V42bis", Connect(28800, "V42bis")),
        (b"CONNECT 26400/LAP-M", Connect(26400, "LAP-M")),
        (b"CONNECT 2400/NONE", Connect(2400, "NONE")),
        (b"CONNECT 9600 REL", Connect(9600, "REL")),
        (b"CONNECT 2", Connect(None)),
        (b"CARRIER 26400", Progress(26400, "CARRIER 26400")),
        (b"CARRIER 14400/VFC", Progress(14400, "CARRIER 14400/VFC")),
        (b"PROTOCOL: LAP-M", Progress(None, "PROTOCOL: LAP-M")),
        (b"COMPRESSION: V.42BIS", Progress(None, "COMPRESSION: V.42BIS")),
        (b"+MCR: V34", Progress(None, "+MCR: V34")),
        (b"+MRR: 28800", Progress(28800, "+MRR: 28800")),
        (b"DATE = 1128", CallerField("DATE", "1128")),
        (b"TIME=0930", CallerField("TIME", "0930")),
        (b"NMBR = 5551234", CallerField("NMBR", "5551234")),
        (b"NMBR = P", CallerField("NMBR", "P")),
        (b"NAME = NO CARRIER", CallerField("NAME", "NO CARRIER")),
        (b"MESG = 06034F4E4C", CallerField("MESG", "06034F4E4C")),
        (b"CALLER NUMBER: 5551234", CallerField("NMBR", "5551234")),
        (b"80060201350701421A", CallerField("MESG", "80060201350701421A")),
        (b"U.S. Robotics 56K FAX EXT V4.6", Text("U.S. Robotics 56K FAX EXT V4.6")),
        (b"BROKEN", Text("BROKEN")),
        (b"ATDT5551234", Text("ATDT5551234")),
        (b"0", Result.OK),
        (b"4", Result.ERROR),
        (b"1", Connect()),
        (b"2400", Text("2400")),
    ],
)
def test_a_line_means_what_its_maker_means_by_it(line: bytes, meaning: Reply):
    assert read(b"\r\n" + line + b"\r\n")[0] == [meaning]


def test_noise_before_a_result_does_not_hide_it_and_a_word_that_ends_like_one_is_none():
    assert read(b"\x00\xff~OK\r\n")[0] == [Result.OK]
    assert read(b"{CONNECT 2400\r\n")[0] == [Connect(2400)]
    assert read(b"STRING\r\nNOT OK\r\nDISCONNECT\r\n")[0] == [Text("STRING"), Text("NOT OK"), Text("DISCONNECT")]


def test_what_comes_behind_connect_is_the_callers_whichever_way_the_line_ends():
    assert read(b"\r\nCONNECT 300\r\nhello\r\n") == ([Connect(300)], b"hello\r\n")
    reader = Reader()
    assert reader.read(b"\r\nCONNECT\r") == ([Connect()], b"")
    assert reader.after_connect(b"\nhello") == b"hello"
    assert reader.after_connect(b"\nmore") == b"\nmore"


def test_parity_bits_are_not_looked_at():
    even = bytes(code | (code.bit_count() % 2) << 7 for code in b"\r\nRING\r\n")
    assert read(even)[0] == [Result.RING]


def test_once_words_have_come_a_number_is_text():
    reader = Reader()
    assert reader.read(b"OK\r\n0\r\n4\r\n")[0] == [Result.OK, Text("0"), Text("4")]


def test_the_numbers_of_connect_are_those_of_the_maker():
    reader = Reader()
    reader.connects = {25: 14400}
    assert reader.read(b"2\r25\rx") == ([Result.RING, Connect(14400)], b"x")


@given(
    st.lists(st.sampled_from([b"OK", b"RING", b"NO CARRIER", b"2400", b"CARRIER 9600", b"\xfe\x01", b"", b"NMBR = 5"])),
    st.lists(st.integers(0, 80), max_size=8),
)
def test_how_a_stream_is_cut_does_not_matter(lines: list[bytes], cuts: list[int]):
    stream = b"".join(b"\r\n" + line + b"\r\n" for line in lines)
    whole, pieces, single = Reader(), Reader(), Reader()
    edges = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    cut = [reply for first, last in pairwise(edges) for reply in pieces.read(stream[first:last])[0]]
    bytewise = [reply for byte in stream for reply in single.read(bytes([byte]))[0]]
    assert whole.read(stream)[0] == cut == bytewise


@given(st.binary(max_size=2000))
def test_no_bytes_raise_and_no_line_grows_without_end(data: bytes):
    reader = Reader()
    while data:
        _, data = reader.read(data)
    reader.read(b"x" * 100_000)
    reply = reader.flush()
    assert isinstance(reply, Text)
    assert len(reply.text) <= 512
