"""Letters that try to drive the caller's terminal."""

import base64
import re
from collections.abc import Callable
from email.header import Header
from uuid import uuid4

import pytest

from tests.support.demo_host import DemoHost
from tests.support.line_client import LineClient
from tests.support.mail_session import PROMPT, command, leave, log_in
from tests.support.telnet_caller import TelnetCaller

ESCAPES = "\x1b]0;owned\x07\x1b[2J\x1b[31mred\x1b[0m\x0e\x0c\x00\x7f\x05\x08\x08"
C1 = "\x9b31mred\x9d0;owned\x9c\x90q\x85"


def raw(mark: str) -> bytes:
    """Escape sequences and C1 bytes as they are, everywhere."""
    bad = ESCAPES.replace("\x00", "").encode() + C1.encode("latin-1")
    head = b"From: " + bad + b" <bob@localhost>\r\nSubject: " + mark.encode() + b" " + bad + b"\r\n\r\n"
    return head + b"body " + bad + b" end of it\r\n"


def encoded_words(mark: str) -> bytes:
    """RFC 2047 words that decode to control characters."""
    subject = Header(f"{mark} {ESCAPES}{C1}", "utf-8").encode(linesep="\r\n")
    words = base64.b64encode((ESCAPES + C1).encode()).decode()
    quoted = "=?iso-8859-1?q?=1B=5B2J=9B31mred=07?="
    return (
        f"From: =?utf-8?b?{words}?= <bob@localhost>\r\nSubject: {subject} {quoted}\r\n"
        f"To: {quoted} <alice@localhost>\r\nDate: =?utf-8?b?{words}?=\r\n\r\nbody end of it\r\n"
    ).encode()


def quoted_printable(mark: str) -> bytes:
    """A body in quoted-printable with control characters, C1 as UTF-8, and marks that turn the direction of writing."""
    body = "".join(f"={byte:02X}" for byte in (ESCAPES + C1 + "\u202eevil\u2066\u200b").encode())
    lines = "=\r\n".join(body[at : at + 72] for at in range(0, len(body), 72))
    return (
        f"From: bob@localhost\r\nSubject: {mark}\r\nMIME-Version: 1.0\r\n"
        "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
        f"{lines} end of it\r\n"
    ).encode()


def attachments(mark: str) -> bytes:
    """Names of attachments with control characters: raw, RFC 2231, RFC 2047; and an HTML part."""
    quoted = "".join(f"%{byte:02X}" for byte in (ESCAPES + C1).encode())
    words = base64.b64encode((ESCAPES + C1).encode()).decode()
    return (
        f"From: bob@localhost\r\nSubject: {mark}\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
        "<title>&#27;[2J</title><p>body &#27;[2J&#x9b;31m&#155;red&#7;&#0; end of it</p>\r\n"
        "--b\r\nContent-Type: application/x-\x1b[2J\r\n"
        'Content-Disposition: attachment; filename="raw\x1b[2J\x07.bin"\r\n\r\nx\r\n'
        "--b\r\nContent-Type: application/octet-stream\r\n"
        f"Content-Disposition: attachment; filename*=utf-8''{quoted}.bin\r\n\r\nx\r\n"
        "--b\r\nContent-Type: application/octet-stream\r\n"
        f'Content-Disposition: attachment; filename="=?utf-8?b?{words}?="\r\n\r\nx\r\n--b--\r\n'
    ).encode()


LETTERS = [raw, encoded_words, quoted_printable, attachments]


@pytest.mark.parametrize("letter", LETTERS)
def test_no_control_character_of_a_letter_reaches_a_modem_line(host: DemoHost, letter: Callable[[str], bytes]) -> None:
    mark = uuid4().hex[:8]
    host.post(letter(mark))
    with LineClient(host.modem0) as caller:
        caller.dial()
        log_in(caller)
        listed = command(caller, "h $", rf"(\d+)\S* .*{mark}")
        command(caller, listed[1], "end of it")
        command(caller, "set rows=500", "")
        command(caller, f"P {listed[1]}", "end of it")
        caller.type("r\r")
        caller.expect("(?i)subject")
        caller.type("~p\r")
        caller.type("~x\r")
        caller.expect(PROMPT)
        leave(caller)
        assert not re.findall("[^\x20-\x7e\r\n\b]", caller.heard)


@pytest.mark.parametrize("letter", LETTERS)
def test_no_control_character_of_a_letter_reaches_a_telnet_caller(
    host: DemoHost, letter: Callable[[str], bytes]
) -> None:
    mark = uuid4().hex[:8]
    host.post(letter(mark))
    with TelnetCaller(host.telnet, terminal="XTERM-256COLOR") as caller:
        log_in(caller)
        listed = command(caller, "h $", rf"(\d+)\S* .*{mark}")
        before = len(caller.heard)
        command(caller, listed[1], "end of it")
        # The terminal may be one that takes UTF-8, whose bytes are above 0x7f; no character of it may be a control.
        shown = caller.heard[before:].encode("latin-1").decode("utf-8")
        assert not re.findall("[\x00-\x07\x0b-\x0c\x0e-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2066-\u2069]", shown)
