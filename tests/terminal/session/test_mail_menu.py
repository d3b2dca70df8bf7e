import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offhook.mailbox.letters import Flag, LetterKey, MaildropFailure
from offhook.terminal.discipline import ASCII, CP437, UTF8
from offhook.terminal.screen import Capabilities
from offhook.terminal.session import COMMANDS, SessionEnd
from tests.support.mail_desk import MemoryDesk, MemoryGuest, hold, letter
from tests.support.memory_maildrop import MemoryMaildrop
from tests.support.scripted_terminal import Key, run


def box(count: int = 3) -> MemoryGuest:
    guest = MemoryGuest()
    for number in range(1, count + 1):
        guest.put(letter(number))
    return guest


def test_the_session_begins_with_one_line_and_a_screenful_and_the_prompt():
    held = hold(box(2), "x")
    assert held.text == (
        "2 letters, 2 new.\n 1*1102 Bob Beech    Subject 1\n 2*1103 Bob Beech    Subject 2\n? x\nGoodbye.\n"
    )


def test_the_first_screenful_is_the_one_with_the_first_unread_letter():
    guest = MemoryGuest()
    for number in range(1, 31):
        guest.put(letter(number), *([Flag.SEEN] if number < 25 else []))
    lines = hold(guest, "x").text.split("\n")
    assert lines[0] == "30 letters, 6 new."
    assert lines[1].startswith("21 ")
    assert len(lines) == 1 + 10 + 3


def test_an_empty_maildrop_says_so():
    held = hold(MemoryGuest(), "", "1", "h", "d", "z", "q")
    assert held.text.startswith("No mail.\n? ")
    assert held.text.count("There are no letters.") == 4
    assert not held.desk.reports


def test_new_letters_are_told_before_the_next_prompt_with_the_next_numbers():
    guest = box(2)
    held = hold(guest, lambda: guest.put(letter(3)), "=", "x")
    assert "? =\n1\n1 new letter.\n 3*1104 Bob Beech    Subject 3\n? x" in held.text


def test_a_flood_of_new_letters_is_listed_by_its_last_ones():
    guest = box(1)

    def flood() -> None:
        for number in range(2, 40):
            guest.put(letter(number))

    held = hold(guest, flood, "=", "x", capabilities=Capabilities(rate=300))
    assert "38 new letters.\n35*" in held.text


def test_quit_and_end_of_input_apply_deletions_and_exit_does_not():
    for leave, left in (("q", ["2"]), (Key.END_OF_INPUT, ["2"]), ("x", ["1", "2"]), ("exit", ["1", "2"])):
        guest = box(2)
        held = hold(guest, "d 1", leave)
        assert held.end is SessionEnd.GOODBYE
        assert held.text.endswith("Goodbye.\n")
        assert guest.keys() == left


def test_exit_leaves_every_letter_as_it_was():
    guest = box()
    hold(guest, "1", "fl 2", "d 3", "x")
    assert [guest.flags(number) for number in (1, 2, 3)] == [set(), set(), set()]


@pytest.mark.parametrize(
    "line", ["!ls", "! ls", "|cat", "sh", "shell", "pi 1 cat", "e 1", "v", "so rc", "cd /", "pipe"]
)
def test_there_is_no_shell(line: str):
    assert hold(box(), line, "x").answer_to(line) == "There is no shell here."


@pytest.mark.parametrize("line", ["frobnicate", "bob", "@", "nexttt", "#l", "~p"])
def test_an_unknown_command_is_one_line(line: str):
    answer = hold(box(), line, "x").answer_to(line)
    assert "\n" not in answer
    assert answer


def test_an_unknown_command_is_not_repeated_at_length_or_with_its_controls():
    held = hold(box(), "y" * 4000, "x")
    assert held.answer_to("y" * 4000) == "y" * 40 + ": there is no such command; ? lists\nthem."


def test_an_interrupt_brings_a_new_prompt():
    assert hold(box(1), Key.INTERRUPT, "x").text.endswith("? \n? x\nGoodbye.\n")


def test_an_interrupt_of_the_first_list_leaves_it():
    held = hold(box(), "h", "x", at_text={" 2*": Key.INTERRUPT})
    assert " 1*1102 Bob Beech    Subject 1\n\n? h\n" in held.text


@pytest.mark.parametrize("line", ["?", "help", "hel", "l"])
def test_help_lists_every_command_a_page_at_a_time(line: str):
    held = hold(box(), line, "c", "x")
    for command in COMMANDS:
        rest = command.name[len(command.short) :]
        assert f"{command.short}{f'[{rest}]' if rest else ''} {command.takes}".rstrip() in held.text


def test_help_fits_a_narrow_screen():
    held = hold(box(), "?", "c", "x", capabilities=Capabilities(columns=40))
    without_pauses = re.sub(r"More\? [\b ]*", "", held.text)
    assert max(map(len, without_pauses.split("\n"))) < 40


def test_every_command_can_be_given():
    for command in COMMANDS:
        held = hold(box(), command.name, Key.INTERRUPT, Key.INTERRUPT, "x")
        assert not held.desk.reports, command.name


