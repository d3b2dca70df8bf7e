from hypothesis import given
from hypothesis import strategies as st

from offhook.virtual_lines.telnet import (
    Command,
    Data,
    Decoder,
    Encoder,
    Negotiation,
    Plain,
    Subnegotiation,
    negotiation,
    subnegotiation,
)

PIECES = st.one_of(
    st.binary(max_size=20).map(lambda data: data.replace(b"\xff", b"\xff\xff")),
    st.sampled_from([b"\r\n", b"\r\0", b"\r", b"\n"]),
    st.sampled_from([b"\xff\xff", b"\xff", b"\xff\xf4", b"\xff\xfb\x01", b"\xff\xfa\x18", b"\xff\xf0", b"\xff\xfa"]),
    st.sampled_from([b"\xff\xfa\x18\x00xterm\xff\xf0", b"\xff\xfa\x1f\x00\xff\xff\x00\x18\xff\xf0"]),
)


def merged(pieces: list[object]) -> list[object]:
    result: list[object] = []
    for piece in pieces:
        if isinstance(piece, Data) and result and isinstance(result[-1], Data):
            result[-1] = Data(result[-1].data + piece.data)
        else:
            result.append(piece)
    return result


@given(st.lists(PIECES, max_size=12).map(b"".join), st.booleans())
def test_where_a_stream_is_cut_does_not_matter(stream: bytes, binary: bool):
    whole, single = Decoder(), Decoder()
    whole.binary = single.binary = binary
    at_once = merged(list(whole.decode(stream)))
    one_by_one = merged([piece for byte in stream for piece in single.decode(bytes([byte]))])
    assert at_once == one_by_one


@given(st.lists(st.integers(0, 7), min_size=1, max_size=12), st.booleans())
def test_of_runs_of_iacs_each_pair_is_a_byte_wherever_the_runs_stand(runs: list[int], in_bulk: bool):
    text = b"data" if in_bulk else b""
    stream = b"".join(text + b"\xff" * (2 * run) + text for run in runs)
    wanted = b"".join(text + b"\xff" * run + text for run in runs)
    assert merged(list(Decoder().decode(stream))) == ([Data(wanted)] if wanted else [])
    assert merged(list(Decoder().decode(stream + b"\xff\xf4"))) == ([Data(wanted)] if wanted else []) + [
        Plain(Command.IP)
    ]


def test_no_bytes_at_all_change_nothing():
    decoder = Decoder()
    assert decoder.decode(b"a\r") == [Data(b"a\r")]
    assert decoder.decode(b"") == []
    assert decoder.decode(b"\0b") == [Data(b"b")]


@given(st.binary(max_size=200))
def test_what_is_encoded_is_decoded_to_itself_in_binary(data: bytes):
    encoder, decoder = Encoder(), Decoder()
    encoder.binary = decoder.binary = True
    assert merged(list(decoder.decode(encoder.encode(data)))) == ([Data(data)] if data else [])


@given(st.binary(max_size=200))
def test_what_is_encoded_is_decoded_with_each_line_end_as_one_return_outside_binary(data: bytes):
    pieces = merged(list(Decoder().decode(Encoder().encode(data))))
    expected = data.replace(b"\r\n", b"\r")
    assert pieces == ([Data(expected)] if expected else [])


def test_commands_options_and_subnegotiations_are_told_apart_from_data():
    stream = b"a\xff\xf4b" + negotiation(Command.DO, 1) + subnegotiation(31, b"\0\xff\0\x18") + b"\xff\xffc"
    assert Decoder().decode(stream) == [
        Data(b"a"),
        Plain(Command.IP),
        Data(b"b"),
        Negotiation(Command.DO, 1),
        Subnegotiation(31, b"\0\xff\0\x18"),
        Data(b"\xffc"),
    ]


def test_a_subnegotiation_without_end_is_bounded_and_ended_by_the_next_command():
    decoder = Decoder()
    assert decoder.decode(b"\xff\xfa\x18" + b"x" * 100_000) == []
    pieces = decoder.decode(b"\xff\xf4ok")
    assert isinstance(pieces[0], Subnegotiation)
    assert len(pieces[0].content) < 1024
    assert pieces[1:] == [Plain(Command.IP), Data(b"ok")]


def test_returns_in_all_their_forms_are_one_carriage_return_each():
    assert Decoder().decode(b"a\r\nb\r\0c\rd\n") == [Data(b"a\rb\rc\rd\n")]
    assert Encoder().encode(b"a\r\nb\rc\r") == b"a\r\nb\r\0c\r\0"


@given(st.binary(max_size=300))
def test_no_bytes_raise(data: bytes):
    Decoder().decode(data)
