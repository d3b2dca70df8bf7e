"""The envelope file: what is written is read, and what is no envelope is refused."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.mailbox.spool import Recipient, SpooledLetter, State
from offhook.mailbox.spool.spooled import LONGEST_REPLY, decode, encode, one_line

IDENT = "0000000000000-00000000"
recipients = st.builds(
    Recipient, st.text(), st.floats(0, 1e11), st.sampled_from(State), st.integers(0, 10_000), st.text().map(one_line)
)
letters = st.builds(
    SpooledLetter,
    st.just(IDENT),
    st.text(),
    st.floats(0, 1e11),
    st.integers(0, 10**9),
    st.lists(recipients, max_size=4).map(tuple),
    st.booleans(),
)


@given(letter=letters)
def test_what_is_written_is_read(letter: SpooledLetter):
    assert decode(IDENT, encode(letter)) == letter


@given(data=st.binary(max_size=200))
def test_bytes_that_are_no_envelope_are_refused(data: bytes):
    with pytest.raises(ValueError):  # noqa: PT011 - the contract is any ValueError
        decode(IDENT, data)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(key=st.sampled_from(["form", "sender", "arrived", "size", "recipients"]), value=json_values)
def test_a_damaged_field_is_refused_or_read_but_never_raises_anything_else(key: str, value: object):
    facts = json.loads(encode(SpooledLetter(IDENT, "a@x", 1.0, 2, (Recipient("b@x", 1.0),))))
    facts[key] = value
    try:
        decode(IDENT, json.dumps(facts).encode())
    except ValueError:
        return


@pytest.mark.parametrize("text", ["a\r\nb", "a\x1b[2Jb", "\u009bx", "é", "x" * 10_000])
def test_a_reply_is_kept_as_one_line_of_printable_ascii(text: str):
    kept = one_line(text)
    assert kept.isascii()
    assert not kept or kept.isprintable()
    assert len(kept) <= LONGEST_REPLY