def test_the_caller_can_say_what_the_terminal_is():
    held = hold(box(), "set", "set columns=40 rows=10", "se charset=cp437", "SET RATE=300", "set", "x")
    assert held.answer_to("set") == "columns=80 rows=24 charset=ascii"
    assert held.terminal.capabilities == Capabilities(40, 10, CP437, 300)
    assert "columns=40 rows=10 charset=cp437\nrate=300" in held.text


def test_a_rate_of_nothing_is_no_rate():
    held = hold(box(), "set rate=0", "x", capabilities=Capabilities(rate=300))
    assert held.terminal.capabilities.rate is None


WRONG = ["columns", "columns=", "columns=x", "rows=0", "charset=ebcdic", "colour=red", "rate=-1", "columns=1e3"]
NO_ESCAPES = ["escape", "escape=", "escape=.", "escape=x", "escape=//", "escape=5"]


@pytest.mark.parametrize("word", [*WRONG, *NO_ESCAPES])
def test_what_cannot_be_set_is_explained_and_changes_nothing(word: str):
    held = hold(box(), f"set {word}", "x")
    assert held.answer_to(f"set {word}").startswith("set columns=80")
    assert held.terminal.capabilities == Capabilities(charset=ASCII)


class TroubledMaildrop(MemoryMaildrop):
    """Raises `trouble` in place of scanning, marking and expunging, once it has some."""

    def __init__(self) -> None:
        super().__init__()
        self.trouble: Exception | None = None

    async def scan(self):
        self._raise()
        return await super().scan()

    async def mark(self, key, *, add=frozenset(), remove=frozenset()):
        self._raise()
        await super().mark(key, add=add, remove=remove)

    async def expunge(self, keys):
        self._raise()
        await super().expunge(keys)

    def _raise(self) -> None:
        if self.trouble is not None:
            raise self.trouble


def troubled() -> MemoryGuest:
    guest = MemoryGuest()
    guest.maildrop = TroubledMaildrop()
    guest.put(letter())
    return guest


def test_a_maildrop_that_fails_is_one_sentence_and_the_prompt():
    guest = troubled()

    def fail() -> None:
        guest.maildrop.trouble = MaildropFailure("The disk does not answer.")

    held = hold(guest, fail, "d 1", "q")
    assert held.answer_to("d 1").startswith("The disk does not answer.")
    assert held.end is SessionEnd.GOODBYE


def test_letters_that_could_not_be_removed_are_said_to_be_there():
    guest = troubled()

    def fail() -> None:
        guest.maildrop.trouble = MaildropFailure("The disk is full.")

    held = hold(guest, "d 1", fail, "q")
    assert "The disk is full. The letters marked are still there.\nGoodbye.\n" in held.text


def test_a_maildrop_that_cannot_be_opened_still_gives_a_prompt():
    guest = troubled()
    guest.maildrop.trouble = MaildropFailure("The mailbox cannot be read.")

    def mend() -> None:
        guest.maildrop.trouble = None

    held = hold(guest, mend, "=", "1", "q")
    assert held.text.startswith("The mailbox cannot be read.\n")
    assert "1 new letter." in held.text
    assert "Hello." in held.text


def test_a_fault_of_ours_is_one_sentence_and_reported_and_no_traceback():
    guest = troubled()

    def fail() -> None:
        guest.maildrop.trouble = ZeroDivisionError("a fault")

    def mend() -> None:
        guest.maildrop.trouble = None

    held = hold(guest, fail, "d 1", mend, "x")
    assert "That failed, by a fault of this host; it has been noted." in held.text
    assert "a fault" not in held.text.replace("by a fault", "")
    assert held.desk.reports
    assert isinstance(held.desk.reports[0][1], ZeroDivisionError)


def test_a_fault_in_quitting_still_ends_the_call():
    guest = troubled()

    def fail() -> None:
        guest.maildrop.trouble = ZeroDivisionError("a fault")

    held = hold(guest, "d 1", fail, "q")
    assert held.end is SessionEnd.GOODBYE
    assert held.text.endswith("Goodbye.\n")


LINES = st.text(st.sampled_from("dhprRfsmzntqux?=*^$.-+/:~!| 123é²\x1b[A\x00bobalice@"), max_size=12)


@given(st.lists(LINES, max_size=12), st.sampled_from([22, 40, 80]))
@settings(max_examples=150, deadline=None)
def test_nothing_that_is_typed_is_a_fault_or_drives_the_terminal(lines: list[str], columns: int):
    held = hold(box(3), *lines, Key.HANG_UP, capabilities=Capabilities(columns=columns, charset=UTF8))
    assert not held.desk.reports, held.desk.reports
    assert held.text.replace("\n", "").replace("\b \b", "").isprintable()


def test_two_sessions_of_one_subscriber_do_not_get_in_each_others_way():
    guest = box(3)

    def meanwhile() -> None:
        hold(guest.another_session(), "d 1", "q")

    held = hold(guest, meanwhile, "=", "1", "2", "q")
    assert "Letter 1 is gone: another program removed it." in held.text
    assert guest.keys() == ["2", "3"]
    assert guest.flags(2) == {Flag.SEEN}


def test_the_desk_keeps_time_and_the_reports_are_its_own():
    desk = MemoryDesk(box(1))
    assert hold(desk.guest, "x", desk=desk).desk is desk
    assert run(desk.admit("alice", "letmein")) is desk.guest
    assert desk.guest.keys() == [LetterKey("1")]
