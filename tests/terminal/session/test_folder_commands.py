import pytest

from offhook.mailbox.letters import Entry, Flag, LetterKey
from offhook.terminal.discipline import UTF8
from offhook.terminal.screen import Capabilities
from tests.support.mail_desk import MemoryGuest, hold, letter
from tests.support.scripted_terminal import run


def box(count: int = 3) -> MemoryGuest:
    guest = MemoryGuest()
    for number in range(1, count + 1):
        guest.put(letter(number))
    return guest


def entries(guest: MemoryGuest, folder: str) -> list[Entry]:
    return list(guest.entries(folder).values())


def letters(guest: MemoryGuest, folder: str) -> list[bytes]:
    return guest.letters(folder)


@pytest.mark.parametrize("command", ["s", "save", "c", "copy"])
def test_a_saved_letter_is_in_the_folder_and_still_here(command: str):
    guest = box()
    held = hold(guest, f"{command} 1-2 work", f"{command} +work", "q")
    assert letters(guest, "work") == [run(guest.maildrop.fetch(LetterKey(key))) for key in "121"]
    assert "2 letters copied into work." in held.text
    assert guest.keys() == ["1", "2", "3"]


def test_a_saved_letter_keeps_its_flags_and_keywords_but_is_not_deleted_there():
    guest = box(2)
    run(guest.maildrop.mark(LetterKey("1"), add_keywords={"Work"}))
    hold(guest, "1", "fl", "s work", "d 1", "s :d work", "x")
    first, second = entries(guest, "work")
    assert (first.flags, first.keywords) == ({Flag.SEEN, Flag.FLAGGED}, {"Work"})
    assert Flag.TRASHED not in second.flags


@pytest.mark.parametrize("name", ["", "3", "2-5", "../x", ".hidden", "-x", "+", '"', '""', "a\x1b[2J", "*", "/x", ":u"])
def test_what_is_not_plainly_a_folder_is_asked_about(name: str):
    guest = box()
    held = hold(guest, f"s {name}", "x")
    assert "Which folder?" in held.text
    assert list(run(guest.folders.names())) == ["INBOX"]


@pytest.mark.parametrize(
    ("written", "name"),
    [("a/b", "a/b"), ("é", "é"), ("v1.2", "v1.2"), ("+3", "3"), ('"two words"', "two words"), ('+"x y z"', "x y z")],
)
def test_a_folder_may_have_any_sensible_name(written: str, name: str):
    guest = box()
    held = hold(guest, f"s 2 {written}", "x", capabilities=Capabilities(charset=UTF8))
    assert f"1 letter copied into {name}." in held.text
    assert len(entries(guest, name)) == 1


def test_a_folder_that_cannot_be_made_is_one_sentence():
    held = hold(box(), "s 1 broken", "x")
    assert held.answer_to("s 1 broken") == "The folder cannot be made: no space left."


def test_moved_letters_are_in_the_folder_and_no_longer_here_and_dot_goes_on():
    guest = box(4)
    before = [run(guest.maildrop.fetch(LetterKey(key))) for key in "23"]
    held = hold(guest, "move 2-3 work", "=", "h", "x")
    assert held.answer_to("move 2-3 work") == "2 letters moved into work."
    assert held.answer_to("=") == "4"
    assert letters(guest, "work") == before
    assert guest.keys() == ["1", "4"]
    assert len(held.answer_to("h").splitlines()) == 2


def test_moving_needs_its_name_spelt_out_far_enough():
    guest = box()
    hold(guest, "mov 1 work", "x")
    assert len(entries(guest, "work")) == 1


def test_moving_into_the_folder_itself_is_refused_and_changes_nothing():
    guest = box()
    held = hold(guest, "move 1 inbox", "move 1 %", "x")
    assert held.text.count("The letters are in that folder already.") == 2
    assert guest.keys() == ["1", "2", "3"]


def test_another_folder_is_opened_listed_and_left_again():
    guest = box()
    held = hold(guest, "s 2 Sent/2026", "folder Sent/2026", "1", "fold", "folder %", "file", "q")
    assert held.answer_to("folder Sent/2026").startswith("Sent/2026: 1 letter, 1 new.\n")
    assert "Subject 2" in held.answer_to("1")
    assert held.answer_to("fold") == "Sent/2026: 1 letter."
    assert held.answer_to("folder %").startswith("INBOX: 3 letters, 3 new.")
    assert held.answer_to("file") == "INBOX: 3 letters, 3 new."


def test_the_folder_before_is_a_hash_and_quotes_hold_a_name_together():
    guest = box()
    run(guest.folders.create("two words"))
    held = hold(guest, 'fi "two words"', "fi #", "fi #", "q")
    assert held.answer_to('fi "two words"') == "two words: No mail."
    assert held.text.count("INBOX: 3 letters, 3 new.") == 1
    assert held.text.count("two words: No mail.") == 2


def test_leaving_a_folder_removes_what_was_deleted_in_it_as_quit_does():
    guest = box()
    run(guest.folders.create("work"))
    held = hold(guest, "d 1", "folder work", "x")
    assert "1 letter removed." in held.text
    assert guest.keys() == ["2", "3"]


def test_a_folder_that_is_not_there_leaves_everything_as_it_was():
    guest = box()
    held = hold(guest, "d 1", "folder nowhere", "fold", "2", "x")
    assert held.answer_to("folder nowhere") == "There is no such folder."
    assert held.answer_to("fold") == "INBOX: 3 letters, 2 new, 1 deleted."
    assert guest.keys() == ["1", "2", "3"]


def test_return_reads_the_first_letter_of_the_folder_that_was_opened():
    guest = box()
    run(guest.folders.create("work"))
    held = hold(guest, "s 2 work", "1", "folder work", "", "x")
    assert "Subject 2" in held.text.rpartition("work: 1 letter")[2].partition("? ")[2]


def test_two_folders_at_once_are_refused():
    held = hold(box(), "folder a b", "x")
    assert held.answer_to("folder a b").startswith("One folder at a time")


def test_folders_are_listed_and_the_open_one_has_a_star():
    guest = box()
    for name in ("work", "Sent/2026"):
        run(guest.folders.create(name))
    held = hold(guest, "folders", "folder work", "folders", "x")
    assert held.answer_to("folders").splitlines() == ["* INBOX", "  Sent/2026", "  work"]
    assert "* work" in held.text


def test_a_folder_name_from_elsewhere_cannot_reach_the_terminal_as_controls():
    guest = box()
    guest.folders.shared["a\x1b[2Jb"] = guest.maildrop.shared
    assert "\x1b" not in hold(guest, "folders", "x").text


def test_new_letters_are_told_of_in_the_folder_that_is_open():
    guest = box()
    run(guest.folders.create("work"))

    def arrive() -> None:
        run(run(guest.folders.open("INBOX")).copy([LetterKey("1")], run(guest.folders.open("work"))))

    held = hold(guest, "folder work", arrive, "=", "q")
    assert "1 new letter." in held.text
