import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.mailbox.delivery.strictness import fault


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"a\nb\r\n", "bare LF"),
        (b"a\rb\r\n", "bare CR"),
        (b"a\r\r\nb", "bare CR"),
        (b"a\n\r\nb", "bare LF"),
        (b"a\0b\r\n", "NUL"),
        (b"\n.\r\n", "bare LF"),
        (b"\r\n\r\n.\r\nx", None),
        (b"", None),
    ],
)
def test_line_ends_that_could_be_read_in_two_ways_are_named(content: bytes, said: str | None):
    why = fault(content)
    assert why is None if said is None else said in (why or "")


@given(st.lists(st.sampled_from([b"a", b"\r\n", b"\r", b"\n", b"\0", b"."]), max_size=20).map(b"".join))
def test_what_passes_reads_the_same_to_every_server(content: bytes):
    if fault(content) is None:
        lines = content.split(b"\r\n")
        assert not any(byte in line for line in lines for byte in (b"\r", b"\n", b"\0"))
