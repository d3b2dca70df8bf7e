from collections.abc import Callable

import pytest

from offhook.mailbox.letters import Flag, LetterKey
from offhook.terminal.screen import Capabilities
from tests.support.mail_desk import MemoryGuest, hold, letter
from tests.support.memory_maildrop import MemoryMaildrop
from tests.support.scripted_terminal import Key, run


def box(count: int = 3, *, read: int = 0) -> MemoryGuest:
    """Letters whose text is `text 1`, `text 2` ...; the first `read` of them have been read."""
    guest = MemoryGuest()
    for number in range(1, count + 1):
        guest.put(letter(number, body=f"text {number}\n"), *([Flag.SEEN] if number <= read else []))
    return guest


def numbers(text: str) -> list[int]:
    """The letters whose texts were shown."""
    return [int(line[5:]) for line in text.split("\n") if line.startswith("text ")]


def test_return_reads_the_first_unread_then_on_to_the_end():
    held = hold(box(4, read=2), "", "", "", "x")
    assert numbers(held.text) == [3, 4]
    assert "No more letters.\n? x" in held.text


def test_return_skips_what_is_read_as_long_as_something_is_unread():
    guest = box(4)
    run(guest.maildrop.mark(LetterKey("2"), add={Flag.SEEN}))
    assert numbers(hold(guest, "", "", "", "x").text) == [1, 3, 4]


def test_when_all_is_read_return_shows_the_last_and_stops():
    assert numbers(hold(box(3, read=3), "", "", "x").text) == [3]


@pytest.mark.parametrize("command", ["2", "p 2", "t2", "print 2", "type 2", "p2", "n 2"])
def test_a_number_reads_that_letter_with_or_without_a_command(command: str):
    assert numbers(hold(box(), command, "x").text) == [2]


@pytest.mark.parametrize(
    ("command", "found"),
    [
        ("1-2", [1, 2]),
        ("1 3", [1, 3]),
        ("*", [1, 2, 3]),
        ("$", [3]),
        (".", [1]),
        ("+", [2]),
        (":u", [2, 3]),
        ("/ject 3", [3]),
    ],
)
def test_any_list_alone_reads_it(command: str, found: list[int]):
    command = command.replace("/ject 3", "/3")
    assert numbers(hold(box(read=1), "1", command, "x").text)[1:] == found


def test_an_interrupt_ends_the_reading_of_all():
    guest = box()
    held = hold(guest, "*", "x", at_text={"text 2": Key.INTERRUPT})
    assert numbers(held.text) == [1]
    assert guest.flags(3) == set()


def test_headers_list_the_screenful_around_a_letter():
    small = Capabilities(rows=8)
    held = hold(box(12), "h 7", "h", "x", capabilities=small)
    assert [line[:2].strip() for line in held.answer_to("h 7").split("\n")] == ["6", "7", "8", "9", "10"]
    assert held.answer_to("h").startswith(" 1*")


def test_z_turns_the_pages_of_the_list_and_stops_at_its_ends():
    held = hold(box(12), "z", "z+", "z", "z-", "z -", "z-", "x", capabilities=Capabilities(rows=8))
    firsts = [answer.split("*")[0].strip() for answer in held.text.split("\n? ")[1:]]
    assert [first.split("\n")[-1].strip() for first in firsts[:2]] == ["6", "11"]
    assert held.text.count("There are no more letters that way.") == 2


def test_from_lists_the_letters_named():
    held = hold(box(), "f 2-3", "x")
    assert held.answer_to("f 2-3") == " 2*1103 Bob Beech    Subject 2\n 3*1104 Bob Beech    Subject 3"


def test_dates_are_those_of_the_host_s_time_zone():
    guest = MemoryGuest()
    guest.put(letter(1).replace("12:30:00 +0000", "23:30:00 +0000"))
    assert hold(guest, "h", "x").answer_to("h") == " 1*1103 Bob Beech    Subject 1"


def test_sizes_are_said():
    assert hold(box(1), "si", "x").answer_to("si").startswith("1: 1")


def test_top_shows_the_first_lines_and_does_not_count_as_reading():
    guest = MemoryGuest()
    guest.put(letter(body="".join(f"text {number}\n" for number in range(1, 10))))
    assert numbers(hold(guest, "to", "x").text) == [1, 2, 3, 4, 5]
    assert guest.flags(1) == set()


def test_a_deleted_letter_is_marked_and_removed_at_quit_alone():
    guest = box()
    held = hold(guest, "d 2", "h", "x")
    assert held.answer_to("d 2") == ""
    assert "\n 2d1103" in held.text
    assert guest.keys() == ["1", "2", "3"]
    assert Flag.TRASHED not in guest.flags(2)
    held = hold(guest, "d 2", "q")
    assert "1 letter removed.\nGoodbye.\n" in held.text
    assert guest.keys() == ["1", "3"]


def test_a_lost_line_removes_nothing_and_keeps_the_marks():
    guest = box()
    hold(guest, "d 1-2", Key.HANG_UP)
    assert guest.keys() == ["1", "2", "3"]
    held = hold(guest, "u 1", "q")
    assert "3 letters, 1 new, 2 deleted." in held.text
    assert guest.keys() == ["1", "3"]


def test_after_deleting_the_next_letter_is_the_current_one():
    held = hold(box(), "d 1", "=", "", "d 3", "=", "", "x")
    assert held.answer_to("=") == "2"
    assert numbers(held.text) == [2]
    assert held.text.endswith("? =\n2\n? \nNo more letters.\n? x\nGoodbye.\n")


