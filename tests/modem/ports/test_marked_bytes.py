from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from offhook.modem.ports.marked_bytes import MarkedBytes

SENT = st.lists(st.one_of(st.binary(min_size=1, max_size=6), st.just(b"\xff\xff\0"), st.none()), max_size=10)


def marked(sent: list[bytes | None]) -> bytes:
    """What a tty makes of it."""
    return b"".join(b"\xff\0\0" if each is None else each.replace(b"\xff", b"\xff\xff") for each in sent)


def joined(pieces: list[bytes | None]) -> list[bytes | None]:
    """Neighbouring pieces of bytes made one."""
    whole: list[bytes | None] = []
    for piece in pieces:
        if piece is not None and whole and whole[-1] is not None:
            whole[-1] += piece
        else:
            whole.append(piece)
    return whole


@given(SENT, st.lists(st.integers(0, 80), max_size=6))
def test_bytes_and_breaks_come_out_as_sent_however_they_are_cut(sent: list[bytes | None], cuts: list[int]):
    stream = marked(sent)
    reader = MarkedBytes()
    edges = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    heard: list[bytes | None] = []
    for first, last in pairwise(edges):
        heard += reader.read(stream[first:last])
    assert joined(heard) == joined(sent)
    assert b"" not in heard


def test_a_byte_that_came_with_an_error_is_a_byte():
    assert MarkedBytes().read(b"a\xff\0bc") == [b"abc"]
