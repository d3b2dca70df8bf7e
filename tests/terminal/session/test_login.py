from datetime import timedelta

import pytest

from offhook.mailbox.letters import MaildropFailure, TemporaryFailure
from offhook.terminal.session import SessionEnd, hold_session
from offhook.terminal.session.login import LONGEST_NAME, LONGEST_PASSWORD, PATIENCE
from tests.support.mail_desk import MemoryDesk
from tests.support.scripted_terminal import Key, ScriptedTerminal, Typed, run


def call(*script: Typed, greeting: str = "") -> tuple[SessionEnd, ScriptedTerminal, MemoryDesk]:
    terminal, desk = ScriptedTerminal(*script), MemoryDesk(greeting=greeting)
    return run(hold_session(terminal, desk)), terminal, desk


def test_a_name_and_a_password_let_one_in_and_the_password_is_not_shown():
    end, terminal, _ = call("alice", "letmein", "q")
    assert end is SessionEnd.GOODBYE
    assert terminal.text.startswith("login: alice\npassword: \nNo mail.\n? q\nGoodbye.\n")
    assert "letmein" not in terminal.text


def test_there_are_three_tries_and_an_unknown_name_is_answered_like_a_wrong_password():
    end, terminal, desk = call("alice", "wrong", "nobody", "letmein", "alice", "again", "alice", "letmein")
    assert end is SessionEnd.REFUSED
    assert terminal.text == "".join(
        f"login: {name}\npassword: \nLogin incorrect\n" for name in ("alice", "nobody", "alice")
    )
    assert len(desk.tried) == 3


def test_the_greeting_is_shown_once():
    _, terminal, _ = call("", "alice", "letmein", "q", greeting="Example host")
    assert terminal.text.startswith("Example host\nlogin: \nlogin: alice\n")


def test_blanks_around_a_name_are_not_part_of_it_and_those_in_a_password_are():
    _, _, desk = call(" alice ", " letmein ", Key.END_OF_INPUT)
    assert desk.tried == [("alice", " letmein ")]


@pytest.mark.parametrize("key", [Key.INTERRUPT, ""])
def test_who_never_gives_a_name_does_not_hold_the_line_for_ever(key: Typed):
    end, terminal, desk = call(*[key] * 50)
    assert end is SessionEnd.REFUSED
    assert terminal.text.count("login: ") == 10
    assert not desk.tried


def test_an_interrupt_at_the_password_asks_for_the_name_again():
    _, terminal, _ = call("alcie", Key.INTERRUPT, "alice", "letmein", "q")
    assert terminal.text.startswith("login: alcie\npassword: \nlogin: alice\npassword: \n")


def test_end_of_input_ends_the_call():
    assert call(Key.END_OF_INPUT)[0] is SessionEnd.REFUSED


def test_login_has_one_time_for_all_of_it():
    terminal, desk = ScriptedTerminal(), MemoryDesk()

    def a_minute() -> None:
        desk.time += timedelta(seconds=60)

    terminal.script = [a_minute, "alice", a_minute, "wrong", Key.WAIT_TOO_LONG]
    assert run(hold_session(terminal, desk)) is SessionEnd.REFUSED
    assert terminal.patience == [PATIENCE, PATIENCE - 60, PATIENCE - 120]
    assert terminal.text.endswith("login: \nToo late.\n")


def test_names_and_passwords_are_cut_at_a_length_before_anybody_looks_at_them():
    _, _, desk = call("n" * 4000, "p" * 4000)
    assert desk.tried == [("n" * LONGEST_NAME, "p" * LONGEST_PASSWORD)]


def test_losing_the_line_at_the_password_is_a_quiet_end():
    assert call("alice")[0] is SessionEnd.HUNG_UP


def test_a_fault_of_the_host_at_login_is_a_sentence_and_a_report():
    terminal, desk = ScriptedTerminal("alice", "letmein"), MemoryDesk()
    desk.fault = OSError("the accounts are gone")
    assert run(hold_session(terminal, desk)) is SessionEnd.FAILED
    assert terminal.text.endswith("This host has failed; it has been noted.\n")
    assert desk.reports == [("the session", desk.fault)]
    assert "Traceback" not in terminal.text


def test_a_host_that_can_let_nobody_in_says_so_and_asks_again():
    desk = MemoryDesk()
    desk.fault = TemporaryFailure("Nobody can log in at present; try again later.")
    terminal = ScriptedTerminal(*["alice", "letmein"] * 4)
    assert run(hold_session(terminal, desk)) is SessionEnd.REFUSED
    assert terminal.text.count("Nobody can log in at present; try again later.\n") == 3
    assert "incorrect" not in terminal.text


def test_a_caller_whose_letters_nobody_can_find_is_told_so_and_the_call_ends():
    desk = MemoryDesk()
    desk.fault = MaildropFailure("The host does not know where this mailbox is.")
    terminal = ScriptedTerminal("alice", "letmein")
    assert run(hold_session(terminal, desk)) is SessionEnd.FAILED
    assert terminal.text.endswith("The host does not know where this mailbox is.\n")
    assert not desk.reports
