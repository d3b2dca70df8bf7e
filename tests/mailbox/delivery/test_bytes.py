"""Bytes are sacred: what is in the maildrop is what was sent, but for the trace on top and state that was forged."""

import asyncio
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offhook.mailbox.letters.postmark import STATE_FIELDS
from offhook.mailbox.maildir import Maildir
from tests.support.mail_house import House

MARKS = (b"Return-Path: <carol@there.org>\nDelivered-To: alice@here.org\nReceived: from client.org (",)


async def _delivered(folder: Path, lines: list[bytes], pieces: int) -> bytes:
    house = House(folder)
    house.drops["alice"] = Maildir(folder / "alice")
    client = await house.lmtp_client()
    await client.addressed("alice@here.org")
    stuffed = [b"." + line if line.startswith(b".") else line for line in lines]
    reply = await client.sends_lines(stuffed, pieces=pieces)
    client.quit()
    house.close()
    assert reply.startswith("250"), reply
    [letter] = await house.letters()
    return letter


def delivered(lines: list[bytes], pieces: int = 0) -> bytes:
    """The letter as it lies in a Maildir, after the trace fields."""
    with tempfile.TemporaryDirectory(prefix="b-") as folder:
        letter = asyncio.run(_delivered(Path(folder), lines, pieces))
    assert letter.startswith(MARKS)
    trace, _, rest = letter.partition(b";\n\t")
    assert trace.count(b"\n") == 5
    return rest.partition(b"\n")[2]


LINE = st.binary(max_size=60).map(lambda line: line.translate(None, b"\r\n\0"))
FIELD = st.builds(lambda name, value: name + b": " + value, st.sampled_from([b"Subject", b"X-Statuses", b"To"]), LINE)
FORGED = st.sampled_from(STATE_FIELDS).map(lambda name: name.title().encode() + b": forged")
FOLD = LINE.map(lambda line: b"\t" + line)


@settings(max_examples=50, deadline=None)
@given(st.lists(FIELD, max_size=4), st.lists(LINE, max_size=12), st.integers(0, 3))
def test_any_bytes_of_a_letter_are_kept(fields: list[bytes], body: list[bytes], pieces: int):
    lines = [*fields, b"", *body]
    assert delivered(lines, pieces) == b"".join(line + b"\n" for line in lines)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.one_of(FIELD, FORGED), st.lists(FOLD, max_size=2)), max_size=6), st.lists(LINE, max_size=3)
)
def test_forged_state_goes_with_its_folds_and_nothing_else_does(
    fields: list[tuple[bytes, list[bytes]]], body: list[bytes]
):
    lines = [line for field, folds in fields for line in (field, *folds)]
    kept = [line for field, folds in fields if not field.endswith(b": forged") for line in (field, *folds)]
    assert delivered([*lines, b"", *body]) == b"".join(line + b"\n" for line in [*kept, b"", *body])


@pytest.mark.parametrize(
    "lines",
    [
        [b""],
        [b"", b"no header"],
        [b"no colon in the header", b"", b"x"],
        [b" begins with a fold", b"Subject: x", b"", b"x"],
        [b"Subject: x", b"", b"From here", b">From there", b"From a@b Sat Nov 28 12:00:00 2026", b"", b""],
        [b"Subject: x", b"", b".", b"..", b"...", b".a"],
        [b"Subject: \xff\xfe", b"", bytes(set(range(256)) - {0, 10, 13})],
        [b"Subject: x", b"", b"y" * 998, b" " * 998, b"\t"],
        [b"Status", b"Status x: y", b"X-Status-Of: y", b"", b"Status: RO", b"Content-Length: 3"],
    ],
)
def test_letters_that_are_odd_are_kept_as_they_are(lines: list[bytes]):
    assert delivered(lines) == b"".join(line + b"\n" for line in lines)
