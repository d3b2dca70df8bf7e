from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.virtual_lines.trunks import Gate
from offhook.virtual_lines.trunks.gate import KEY_TIME, LONGEST_PASSWORD, PASSWORD_TIME, Admit, Refuse, Say

Words = Sequence[Say | Admit | Refuse]


def said(words: Words) -> bytes:
    return b"".join(word.text for word in words if isinstance(word, Say))


def admitted(words: Words) -> bytes | None:
    return next((word.rest for word in words if isinstance(word, Admit)), None)


def refused(words: Words) -> bool:
    return Refuse() in words


def test_with_nothing_asked_a_caller_passes_at_once_and_nothing_is_said():
    gate = Gate()
    assert gate.begin(0.0) == [Admit(b"")]
    assert gate.deadline is None


@pytest.mark.parametrize("key", [b"\r", b"\n", b"\r\n", b"\r\0", b"hello\r\n"])
def test_return_opens_the_gate_in_every_form_that_terminals_send(key: bytes):
    gate = Gate(key=True)
    assert b"Press RETURN" in said(gate.begin(0.0))
    assert gate.typed(key, 1.0) == [Admit(b"")]
    assert gate.deadline is None


def test_what_is_typed_beyond_goes_to_the_line_as_it_is():
    gate = Gate(key=True)
    gate.begin(0.0)
    assert admitted(gate.typed(b"\r\n\r\na\nb\0\xff\r", 1.0)) == b"\r\na\nb\0\xff\r"


def test_what_is_no_return_does_not_open_it():
    gate = Gate(key=True)
    gate.begin(0.0)
    assert gate.typed(bytes(each for each in range(256) if each not in b"\r\n") * 100, 1.0) == []


def test_the_key_must_be_pressed_in_time():
    gate = Gate(key=True)
    gate.begin(100.0)
    assert gate.deadline == 100.0 + KEY_TIME
    assert gate.tick(100.0 + KEY_TIME - 0.1) == []
    words = gate.tick(100.0 + KEY_TIME)
    assert b"Too late" in said(words)
    assert refused(words)
    assert gate.deadline is None
    assert gate.tick(1000.0) == []
    assert gate.typed(b"\r", 1000.0) == [], "what comes after is not heard"


def test_the_password_opens_it():
    gate = Gate(password="sesame")
    assert said(gate.begin(0.0)) == b"\r\nPassword: "
    assert gate.deadline == PASSWORD_TIME
    assert gate.typed(b"ses", 1.0) == []
    words = gate.typed(b"ame\rhello", 2.0)
    assert admitted(words) == b"hello"
    assert gate.deadline is None


def test_the_third_wrong_password_is_the_last():
    gate = Gate(password="sesame")
    gate.begin(0.0)
    for _ in range(2):
        words = gate.typed(b"x\r", 1.0)
        assert said(words) == b"\r\nNot recognised.\r\nPassword: "
        assert not refused(words)
    words = gate.typed(b"x\rsesame\r", 1.0)
    assert refused(words)
    assert admitted(words) is None
    assert gate.typed(b"sesame\r", 1.0) == [], "a guess too late, from the same chunk of bytes"
    assert gate.deadline is None


def test_a_return_and_its_line_feed_are_one_try_however_they_are_cut():
    gate = Gate(key=True, password="sesame")
    gate.begin(0.0)
    words: list[Say | Admit | Refuse] = []
    for piece in (b"\r", b"\n", b"x\r", b"\n", b"y\r", b"\0", b"sesame", b"\r\n"):
        words += gate.typed(piece, 1.0)
    assert admitted(words) == b""


def test_all_tries_share_one_time():
    gate = Gate(password="sesame")
    gate.begin(0.0)
    gate.typed(b"x\r", 50.0)
    assert refused(gate.tick(PASSWORD_TIME))


def test_after_the_key_the_password_has_its_own_time():
    gate = Gate(key=True, password="sesame")
    gate.begin(0.0)
    assert b"Password: " in said(gate.typed(b"\r", 15.0))
    assert gate.deadline == 15.0 + PASSWORD_TIME


def test_a_password_that_only_begins_right_is_wrong():
    longest = "x" * LONGEST_PASSWORD
    gate = Gate(password=longest)
    gate.begin(0.0)
    assert admitted(gate.typed(longest.encode() + b"y\r", 1.0)) is None
    assert admitted(gate.typed(longest.encode() + b"\r", 1.0)) == b""


def test_what_is_typed_is_not_kept_beyond_a_bound():
    gate = Gate(password="sesame")
    gate.begin(0.0)
    for _ in range(100):
        assert gate.typed(b"\xff" * 10_000, 1.0) == []
    assert len(gate._typed) <= LONGEST_PASSWORD + 1


@pytest.mark.parametrize("password", ["x" * (LONGEST_PASSWORD + 1), "two\nlines", "é" * LONGEST_PASSWORD])
def test_a_password_that_nobody_could_give_is_refused(password: str):
    with pytest.raises(ValueError, match="one line"):
        Gate(password=password)


@given(st.binary(max_size=60), st.lists(st.integers(0, 60)), st.booleans())
def test_it_does_not_matter_how_the_bytes_are_cut(data: bytes, cuts: list[int], key: bool):
    whole, cut = Gate(key=key, password="a"), Gate(key=key, password="a")
    one, other = [*whole.begin(0.0)], [*cut.begin(0.0)]
    one += whole.typed(data, 1.0)
    begin, passed = 0, b""
    for end in [*sorted(cuts), len(data)]:
        if admitted(other) is None:
            other += cut.typed(data[begin:end], 1.0)
            passed += admitted(other) or b""
        else:
            passed += data[begin:end]
        begin = max(begin, end)
    assert said(one) == said(other)
    assert refused(one) == refused(other)
    assert (admitted(one) is None) == (admitted(other) is None)
    if (rest := admitted(one)) is not None:
        assert passed in (rest, b"\n" + rest, b"\0" + rest), "only the second half of a Return may be too late"


@given(st.lists(st.binary(max_size=20), max_size=20))
def test_nobody_passes_without_the_password(chunks: list[bytes]):
    gate = Gate(key=True, password="\u20ac")
    words = [*gate.begin(0.0)]
    for chunk in chunks:
        words += gate.typed(chunk, 1.0)
    assert admitted(words) is None or "\u20ac".encode() in b"".join(chunks)
