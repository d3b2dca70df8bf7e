"""Every hostile letter, read in every way on every kind of terminal: what is sent is text and nothing else."""

import re
from datetime import UTC, datetime
from functools import cache

import pytest

from offhook.mailbox.letters import Address, Rendered, compose, render, reply
from offhook.terminal.discipline import CP437, LATIN1, UTF8
from offhook.terminal.screen import Capabilities
from offhook.terminal.session import hold_session
from offhook.terminal.session.unsent import from_draft
from offhook.virtual_lines.charsets import translation
from tests.support.hostile_letters import hostile_letters
from tests.support.mail_desk import MemoryDesk, MemoryGuest
from tests.support.scripted_terminal import ScriptedTerminal, Typed, run

TEXT = rb"\r\n\x08\x20-\x7e"
DRIVES = re.compile(
    "[\0-\x07\t\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ue000-\uf8ff\ufeff"
    "\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e0fff]|[\u0300-\u036f\u0e34-\u0e3a\u064b-\u065f]{5}"
)
"""What a terminal that takes UTF-8 must not be sent, a tower of marks too."""
LONGEST_ROW = 4 * 4 * 80
"""Octets of a line in the index, if all of it is marks without a width."""
LETTERS = list(hostile_letters())

as_text = cache(render)
"""Each letter is made into text once, whatever terminals it is shown on."""


class Reading(MemoryGuest):
    """Alice, with letters."""

    def __init__(self) -> None:
        super().__init__()
        for each in LETTERS:
            self.put(each.octets)

    async def render(self, letter: bytes) -> Rendered:
        return as_text(letter)


class Impatient(ScriptedTerminal):
    """A caller who has enough at the end of the first page."""

    async def key(self, prompt: str) -> str:
        await self.write(prompt)
        return "q"


def seen(capabilities: Capabilities, *script: Typed) -> bytes:
    """All that a caller is sent who does this with the letters and leaves; nothing fails on the way."""
    desk = MemoryDesk(Reading())
    terminal = Impatient(*script, "x", capabilities=capabilities)
    run(hold_session(terminal, desk, desk.guest))
    assert not desk.reports
    assert terminal.text.endswith("Goodbye.\n")
    return bytes(terminal.sent)


@pytest.mark.parametrize(
    ("capabilities", "drives"),
    [
        (Capabilities(), b"[^" + TEXT + b"]"),
        (Capabilities(40, 25), b"[^" + TEXT + b"]"),
        (Capabilities(72, 10, rate=110), b"[^" + TEXT + b"]"),
        (Capabilities(charset=LATIN1), b"[^" + TEXT + rb"\xa0-\xff]|\xad"),
        (Capabilities(charset=CP437), b"[^" + TEXT + rb"\x80-\xff]"),
        (Capabilities(132, 50, charset=UTF8), rb"[\0-\x07\t\x0b\x0c\x0e-\x1f\x7f]"),
    ],
    ids=["plain", "40 columns", "110 bit/s", "latin-1", "cp437", "utf-8"],
)
def test_no_letter_drives_a_terminal_or_fails(capabilities: Capabilities, drives: bytes) -> None:
    script: list[Typed] = []
    for number in range(1, len(LETTERS) + 1):
        script += [f"f {number}", f"{number}", f"P {number}", f"to {number}"]
    sent = seen(capabilities, *script)
    assert not re.findall(drives, sent)
    if capabilities.charset is UTF8:
        assert not DRIVES.findall(sent.decode("utf-8"))
    assert max(map(len, sent.split(b"\r\n"))) <= LONGEST_ROW


def test_no_letter_drives_a_machine_with_a_charset_of_its_own() -> None:
    script = [each for number in range(1, len(LETTERS) + 1) for each in (f"{number}", f"P {number}")]
    plain = seen(Capabilities(40, 25), *script)
    wide = seen(Capabilities(charset=UTF8), *script)
    for machine, sent, shown in (
        ("petscii", plain, rb"\r\x20-\x5e\xc1-\xda\xa4\xb3\xdd\xab\xb1\x9d"),
        ("atascii", plain, rb"\x9b\x20-\x5f\x61-\x7a\x7c\x1e"),
        ("latin-1", wide, TEXT + rb"\xa0-\xac\xae-\xff"),
        ("cp437", wide, TEXT + rb"\x80-\xff"),
    ):
        translated = translation(machine, None)
        assert translated is not None
        assert not re.findall(b"[^" + shown + b"]", translated.to_machine(sent)), machine


def test_every_letter_is_sent_on_and_taken_in_as_lines_of_text() -> None:
    script: list[Typed] = []
    for number in range(1, len(LETTERS) + 1):
        script += [f"fo {number} bob", "~s sent on", ".", "m bob", "taken in", f"~m {number}", "~p", "."]
    guest = Reading()
    desk = MemoryDesk(guest)
    run(hold_session(Impatient(*script), desk, guest))
    assert not desk.reports
    assert len(guest.post_office.posted) == 2 * len(LETTERS)
    for _, letter in guest.post_office.posted:
        assert re.fullmatch(rb"(?:[\x20-\x7e\t]{0,998}\r\n)*+", letter)


def test_whoever_answers_a_letter_answers_people_and_nothing_else() -> None:
    for each in LETTERS:
        draft = reply(each.octets, me=Address("", "alice@host.example"), to_all=True, shown=as_text(each.octets))
        letter = from_draft(draft, "<1@host.example>").draft(draft.sender)
        if letter.to:
            octets = compose(letter, date=datetime(2026, 11, 28, tzinfo=UTC), message_id="<1@host.example>")
            assert re.fullmatch(rb"(?:[\x20-\x7e\t]{0,998}\r\n)*+", octets), each.name
            assert octets.partition(b"\r\n\r\n")[0].lower().count(b"\r\nbcc") == 0
