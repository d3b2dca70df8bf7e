import email
import email.policy
from datetime import UTC, datetime

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from offhook.mailbox.letters import (
    Address,
    Draft,
    Envelope,
    PermanentFailure,
    compose,
    envelope_of,
    forward,
    make_message_id,
    parse_addresses,
    render,
    reply,
    summarize,
)
from offhook.mailbox.letters.compose import LINE_LIMIT, MAX_RECIPIENTS, bare_subject

ME = Address("Alice", "alice@demo.example")
BOB = Address("Bob Roe", "bob@example.org")
DATE = datetime(2026, 11, 24, 9, 5, tzinfo=UTC)
ID = "<1@demo.example>"


def made(draft: Draft) -> bytes:
    return compose(draft, date=DATE, message_id=ID)


def draft(**changes: object) -> Draft:
    return Draft(**{"sender": ME, "to": (BOB,), "subject": "Hello", "body": "text\n"} | changes)  # type: ignore[arg-type]


def test_a_plain_letter_is_made_of_plain_lines():
    assert made(draft(cc=(Address("", "c@d"),))) == (
        b"From: Alice <alice@demo.example>\r\n"
        b"To: Bob Roe <bob@example.org>\r\n"
        b"Cc: c@d\r\n"
        b"Subject: Hello\r\n"
        b"Date: Tue, 24 Nov 2026 09:05:00 +0000\r\n"
        b"Message-ID: <1@demo.example>\r\n"
        b"MIME-Version: 1.0\r\n"
        b"Content-Type: text/plain; charset=utf-8\r\n"
        b"Content-Transfer-Encoding: 7bit\r\n"
        b"\r\n"
        b"text\r\n"
    )


def test_blind_copies_are_in_the_envelope_and_nowhere_else():
    secret = draft(bcc=(Address("Sly", "sly@x.org"), BOB))
    assert envelope_of(secret) == Envelope("alice@demo.example", ("bob@example.org", "sly@x.org"))
    assert b"sly" not in made(secret).lower()
    assert b"bcc" not in made(secret).lower()


@pytest.mark.parametrize("bad", ["a\nb", "a\rb", "a\0b", "a\r\nBcc: x@y"])
@pytest.mark.parametrize(
    "change",
    [
        lambda bad: {"subject": bad},
        lambda bad: {"to": (Address(bad, "a@b"),)},
        lambda bad: {"to": (Address("", f"a@b{bad}"),)},
        lambda bad: {"sender": Address(bad, "a@b")},
        lambda bad: {"cc": (Address("x", f"{bad}@b"),)},
    ],
)
def test_a_header_value_with_a_line_break_or_nul_is_refused(bad: str, change):
    with pytest.raises(PermanentFailure):
        made(draft(**change(bad)))


def test_message_identifiers_that_are_none_are_left_out_or_refused():
    letter = made(draft(in_reply_to="<a@b>\r\nX: y", references=("<a@b>", "x", "<c\n@d>")))
    assert b"In-Reply-To" not in letter
    assert b"References: <a@b>\r\n" in letter
    with pytest.raises(PermanentFailure):
        compose(draft(), date=DATE, message_id="<a@b>\r\nX: y")
    assert make_message_id("1.2/ä\r\n", "ho st\n") == "<1.2@ho-st>"


def test_an_envelope_needs_valid_recipients_and_not_too_many():
    for to in ((), (Address("x", "bob"),), (Address("", "-x@y"),)):
        with pytest.raises(PermanentFailure, match=r"^[^.]*\.$|not an address"):
            envelope_of(draft(to=to))
    with pytest.raises(PermanentFailure):
        envelope_of(draft(to=tuple(Address("", f"a{n}@b") for n in range(MAX_RECIPIENTS + 1))))


# Text in which no character is a line break, for headers; any text at all, for bodies.
header_text = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=150)
body_text = st.text(
    st.sampled_from("ab .=\tä€😀\n>-") | st.characters(codec="utf-8", exclude_characters="\r\0"), max_size=300
)


@settings(max_examples=150)
@given(header_text, st.lists(header_text, max_size=4))
def test_headers_come_back_as_they_were_put_in(subject: str, people: list[str]):
    to = tuple(Address(name.strip(), f"a{n}@b.example") for n, name in enumerate(people))
    letter = made(draft(subject=subject, to=(BOB, *to)))
    summary = summarize(letter)
    assert summary.subject == subject.strip()
    assert [each.address for each in summary.to[1:]] == [each.address for each in to]
    assert [" ".join(each.name.split()) for each in summary.to[1:]] == [" ".join(each.name.split()) for each in to]
    head = letter.partition(b"\r\n\r\n")[0]
    assert head.isascii()
    assert all(line.strip() and len(line) <= LINE_LIMIT for line in head.split(b"\r\n"))


