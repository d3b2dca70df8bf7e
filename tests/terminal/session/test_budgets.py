"""What the steps of a session may cost on the line, in bytes: at 300 bit/s there are thirty of them in a second.

The mailbox is that of twenty letters with subjects of 31 characters on average; the letter read has 15 lines, 959
bytes of text, and From, Subject and Date lines of 114 bytes.
"""

import pytest

from offhook.terminal.discipline import UTF8, LineDiscipline
from offhook.terminal.screen import Capabilities
from offhook.terminal.session import hold_session
from tests.support.mail_desk import MemoryDesk, MemoryGuest, hold
from tests.support.scripted_terminal import ScriptedTerminal, run

SUBJECT = "Tone dialling on trunk north"
SENDER = "Bob Beech <bob@example.org>"
BODY = ("A line of text in a letter about what is heard on the line, all." + "\n") * 14


def twenty() -> MemoryGuest:
    guest = MemoryGuest()
    body = BODY + "x" * (959 - 2 - 14 * 66) + "\n"
    assert (len(body.replace("\n", "\r\n")), body.count("\n")) == (959, 15)
    for number in range(1, 21):
        subject = SUBJECT if number == 1 else f"Subject {'of a letter ' * 5}"[: 20 + number + number // 10]
        head = f"From: {SENDER}\r\nSubject: {subject}\r\nDate: Tue, 03 Nov 2026 12:00:00 +0000\r\n"
        if number == 1:
            assert abs(len(head) - 114) <= 2, len(head)
        guest.put(f"{head}To: alice@host.example\n\n{body}")
    return guest


def cost(*lines: str, rate: int | None = None) -> int:
    """Bytes sent for the last line, its echo and line end not counted, with the prompt after it."""
    capabilities = Capabilities(rate=rate)
    without = len(hold(twenty(), *lines[:-1], capabilities=capabilities).terminal.sent)
    return len(hold(twenty(), *lines, capabilities=capabilities).terminal.sent) - without - len(lines[-1]) - 2


def test_the_login_of_a_caller_costs_less_than_120_bytes():
    terminal, desk = ScriptedTerminal("alice", "letmein"), MemoryDesk()
    run(hold_session(terminal, desk))
    assert len(terminal.text.partition("No mail.")[0]) <= 40
    assert len(terminal.sent) <= 120


def test_no_escape_is_ever_sent_to_find_out_about_the_terminal():
    held = hold(twenty(), "1", "h", "?", "q", "x")
    assert b"\x1b" not in held.terminal.sent


@pytest.mark.parametrize(("rate", "rows", "most"), [(300, 5, 330), (1200, 10, 600), (2400, 20, 1140), (None, 20, 1140)])
def test_the_first_view_is_one_line_and_as_many_rows_as_the_rate_allows(rate: int | None, rows: int, most: int):
    held = hold(twenty(), capabilities=Capabilities(rate=rate))
    assert held.text.count("\n") == 1 + rows
    assert len(held.terminal.sent) <= most


@pytest.mark.parametrize("rate", [300, 1200, 2400])
def test_opening_a_letter_costs_its_text_and_70_bytes(rate: int):
    assert cost("1", rate=rate) - len("? ") <= 959 + 70


def test_the_prompt_costs_two_bytes_and_deleting_no_more():
    assert cost("d 3") == len("? ")
    assert cost("d 3", "u 3") == len("? ")


def test_a_session_to_the_first_letter_read_costs_less_than_1420_bytes_at_300():
    held = hold(twenty(), "1", capabilities=Capabilities(rate=300))
    assert len(held.terminal.sent) <= 1420


def test_a_typed_character_costs_one_byte():
    discipline = LineDiscipline(UTF8)
    for key in b"reply to this letter, please.":
        discipline.put(bytes([key]))
        assert len(discipline.read_line(echo=True).echo) == 1


def test_a_letter_that_is_paged_costs_nothing_for_what_is_not_read():
    guest = MemoryGuest()
    guest.put("From: bob@x\n\n" + "line of text\n" * 120)
    held = hold(guest, "1", "q", capabilities=Capabilities(rate=300))
    assert len(held.terminal.sent) < 500


def test_beginning_a_letter_costs_a_line():
    assert cost("m bob", "Tone") <= 25
