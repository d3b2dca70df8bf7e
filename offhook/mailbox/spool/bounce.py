"""The notice that tells a sender what became of a letter (RFC 3464 in a multipart/report of RFC 6522).

Three parts: a text for people, a status for programs, and the letter, or its header if the letter is long. A notice
goes out from the null sender, and a letter that came from the null sender is never answered by one (RFC 5321 4.5.5):
whoever calls this sees to that.
"""

import hashlib
import re
from collections.abc import Iterator
from datetime import datetime
from enum import Enum

from offhook.mailbox.letters import file_form, format_date
from offhook.mailbox.spool.spooled import Recipient, one_line, shown_address

MOST_RETURNED = 50_000
"""Bytes of a letter that is returned whole."""
MOST_HEADER = 65_536
"""Bytes of its header that are returned otherwise."""
_REPLY = re.compile(r"([245]\d\d)[ -]")
_STATUS = re.compile(r"(?:^|[ -])([245]\.\d{1,3}\.\d{1,3})(?= |$)")


class Notice(Enum):
    """What a notice says; the value is its `Action` (RFC 3464 2.3.3)."""

    FAILED = "failed"
    DELAYED = "delayed"


_SUBJECTS = {Notice.FAILED: "Your letter could not be delivered", Notice.DELAYED: "Your letter is delayed"}
_FIRST_LINES = {
    Notice.FAILED: "Your letter could not be delivered to the recipients below. It will not be tried again.",
    Notice.DELAYED: "Your letter is still on its way to the recipients below. It will be tried\r\n"
    "again; there is no need to send it once more.",
}
_NO_REPLY = {Notice.FAILED: "no reason was given", Notice.DELAYED: "it has not been taken yet"}
_DEFAULT_STATUS = {Notice.FAILED: "5.0.0", Notice.DELAYED: "4.0.0"}
_EXPIRED = "4.4.7"


def make_notice(
    kind: Notice,
    sender: str,
    recipients: tuple[Recipient, ...],
    letter: bytes,
    *,
    hostname: str,
    arrived: datetime,
    date: datetime,
    message_id: str,
) -> bytes:
    """The notice to `sender` about `recipients`, lines ended by CR LF.

    `hostname` is this host's name, `arrived` when it took the letter, `date` now, `message_id` the notice's own
    without angle brackets.
    """
    kept, kind_of_kept = _returned(file_form(letter))
    boundary = _boundary(message_id, kept)
    eight_bit = b"" if kept.isascii() else b"Content-Transfer-Encoding: 8bit\r\n"
    head = (
        f"From: Mail delivery <MAILER-DAEMON@{hostname}>\r\n"
        f"To: <{_harmless(sender)}>\r\n"
        f"Subject: {_SUBJECTS[kind]}\r\n"
        f"Date: {format_date(date)}\r\n"
        f"Message-ID: <{message_id}>\r\n"
        "Auto-Submitted: auto-replied\r\n"
        "MIME-Version: 1.0\r\n"
    )
    content_type = f'Content-Type: multipart/report; report-type=delivery-status;\r\n boundary="{boundary}"\r\n'
    text = "\r\n".join(_for_people(kind, recipients, hostname))
    status = "\r\n".join(_for_programs(kind, recipients, hostname, arrived, date))
    mark = f"--{boundary}\r\n"
    return b"".join(
        (
            head.encode("ascii", "replace"),
            eight_bit,
            f"{content_type}\r\n{mark}Content-Type: text/plain; charset=us-ascii\r\n\r\n{text}\r\n".encode("ascii"),
            f"{mark}Content-Type: message/delivery-status\r\n\r\n{status}\r\n".encode("ascii"),
            f"{mark}Content-Type: {kind_of_kept}\r\n".encode("ascii"),
            eight_bit,
            b"\r\n",
            kept.replace(b"\n", b"\r\n"),
            f"\r\n--{boundary}--\r\n".encode("ascii"),
        )
    )


def _for_people(kind: Notice, recipients: tuple[Recipient, ...], hostname: str) -> Iterator[str]:
    yield f"This is the mail system at {hostname}."
    yield ""
    yield _FIRST_LINES[kind]
    yield ""
    for recipient in recipients:
        yield f"<{_harmless(recipient.address)}>:"
        yield f"    {one_line(recipient.last_reply) or _NO_REPLY[kind]}"
        yield ""


def _for_programs(
    kind: Notice, recipients: tuple[Recipient, ...], hostname: str, arrived: datetime, date: datetime
) -> Iterator[str]:
    yield f"Reporting-MTA: dns; {hostname}"
    yield f"Arrival-Date: {format_date(arrived)}"
    yield ""
    for recipient in recipients:
        reply = one_line(recipient.last_reply)
        yield f"Final-Recipient: {_address_field(recipient.address)}"
        yield f"Action: {kind.value}"
        yield f"Status: {_status(kind, reply)}"
        if reply:
            yield f"Diagnostic-Code: {'smtp' if _REPLY.match(reply) else 'x-offhook'}; {reply}"
        yield f"Last-Attempt-Date: {format_date(date)}"
        yield ""


def _status(kind: Notice, reply: str) -> str:
    """The status code (RFC 3463). A failure whose last reply was 4xx is one that took too long."""
    found, code = _STATUS.search(reply), _REPLY.match(reply)
    if kind is Notice.DELAYED:
        return found[1] if found and found[1].startswith("4") else _DEFAULT_STATUS[kind]
    if found and found[1].startswith("5"):
        return found[1]
    if code and code[1].startswith("4"):
        return _EXPIRED
    return _DEFAULT_STATUS[kind]


def _returned(letter: bytes) -> tuple[bytes, str]:
    """What of the letter (LF line ends) goes back, and its media type."""
    if len(letter) <= MOST_RETURNED:
        return letter, "message/rfc822"
    head = letter[: letter.find(b"\n\n") + 1 or None] if not letter.startswith(b"\n") else b""
    if len(head) > MOST_HEADER:
        head = head[: head.rfind(b"\n", 0, MOST_HEADER) + 1]
    return head, "text/rfc822-headers"


def _boundary(message_id: str, kept: bytes) -> str:
    """A boundary that is not in what is returned."""
    count = 0
    while True:
        boundary = "=_" + hashlib.sha256(f"{message_id} {count}".encode()).hexdigest()[:32]
        if boundary.encode("ascii") not in kept:
            return boundary
        count += 1


def _address_field(address: str) -> str:
    """`rfc822; bob@host`, or for an address beyond ASCII its form in 7 bits (RFC 6533 3)."""
    if address.isascii():
        return f"rfc822; {_harmless(address)}"
    return "utf-8; " + "".join(
        each if "!" <= each <= "~" and each not in "\\+=" else f"\\x{{{ord(each):X}}}" for each in address
    )


def _harmless(address: str) -> str:
    return one_line(shown_address(address)).replace("<", "").replace(">", "")
