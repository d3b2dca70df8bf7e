import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.mailbox.letters import MAX_HEADER_BYTES
from offhook.mailbox.listeners.strictness import NULL_SENDER, fault, split_path


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


def test_a_header_larger_than_readers_look_at_is_refused_and_a_body_of_that_size_is_not():
    field = b"X: " + b"y" * 995 + b"\r\n"
    header = field * (MAX_HEADER_BYTES // len(field))
    assert fault(header + b"\r\n" + header) is None
    assert "header is larger" in (fault(header + field + b"\r\n") or "")
    assert "header is larger" in (fault(header + field) or "")
    assert fault(b"\r\n" + header * 3) is None


@pytest.mark.parametrize(
    ("argument", "path"),
    [
        ("<>", (NULL_SENDER, "")),
        (" <a@b> SIZE=1 BODY=8BITMIME ", ("a@b", "SIZE=1 BODY=8BITMIME")),
        ("a@b SIZE=1", ("a@b", "SIZE=1")),
        ("<@x,@y:a@b>", ("a@b", "")),
        ('<"a>\\" b"@c>', ('"a>\\" b"@c', "")),
        ("<a@b", None),
        ("a@b>", None),
        ("<<a@b>>", None),
        ("<a@b>SIZE=1", None),
        ("<a@b> \u00b2", None),
        ('<"a@b>', None),
        ("", None),
        (" ", None),
    ],
)
def test_a_path_is_taken_apart(argument: str, path: tuple[str, str] | None):
    assert split_path(argument) == path


@given(st.text(alphabet='<>@:"\\ a,\u00e9\udcff', max_size=60))
def test_no_argument_is_too_strange_to_be_judged(argument: str):
    found = split_path(argument)
    assert found is None or (found[0] and found[1] == found[1].strip())


def test_an_argument_made_to_be_slow_is_not():
    for piece in ('"\\\\', "<@", '<"', "a:", " ", '\\"'):
        split_path("<" + piece * 100_000)
        split_path("<@" + piece * 100_000)
