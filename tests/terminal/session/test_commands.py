import pytest

from offhook.terminal.session import COMMANDS
from offhook.terminal.session.commands import NO_SHELL, find_command


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_a_command_goes_by_any_length_between_its_abbreviation_and_its_name(command):
    assert command.name.startswith(command.short)
    for end in range(len(command.short), len(command.name) + 1):
        assert find_command(command.name[:end]) is command


def test_case_tells_reply_to_all_from_reply_to_the_sender():
    assert find_command("r").name == "reply"
    assert find_command("R").name == "Reply"
    assert find_command("T").name == "Type"


def test_a_keyboard_of_capitals_can_give_every_command_that_has_no_capital_of_its_own():
    for command in COMMANDS:
        found = find_command(command.short.upper())
        assert found is command or found.name[0].isupper()


@pytest.mark.parametrize(("sign", "name"), [("", "next"), ("?", "help")])
def test_return_reads_on_and_a_question_mark_helps(sign: str, name: str):
    assert find_command(sign).name == name


def test_what_led_to_a_shell_is_no_command_here():
    assert not [word for word in NO_SHELL if find_command(word)]


@pytest.mark.parametrize("word", ["frobnicate", "nextt", "hea d", "\x1b[A", "é", "ß"])
def test_other_words_are_no_commands(word: str):
    assert find_command(word) is None
