import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.terminal.discipline import Newlines


@pytest.mark.parametrize(
    ("keys", "lines"),
    [
        (b"a\rb", b"a\nb"),
        (b"a\nb", b"a\nb"),
        (b"a\r\nb", b"a\nb"),
        (b"a\r\0b", b"a\nb"),
        (b"a\r\rb", b"a\n\nb"),
        (b"a\n\nb", b"a\n\nb"),
        (b"a\r\n\r\nb", b"a\n\nb"),
        (b"a\n\rb", b"a\n\nb"),
        (b"a\0b", b"a\0b"),
    ],
)
def test_each_way_to_end_a_line_is_one_line_end(keys: bytes, lines: bytes):
    assert Newlines().fold(keys) == lines
    newlines = Newlines()
    assert b"".join(newlines.fold(bytes([each])) for each in keys) == lines


@given(st.lists(st.lists(st.sampled_from([b"\r", b"\n", b"\0", b"x"]), max_size=4).map(b"".join)))
def test_it_does_not_matter_how_the_bytes_are_cut(pieces: list[bytes]):
    newlines = Newlines()
    assert b"".join(map(newlines.fold, pieces)) == Newlines().fold(b"".join(pieces))
