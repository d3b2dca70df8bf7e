import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.mailbox.letters import PermanentFailure, prepare_for_delivery, received_line
from offhook.mailbox.letters.postmark import MAX_HOPS, STATE_FIELDS

TO = "bob@demo.example"
MARKS = b"Return-Path: <al@x.org>\nDelivered-To: bob@demo.example\nReceived: here\n"


def delivered(letter: bytes | bytearray) -> bytes:
    return b"".join(prepare_for_delivery(letter, "al@x.org", TO, "here"))


def test_a_letter_is_postmarked_on_top_and_otherwise_kept_byte_for_byte():
    letter = b"Subject:  odd  \n\tfold\nX-\xe9: \xff\0\n\n\x1b body \n.\nFrom x\nno end"
    assert delivered(letter) == MARKS + letter


def test_line_ends_become_lf_and_lone_cr_stays():
    assert delivered(b"Subject: x\r\n\r\na\rb\r\r\n") == MARKS + b"Subject: x\n\na\rb\r\n"


def test_the_null_sender_is_written_as_empty():
    assert b"".join(prepare_for_delivery(b"\n", "", TO, "here")).startswith(b"Return-Path: <>\n")


@pytest.mark.parametrize("name", STATE_FIELDS)
@pytest.mark.parametrize("spelling", [str.lower, str.upper, str.title])
def test_state_that_only_a_mailbox_program_may_write_is_taken_out(name: str, spelling):
    forged = f"{spelling(name)} : 1\n folded\n\tagain\n".encode()
    letter = b"Subject: x\n" + forged + b"To: y\n" + forged + b"\nStatus: body\n"
    assert delivered(letter) == MARKS + b"Subject: x\nTo: y\n\nStatus: body\n"


def test_state_after_a_line_that_is_no_header_is_taken_out_too():
    assert b"X-UID" not in delivered(b"Subject: x\nnonsense\nX-UID: 1\n\nbody")


def test_an_mbox_line_before_the_header_is_taken_off():
    assert delivered(b"From al Mon Jan  1 00:00:00 2026\nSubject: x\n\ny") == MARKS + b"Subject: x\n\ny"


def test_a_letter_without_header_or_body_is_delivered():
    assert delivered(b"") == MARKS
    assert delivered(b"\nbody") == MARKS + b"\nbody"
    assert delivered(b"Subject: x") == MARKS + b"Subject: x"


@pytest.mark.parametrize("line", [b"Delivered-To: bob@demo.example", b"delivered-to:   BOB@Demo.Example  "])
def test_a_letter_delivered_to_the_same_address_before_goes_in_a_circle(line: bytes):
    with pytest.raises(PermanentFailure, match="circle"):
        delivered(b"Subject: x\n" + line + b"\n\n")
    assert delivered(b"Subject: x\n\n" + line + b"\n")
    assert delivered(b"Delivered-To: other@demo.example\n\n")


def test_a_letter_that_passed_too_many_hosts_goes_in_a_circle():
    assert delivered(b"Received: x\n" * MAX_HOPS + b"\n")
    with pytest.raises(PermanentFailure, match="circle"):
        delivered(b"Received: x\n" * (MAX_HOPS + 1) + b"\n")


@pytest.mark.parametrize("address", ["a@b\nX: y", "a@b\r", "a b@c", "a@b>", "<a@b", "a\0@b"])
def test_an_envelope_that_would_break_the_postmark_is_refused(address: str):
    with pytest.raises(PermanentFailure):
        prepare_for_delivery(b"\n", address, TO, "here")
    with pytest.raises(PermanentFailure):
        prepare_for_delivery(b"\n", "a@b", address, "here")


def test_a_received_line_says_from_where_to_whom_and_when():
    value = received_line(
        helo="client.example", peer="[127.0.0.1]", by="demo", protocol="ESMTP", ident="7f", recipient=TO,
        date=datetime(2026, 11, 24, 9, 5, tzinfo=UTC),
    )  # fmt: skip
    assert value == (
        "from client.example ([127.0.0.1])\n\tby demo (offhook) with ESMTP\n\tid 7f"
        "\n\tfor <bob@demo.example>;\n\tTue, 24 Nov 2026 09:05:00 +0000"
    )


@given(st.text(max_size=60), st.text(max_size=60))
def test_no_client_can_write_a_header_of_its_own_through_the_received_line(helo: str, recipient: str):
    value = received_line(
        helo=helo, peer=helo, by="demo", protocol="SMTP", ident="1", recipient=recipient, date=datetime(2026, 1, 1)
    )
    assert all(line.startswith("\t") for line in value.split("\n")[1:])
    assert value.isascii()
    assert "\r" not in value


@given(st.lists(st.sampled_from([b"a: b\n", b"Status: x\n", b" fold\n", b"\n", b"\r\n", b"x", b"\r"])).map(b"".join))
def test_any_letter_can_be_delivered_and_its_body_is_kept(letter: bytes):
    stored = letter.replace(b"\r\n", b"\n")
    body = stored if stored.startswith(b"\n") else b"".join(stored.partition(b"\n\n")[1:])[1:]
    assert delivered(letter).endswith(body)


SCRAPS = st.sampled_from(
    [
        *(b"a", b" ", b"\t", b"\r", b"\n", b"\r\n", b"\r\r\n", b"\x0b", b":", b"From ", b">From ", b"Received: x"),
        *(b"Subject: y", b"Status: R", b"status", b" : R\n\tmore", b"X-UID: 7", b"Delivered-To: c@d"),
        *(b"\n\n", b"\n\r\n", b"\xff"),
    ]
)


def by_the_definition(letter: bytes) -> bytes:
    """What is kept of a letter, line by line and as a whole."""
    letter = letter.replace(b"\r\n", b"\n")
    if letter.startswith((b"From ", b">From ")):
        letter = letter[letter.find(b"\n") + 1 or len(letter) :]
    end = 0 if letter.startswith(b"\n") else letter.find(b"\n\n") + 1 or len(letter)
    kept, dropping = [], False
    for line in re.findall(rb"[^\n]*\n|[^\n]+\Z", letter[:end]):
        if not line.startswith((b" ", b"\t")):
            name, colon, _ = line.partition(b":")
            dropping = bool(colon) and name.strip().lower().decode("latin_1") in STATE_FIELDS
        kept += [] if dropping else [line]
    return MARKS + b"".join(kept) + letter[end:]


@given(st.lists(SCRAPS, max_size=30).map(b"".join), st.integers(2, 9), st.sampled_from([bytes, bytearray]))
def test_a_letter_kept_in_pieces_is_what_the_definition_says(letter: bytes, size: int, kind: type[bytes | bytearray]):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("offhook.mailbox.letters.postmark.PIECE", size)
        assert delivered(kind(letter)) == by_the_definition(letter)


def test_forged_state_without_end_makes_no_piece_of_its_own():
    pieces = list(prepare_for_delivery(b"X-A: b\nStatus: R\n" * 100_000 + b"\nbody\n", "a@b", "c@d", "here"))
    assert len(pieces) == 1