def test_deleting_everything_leaves_nothing_to_read():
    guest = box(2)
    held = hold(guest, "d *", "", "1", "q")
    assert "No more letters." in held.text
    assert "Letter 1 is deleted; u 1 brings it back." in held.text
    assert "2 letters removed." in held.text
    assert guest.keys() == []


@pytest.mark.parametrize("command", ["dp", "dt"])
def test_delete_and_next_reads_on_at_once(command: str):
    guest = box()
    held = hold(guest, "1", command, command, command, "q")
    assert numbers(held.text) == [1, 2, 3]
    assert "No more letters." in held.text
    assert guest.keys() == []


def test_undelete_brings_back_the_last_one_deleted_first():
    guest = box()
    hold(guest, "d 1", "d 3", "u", "q")
    assert guest.keys() == ["2", "3"]
    assert hold(box(), "u", "x").answer_to("u") == "No letter is deleted."


def test_capitals_do_what_small_letters_do_where_they_mean_nothing_else():
    guest = box()
    hold(guest, "D 1", "H", "Q")
    assert guest.keys() == ["2", "3"]


def test_marks_can_be_set_and_taken_back():
    guest = box(1)
    hold(guest, "fl", "tou", "q")
    assert guest.flags(1) == {Flag.FLAGGED, Flag.SEEN}
    hold(guest, "unf", "unr", "q")
    assert guest.flags(1) == set()


def test_a_letter_that_went_while_it_was_to_be_read_is_said_to_be_gone():
    guest = box()

    def vanish() -> None:
        run(guest.maildrop.expunge([LetterKey("2")]))

    held = hold(guest, vanish, "2", "2", "s 2 work", "x")
    assert "The letter is no longer there" in held.text
    assert "Letter 2 is gone: another program removed it." in held.text
    assert not held.desk.reports


def searched() -> MemoryGuest:
    guest = MemoryGuest()
    guest.put(letter(1, body="Bread and butter.\n"))
    guest.put(letter(2, body="Only bread.\n"))
    guest.put(letter(3, subject="BUTTER", body="On bread, again.\n"))
    return guest


def test_a_search_lists_the_letters_that_hold_all_words_in_text_or_header():
    answer = hold(searched(), "search butter Bread", "x").answer_to("search butter Bread")
    assert [line.split("*")[0].strip() for line in answer.split("\n")] == ["1", "3"]


def test_what_a_search_found_can_be_named_in_other_commands():
    for sign in ("@", "`"):
        guest = searched()
        hold(guest, "sea butter", f"d {sign}", "q")
        assert guest.keys() == ["2"]


def test_the_letters_of_the_last_command_can_be_named_again():
    guest = searched()
    hold(guest, "f 2-3", "fl @", "q")
    assert [guest.flags(number) for number in (1, 2, 3)] == [set(), {Flag.FLAGGED}, {Flag.FLAGGED}]


def test_a_search_that_finds_more_than_a_screenful_shows_the_latest_and_says_so():
    guest = MemoryGuest()
    for number in range(1, 9):
        guest.put(letter(number))
    answer = hold(guest, "sea hello", "x", capabilities=Capabilities(rate=300)).answer_to("sea hello")
    assert answer.split("\n")[-1] == "The last 5 of 8 letters; f @ lists them all."
    assert answer.count("\n") == 5


def test_a_search_for_nothing_or_without_success_is_one_sentence():
    held = hold(searched(), "sea", "sea cheese bread", "f @", "x")
    assert held.answer_to("sea").startswith("Search for which words?")
    assert held.answer_to("sea cheese bread") == "No letter holds cheese and bread."
    assert held.answer_to("f @") == "No letter matches @."


def test_deleted_letters_are_not_found():
    held = hold(searched(), "d 1", "sea butter", "x")
    assert held.answer_to("sea butter").startswith(" 3*")


class Lent(bytes):
    """The octets of a letter, which tell when nobody holds them any longer."""

    given_back: Callable[[], None]

    def __del__(self) -> None:
        self.given_back()


class Lending(MemoryMaildrop):
    """A maildrop that counts the letters it has handed out, and those that somebody holds."""

    def __init__(self) -> None:
        super().__init__()
        self.lent = 0
        self.held = 0

    async def fetch(self, key: LetterKey) -> bytes:
        octets = Lent(await super().fetch(key))
        octets.given_back = self._given_back
        self.lent += 1
        self.held += 1
        return octets

    def _given_back(self) -> None:
        self.held -= 1


@pytest.mark.parametrize("command", ["1", "P 1", "to 1", "r 1", "R 1", "fo 1 bob", "m bob"])
def test_a_letter_is_not_held_while_it_is_looked_at_or_answered(command: str):
    guest = MemoryGuest()
    guest.maildrop = lending = Lending()
    guest.put(letter(1, body="line\n" * 200))
    held: list[int] = []
    script = [command, "About it"] if command == "m bob" else [command]
    writing = ["~m 1", lambda: held.append(lending.held), "~x"] if command[0] in "rRfm" else []
    pausing = [lambda: held.append(lending.held), "q"] if not writing and command != "to 1" else []
    hold(guest, *script, *pausing, *writing, lambda: held.append(lending.held), "x")
    assert lending.lent
    assert held
    assert not any(held)
