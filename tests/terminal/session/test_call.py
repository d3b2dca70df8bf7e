import pytest

from offhook.terminal.session import SessionEnd, hold_session
from tests.support.mail_desk import MemoryDesk, MemoryGuest, hold, letter
from tests.support.scripted_terminal import Key, ScriptedTerminal, run


def test_a_call_is_login_mail_and_goodbye():
    guest = MemoryGuest()
    guest.put(letter())
    terminal = ScriptedTerminal("alice", "letmein", "1", "q")
    assert run(hold_session(terminal, MemoryDesk(guest, "Example host"))) is SessionEnd.GOODBYE
    assert terminal.text == (
        "Example host\nlogin: alice\npassword: \n1 letter, 1 new.\n 1*1102 Bob Beech    Subject 1\n? 1\n"
        "Date: Sat, 02 Nov 2026 12:30:00 +0000\nFrom: Bob Beech <bob@host.example>\nSubject: Subject 1\n\nHello.\n"
        "? q\nGoodbye.\n"
    )


@pytest.mark.parametrize(("key", "end"), [(Key.INTERRUPT, SessionEnd.GOODBYE), (Key.HANG_UP, SessionEnd.HUNG_UP)])
def test_the_goodbye_may_be_cut_short(key: Key, end: SessionEnd):
    guest = MemoryGuest()
    guest.put(letter())
    assert hold(guest, "d", "q", at_text={"Goodbye": key}).end is end
    assert guest.keys() == []


@pytest.mark.parametrize("lines", [(), ("1",), ("d 1",), ("m bob",), ("m bob", "Tone"), ("?",), ("r",)])
def test_the_line_may_be_lost_anywhere_and_nothing_is_removed(lines: tuple[str, ...]):
    guest = MemoryGuest()
    guest.put(letter(body="x\n" * 40))
    held = hold(guest, *lines, Key.HANG_UP)
    assert held.end is SessionEnd.HUNG_UP
    assert guest.keys() == ["1"]
    assert not held.desk.reports


@pytest.mark.parametrize("word", ["2 letters", "1*", "Hello", "From:", "Subject: ", "To: ", "(. ends"])
def test_the_line_may_be_lost_in_the_middle_of_anything_shown(word: str):
    guest = MemoryGuest()
    guest.put(letter(1))
    guest.put(letter(2))
    held = hold(guest, "1", "m", "bob", "Tone", "text", "~p", "~q", "q", at_text={word: Key.HANG_UP})
    assert held.end is SessionEnd.HUNG_UP
    assert not held.desk.reports


@pytest.mark.parametrize("word", ["2 letters", "1*", "Hello", "From:", "To: ", "(. ends", "is kept", "kept:"])
def test_an_interrupt_in_the_middle_of_anything_shown_brings_the_prompt_again(word: str):
    guest = MemoryGuest()
    guest.put(letter(1))
    guest.put(letter(2))
    hold(guest, "m bob", "One", "text", "~q", "x")
    held = hold(guest, "1", "m carol", "Tone", "text", "~p", "~q", "q", "q", at_text={word: Key.INTERRUPT})
    assert held.end is SessionEnd.GOODBYE
    assert not held.desk.reports
