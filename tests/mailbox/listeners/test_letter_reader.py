import asyncio
import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offhook.mailbox.listeners.letter_reader import (
    END,
    MOST_OPENING,
    LetterReader,
    NoLetter,
    has_line_over,
    unstuff,
)

PIECES = st.lists(st.sampled_from([b"a", b".", b"\r", b"\n", b"\r\n", b"\0", b"\r\n.", b"x" * 30]), max_size=12)


def read(
    stream: bytes, cuts: list[int] | None = None, *, most: int = 10_000, limit: int = 16
) -> tuple[bytes | str, bytes]:
    """What is read of a stream that comes in pieces, and what is left behind the letter."""

    async def run() -> tuple[bytes | str, bytes]:
        reader = asyncio.StreamReader(limit=limit)
        letter = LetterReader(reader, lambda size: size < 5_000, most=most, longest_line=1001)
        reading = asyncio.ensure_future(letter.read())
        places = sorted({0, len(stream), *(cut % (len(stream) + 1) for cut in cuts or [])})
        for start, stop in itertools.pairwise(places):
            reader.feed_data(stream[start:stop])
            await asyncio.sleep(0)
        reader.feed_eof()
        return await reading, await reader.read()

    return asyncio.run(run())


def expected(stream: bytes) -> tuple[bytes, bytes]:
    """The same by the definition: the stream with the CR LF of DATA before it, up to the first end."""
    letter, found, rest = (b"\r\n" + stream).partition(END)
    assert found
    lines = (letter + b"\r\n").split(b"\r\n")[1:]
    return b"\r\n".join(line[1:] if line.startswith(b".") else line for line in lines), rest


@pytest.mark.parametrize(
    ("stream", "letter"),
    [
        (b".\r\n", b""),
        (b"\r\n.\r\n", b"\r\n"),
        (b"a\r\n.\r\n", b"a\r\n"),
        (b"..\r\n.\r\n", b".\r\n"),
        (b"\r\r\n.\r\n", b"\r\r\n"),
        (b".\r\r\n.\r\n", b"\r\r\n"),
        (b"\n.\r\n\r\n.\r\n", b"\n.\r\n\r\n"),
        (b"\r.\r\n\r\n.\r\n", b"\r.\r\n\r\n"),
        (b"..x\r\n...\r\n.\r\n", b".x\r\n..\r\n"),
    ],
)
def test_a_letter_ends_at_its_lone_dot_and_what_follows_is_left(stream: bytes, letter: bytes):
    for limit in (6, 16, 10_000):
        assert read(stream + b"QUIT\r\n", limit=limit) == (letter, b"QUIT\r\n")


@settings(deadline=None)
@given(PIECES.map(b"".join), st.lists(st.integers(0, 400), max_size=8), st.sampled_from([6, 16, 64, 10_000]))
def test_any_stream_in_any_pieces_is_cut_where_the_definition_says(stream: bytes, cuts: list[int], limit: int):
    stream += END + b"QUIT\r\n"
    assert read(stream, cuts, limit=limit) == expected(stream)


def test_a_letter_that_is_refused_is_read_to_its_end():
    assert read(b"x" * 200 + END + b"QUIT", most=100) == ("552 5.3.4 A letter has at most 100 bytes", b"QUIT")
    refusal, rest = read(b"x" * 6_000 + END + b"QUIT")
    assert str(refusal).startswith("452 4.3.1")
    assert rest == b"QUIT"
    refusal, rest = read(b"x" * 1_001 + END + b"QUIT")
    assert str(refusal).startswith("500 5.6.0")
    assert rest == b"QUIT"


def test_empty_lines_without_end_are_no_letter():
    with pytest.raises(NoLetter, match="too many empty lines"):
        read(b"\r\n" * MOST_OPENING)


@given(st.lists(st.integers(0, 12), max_size=20), st.integers(2, 12))
def test_a_line_over_the_limit_is_found(lengths: list[int], longest: int):
    letter = b"".join(b"x" * length + b"\r\n" for length in lengths)
    assert has_line_over(letter, longest) is any(length + 2 > longest for length in lengths)


@given(st.lists(st.sampled_from([b"", b".", b"..", b"a.", b".a", b"\r", b"\n.", b"b\r\r", b"long"])), st.integers(2, 9))
def test_stuffing_is_undone(lines: list[bytes], piece: int):
    stuffed = b"".join((b"." if line.startswith(b".") else b"") + line + b"\r\n" for line in lines)
    letter = bytearray(stuffed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("offhook.mailbox.listeners.letter_reader.PIECE", piece)
        unstuff(letter)
    assert letter == b"".join(line + b"\r\n" for line in lines)
