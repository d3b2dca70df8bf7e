"""Hostile letters as a session opens them: all come back as text, within the limits for one letter."""

from collections.abc import AsyncIterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from offhook.mailbox.clerks import Reader, as_text
from offhook.mailbox.clerks.reading import NOTE, SHORT, packed, unpacked
from offhook.mailbox.letters import Rendered, render
from tests.mailbox.letters.test_hostile_letters import HOSTILE
from tests.support.processor_time import costs_at_most

MOST_SHOWN = 6 * 1024 * 1024
"""Characters of text that one letter may become."""


@pytest.fixture
async def reader() -> AsyncIterator[Reader]:
    found = Reader()
    yield found
    await found.close()


def length(shown: Rendered) -> int:
    return sum(map(len, shown.body)) + sum(len(name) + len(text) for name, text in shown.headers)


async def test_a_letter_is_the_same_text_wherever_it_is_read(reader: Reader):
    letters = [
        b"From: a@b\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\n\nshort\n",
        b"From: a@b\nContent-Type: text/html; charset=utf-8\n\n<p>Hello <a href=http://x.example>there</a>\n",
        b"From: a@b\n\n" + b"A line of a long letter.\n" * 5000,
        b"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: image/png; name=x.png\n\nxx\n--b--\n"
        + b"x" * SHORT,
        b"\xff\xfe\0\x1b[2J" * 10_000,
    ]
    for letter in letters:
        assert await reader.render(letter) == render(letter)


async def test_every_hostile_letter_is_shown_and_a_good_one_after_it(reader: Reader):
    good = b"Content-Type: text/html\n\n<p>good" + b" " * SHORT
    for letter in (make(900_000) for make in HOSTILE.values()):
        shown = await reader.render(letter)
        assert length(shown) <= MOST_SHOWN
        assert shown.body or shown.attachments or shown.headers or shown.notes
    assert (await reader.render(good)).body == ("good",)


async def test_without_a_clerk_a_letter_is_shown_as_it_came():
    reader = Reader()
    await reader.close()
    letter = b"From: a@b\nSubject: s\nContent-Type: text/html\n\n<b>x</b>"
    shown = await reader.render(letter)
    assert shown == as_text(letter)
    assert shown.notes == (NOTE,)
    assert shown.body[-1] == "<b>x</b>"
    assert shown.headers == (("From", "a@b"), ("Subject", "s"))


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_read_or_shown_without_a_clerk_costs_little(name: str):
    short, whole = HOSTILE[name](SHORT)[:SHORT], HOSTILE[name](1_000_000)
    if b"html" not in short.lower():
        costs_at_most(0.15, lambda: render(short))
    costs_at_most(0.5, lambda: as_text(whole))


@given(st.lists(st.sampled_from([*b"<>&;=?\"'(),:- \t\n\r\0\xe9\x1b", *b"abPp"]), max_size=400).map(bytes), st.data())
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_octets_are_a_letter(body: bytes, data: st.DataObject):
    head = data.draw(
        st.lists(
            st.sampled_from(
                [
                    b"Content-Type: text/html",
                    b"Content-Type: text/plain; charset=utf-7",
                    b"Content-Type: text/plain; charset=hz; format=flowed",
                    b"Content-Type: multipart/mixed; boundary=a",
                    b"Content-Type: message/rfc822",
                    b"Content-Transfer-Encoding: base64",
                    b"Content-Transfer-Encoding: quoted-printable",
                    b"From: " + body[:40],
                    b"Subject: =?utf-8?b?" + body[:20] + b"?=",
                ]
            ),
            max_size=4,
        )
    )
    letter = b"\n".join([*head, b"", body])
    shown = render(letter)
    assert length(shown) <= 10 * len(letter) + 1000
    assert unpacked(packed(shown)) == shown
    assert as_text(letter).notes == (NOTE,)


@given(st.binary(max_size=100))
def test_whatever_a_clerk_answers_is_a_text_or_none(data: bytes):
    unpacked(data)


@pytest.mark.parametrize("answer", [b"", b"[]", b"[[],[],[],[]]", b'[[["a"]],[],[],[]]', b"[1,2,3,4]", b"{}", b"null"])
def test_an_answer_of_another_form_is_none_unless_it_is_empty(answer: bytes):
    assert unpacked(answer) == (Rendered((), (), (), ()) if answer == b"[[],[],[],[]]" else None)
