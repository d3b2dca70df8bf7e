"""Notices of failure and delay, read back by the standard parser."""

import email
import email.policy
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.mailbox.spool import Notice, Recipient, State, make_notice

ARRIVED = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
NOW = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)
LETTER = b"From: alice@here\r\nSubject: hello\r\nMessage-ID: <1@here>\r\n\r\nDear Bob\r\n"
BOB = Recipient("bob@there", 0.0, State.FAILED, 3, "550 5.1.1 <bob@there>: no such user")


def notice(*recipients: Recipient, kind: Notice = Notice.FAILED, letter: bytes = LETTER, sender: str = "alice@here"):
    return make_notice(
        kind, sender, recipients, letter,
        hostname="host.example", arrived=ARRIVED, date=NOW, message_id="n1@host.example",
    )  # fmt: skip


def parsed(data: bytes) -> EmailMessage:
    message = email.message_from_bytes(data.replace(b"\r\n", b"\n"), policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def parts(data: bytes) -> list[EmailMessage]:
    message = parsed(data)
    assert message.get_content_type() == "multipart/report"
    assert message.get_param("report-type") == "delivery-status"
    return list(message.iter_parts())  # type: ignore[arg-type]


def fields(data: bytes) -> list[dict[str, str]]:
    """The blocks of the status part: about the letter first, then one for each recipient."""
    return [dict(block.items()) for block in parts(data)[1].get_payload() if block.items()]  # type: ignore[union-attr,misc]


def test_a_notice_of_failure_has_the_three_parts_of_a_report():
    assert [part.get_content_type() for part in parts(notice(BOB))] == [
        "text/plain",
        "message/delivery-status",
        "message/rfc822",
    ]


def test_the_header_says_who_it_is_from_and_for_and_that_no_person_wrote_it():
    message = parsed(notice(BOB))
    assert message["From"] == "Mail delivery <MAILER-DAEMON@host.example>"
    assert message["To"] == "alice@here"
    assert message["Subject"] == "Your letter could not be delivered"
    assert message["Auto-Submitted"] == "auto-replied"
    assert message["Message-ID"] == "<n1@host.example>"
    assert message["Date"].datetime == NOW
    assert not message.defects


def test_the_text_names_each_recipient_and_the_reason():
    text = parts(notice(BOB, Recipient("carol@there", 0.0)))[0].get_content()
    assert "<bob@there>:\n    550 5.1.1 <bob@there>: no such user" in text
    assert "<carol@there>:\n    no reason was given" in text
    assert "will not be tried again" in text


def test_the_status_part_has_a_block_for_the_letter_and_one_for_each_recipient():
    late = Recipient("carol@there", 0.0, State.FAILED, 130, "450 4.2.0 mailbox busy")
    about, bob, carol = fields(notice(BOB, late))
    assert about == {"Reporting-MTA": "dns; host.example", "Arrival-Date": "Fri, 20 Nov 2026 08:00:00 +0000"}
    assert bob == {
        "Final-Recipient": "rfc822; bob@there",
        "Action": "failed",
        "Status": "5.1.1",
        "Diagnostic-Code": "smtp; 550 5.1.1 <bob@there>: no such user",
        "Last-Attempt-Date": "Wed, 25 Nov 2026 08:00:00 +0000",
    }
    assert carol["Status"] == "4.4.7"


@pytest.mark.parametrize(
    ("reply", "status", "kind"),
    [
        ("", "5.0.0", ""),
        ("550 go away", "5.0.0", "smtp"),
        ("554 5.7.1 no relaying", "5.7.1", "smtp"),
        ("450 4.2.0 busy", "4.4.7", "smtp"),
        ("the mailbox is full", "5.0.0", "x-offhook"),
        ("550 see version 5.10.2000", "5.0.0", "smtp"),
    ],
)
def test_the_status_code_comes_from_the_last_reply(reply: str, status: str, kind: str):
    block = fields(notice(Recipient("bob@there", 0.0, State.FAILED, 1, reply)))[1]
    assert block["Status"] == status
    assert block.get("Diagnostic-Code", "").partition(";")[0] == kind


def test_a_notice_of_delay_says_that_nothing_has_to_be_done():
    late = notice(Recipient("bob@there", 0.0, State.PENDING, 9, "450 4.2.0 busy"), kind=Notice.DELAYED)
    assert parsed(late)["Subject"] == "Your letter is delayed"
    assert "no need to send it once more" in parts(late)[0].get_content()
    assert (fields(late)[1]["Action"], fields(late)[1]["Status"]) == ("delayed", "4.2.0")


def test_the_letter_comes_back_whole():
    returned = parts(notice(BOB))[2].get_payload(0)
    assert isinstance(returned, EmailMessage)
    assert returned["Subject"] == "hello"
    assert returned.get_content() == "Dear Bob\n"


def test_of_a_long_letter_only_the_header_comes_back():
    long = notice(BOB, letter=LETTER + b"x" * 70 + b"\r\n" * 50_000)
    assert len(long) < 3000
    assert parts(long)[2].get_content_type() == "text/rfc822-headers"
    assert "Subject: hello" in parts(long)[2].get_content()
    assert "Dear Bob" not in parts(long)[2].get_content()


@pytest.mark.parametrize("letter", [b"X: " + b"y" * 200_000, b"X: y\n" * 50_000, b"\n" + b"y\n" * 50_000])
def test_even_of_a_long_header_no_more_than_its_bound_comes_back(letter: bytes):
    assert len(notice(BOB, letter=letter)) < 100_000


def test_eight_bit_letters_are_declared_as_such():
    data = notice(BOB, letter=LETTER + "Grüße\r\n".encode())
    assert parsed(data)["Content-Transfer-Encoding"] == "8bit"
    assert "Grüße".encode() in data
    assert "Content-Transfer-Encoding" not in parsed(notice(BOB))


def test_an_address_beyond_ascii_is_written_in_seven_bits():
    data = notice(Recipient("jörg@there", 0.0, State.FAILED, 1, "550 no"))
    assert fields(data)[1]["Final-Recipient"] == r"utf-8; j\x{F6}rg@there"


texts = st.text(max_size=40)
bodies = st.binary(max_size=200) | st.sampled_from([b"", b"--=_", b"\r\n\r\n", b"a\rb\nc"])


@given(sender=texts, address=texts, reply=texts, letter=bodies, kind=st.sampled_from(Notice))
def test_nothing_in_a_letter_or_a_reply_can_change_the_shape_of_a_notice(
    sender: str, address: str, reply: str, letter: bytes, kind: Notice
):
    data = notice(Recipient(address, 0.0, State.FAILED, 1, reply), kind=kind, letter=letter, sender=sender)
    bare = data.replace(b"\r\n", b"")
    assert b"\r" not in bare
    assert b"\n" not in bare
    assert b"\0" not in data
    assert [name.lower() for name in parsed(data).keys()][:6] == [  # noqa: SIM118 - the order and repeats matter
        "from", "to", "subject", "date", "message-id", "auto-submitted",
    ]  # fmt: skip
    assert len(parts(data)) == 3
    blocks = fields(data)
    assert len(blocks) == 2
    assert next(iter(blocks[1])) == "Final-Recipient"


def test_a_letter_that_holds_the_boundary_gets_another_one():
    boundary = parsed(notice(BOB))["Content-Type"].params["boundary"].encode()
    data = notice(BOB, letter=LETTER + b"--" + boundary + b"--\r\n")
    assert len(parts(data)) == 3
    assert boundary in parts(data)[2].as_bytes()