@settings(max_examples=150)
@given(body_text)
@example("\x0c")
def test_a_body_comes_back_as_it_was_put_in(body: str):
    letter = made(draft(body=body))
    lines = letter.partition(b"\r\n\r\n")[2].split(b"\r\n")
    assert all(len(line) <= LINE_LIMIT and not line.endswith((b" ", b"\t")) for line in lines)
    assert not any(line.startswith(b"From ") or b"\n" in line or b"\r" in line or b"\0" in line for line in lines)
    theirs = email.message_from_bytes(letter, policy=email.policy.default).get_content()
    assert theirs.replace("\r\n", "\n") == body.removesuffix("\n") + "\n"
    assert "\n".join(render(letter).body) == body.removesuffix("\n")


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        ("plain\n", b"7bit"),
        ("", b"7bit"),
        ("ä\n", b"quoted-printable"),
        ("trailing \n", b"quoted-printable"),
        ("From me\n", b"quoted-printable"),
        ("x" * 998, b"7bit"),
        ("x" * 999, b"quoted-printable"),
        ("nul\0", b"quoted-printable"),
    ],
)
def test_the_transfer_encoding_is_the_plainest_that_does_no_damage(body: str, encoding: bytes):
    assert b"Content-Transfer-Encoding: " + encoding + b"\r\n" in made(draft(body=body))


def test_a_from_line_after_a_soft_break_is_protected_too():
    letter = made(draft(body="x" * 75 + "From here, and an ä\n"))
    assert not any(line.startswith(b"From ") for line in letter.partition(b"\r\n\r\n")[2].split(b"\r\n"))


ORIGINAL = (
    b"From: Bob Roe <bob@example.org>\nTo: Alice <ALICE@demo.example>, carol@x.org\nCc: dan@x.org, bob@example.org\n"
    b"Subject: Re: re: Plans\nDate: Mon, 23 Nov 2026 10:00:00 +0000\nMessage-ID: <2@b>\nReferences: <0@b> <1@b>\n\n"
    b"first\n> older\n\nlast\n-- \nBob\n"
)


def test_a_reply_goes_to_the_sender_alone_and_quotes():
    answer = reply(ORIGINAL, me=ME)
    assert (answer.sender, answer.to, answer.cc) == (ME, (BOB,), ())
    assert answer.subject == "Re: Plans"
    assert answer.in_reply_to == "<2@b>"
    assert answer.references == ("<0@b>", "<1@b>", "<2@b>")
    assert answer.body == "On Mon, 23 Nov 2026 10:00:00 +0000, Bob Roe wrote:\n> first\n>> older\n>\n> last\n"


def test_a_reply_to_all_leaves_out_ourselves_and_repetitions():
    answer = reply(ORIGINAL, me=ME, own=("carol@X.org",), to_all=True)
    assert [each.address for each in answer.to] == ["bob@example.org"]
    assert [each.address for each in answer.cc] == ["dan@x.org"]


def test_reply_to_wins_over_from():
    assert reply(b"Reply-To: list@x.org\n" + ORIGINAL, me=ME).to == (Address("", "list@x.org"),)


def test_a_reply_to_ones_own_letter_goes_where_the_letter_went():
    own = b"From: alice@demo.example\nTo: bob@example.org\nSubject: x\n\ny"
    assert [each.address for each in reply(own, me=ME).to] == ["bob@example.org"]
    note = b"From: alice@demo.example\nTo: alice@demo.example\n\ny"
    assert [each.address for each in reply(note, me=ME).to] == ["alice@demo.example"]


@pytest.mark.parametrize(
    ("subject", "bare"),
    [("Re: a", "a"), ("RE:re : Aw: a", "a"), ("Re[2]: a", "a"), ("Re^3: a", "a"), ("Regarding", "Regarding"), ("", "")],
)
def test_marks_of_replies_are_taken_off_a_subject(subject: str, bare: str):
    assert bare_subject(subject) == bare


def test_a_forwarded_letter_names_its_headers_and_attachments():
    passed = forward(ORIGINAL, me=ME)
    assert passed.subject == "Fwd: Re: re: Plans"
    assert "From: Bob Roe <bob@example.org>\n" in passed.body
    assert "\nfirst\n> older\n" in passed.body


HOSTILE = st.sampled_from(
    [b"From: a@b\r\n", b"Reply-To: <x\ny@z>\n", b"Subject: =?utf-8?q?a=0D=0ABcc:_x@y?=\n", b"Subject: \x0b\x85\n",
     b"From: =?utf-8?q?=0D=0A=00?= <a@b>\n", b"Message-ID: <a\x00@b>\n", b"References: <a@b> <c\x0b@d>\n", b"\n",
     b"To: \"a\\\nb\" <c@d>\n", b"\xff\xfe", b"In-Reply-To: <\xe9@b>\n", b"Cc: =?utf-8?q?=E2=80=A8?= <e@f>\n"]
)  # fmt: skip


@settings(max_examples=200)
@given(st.lists(HOSTILE | st.binary(max_size=20), max_size=10).map(b"".join))
def test_an_answer_to_any_letter_can_be_sent_and_has_no_header_of_the_letters_making(original: bytes):
    answer = reply(original, me=ME, to_all=True)
    letter = made(answer)
    names = [line.partition(b":")[0] for line in letter.partition(b"\r\n\r\n")[0].split(b"\r\n") if line[:1] != b" "]
    assert set(names) <= {
        b"From", b"To", b"Cc", b"Subject", b"Date", b"Message-ID", b"In-Reply-To", b"References", b"MIME-Version",
        b"Content-Type", b"Content-Transfer-Encoding",
    }  # fmt: skip
    assert len(names) == len(set(names))
    assert parse_addresses(b"x@y")
