import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offhook.mailbox.letters import Flag, LetterKey
from offhook.terminal.session.mailbag import Mailbag
from offhook.terminal.session.message_list import BadList, select
from tests.support.mail_desk import MemoryGuest, letter
from tests.support.scripted_terminal import run


def six_letters() -> Mailbag:
    """1 read, 2 read and answered, 3 deleted, 4 unread from carol, 5 flagged, 6 unread; dot is 4."""
    guest = MemoryGuest()
    guest.put(letter(1, subject="Bread"), Flag.SEEN)
    guest.put(letter(2, subject="Re: BREAD and butter"), Flag.SEEN, Flag.REPLIED)
    guest.put(letter(3), Flag.SEEN, Flag.TRASHED)
    guest.put(letter(4, sender="Carol Cedar <carol@else.example>"))
    guest.put(letter(5), Flag.SEEN, Flag.FLAGGED)
    guest.put(letter(6))
    bag = Mailbag(guest.maildrop)
    run(bag.open())
    return bag


def numbers(bag: Mailbag, text: str, *, deleted: bool = False) -> list[int]:
    return list(run(select(bag, text.split(), deleted=deleted)))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", [4]),
        (".", [4]),
        ("2", [2]),
        ("2 1", [1, 2]),
        ("2,1, 5", [1, 2, 5]),
        ("2 2", [2]),
        ("1-4", [1, 2, 4]),
        ("4-99", [4, 5, 6]),
        ("^-$", [1, 2, 4, 5, 6]),
        (".-$", [4, 5, 6]),
        ("^", [1]),
        ("$", [6]),
        ("+", [5]),
        ("-", [2]),
        ("*", [1, 2, 4, 5, 6]),
        ("bob", [1, 2, 5, 6]),
        ("CAROL", [4]),
        ("else.example", [4]),
        ("/bread", [1, 2]),
        (":u", [4, 6]),
        (":r", [1, 2, 5]),
        (":n", [4, 6]),
        (":f", [5]),
        (":a", [2]),
        (":fa", [2, 5]),
        (":d", [3]),
        (":D", [3]),
        (":U", [4, 6]),
    ],
)
def test_a_list_names_letters(text: str, found: list[int]):
    assert numbers(six_letters(), text) == found


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("7", "There is no letter 7."),
        ("0", "There is no letter 0."),
        ("99999999999999999999", "There is no letter"),
        ("3", "Letter 3 is deleted; u 3 brings it back."),
        ("5-2", "The range 5-2 runs backwards."),
        ("3-3", "No letter matches 3-3."),
        ("zoe", "No letter matches zoe."),
        ("/zoe", "No letter matches /zoe."),
        (":x", "the states are"),
        (":", "the states are"),
        ("²", "No letter matches ²."),
        ("1 7", "There is no letter 7."),
    ],
)
def test_a_list_that_names_nothing_is_one_sentence(text: str, sentence: str):
    with pytest.raises(BadList, match=sentence.replace("/", "/")):
        numbers(six_letters(), text)


def test_undelete_sees_the_deleted_ones_and_no_others():
    bag = six_letters()
    assert numbers(bag, "*", deleted=True) == [3]
    assert numbers(bag, "3", deleted=True) == [3]
    with pytest.raises(BadList, match="Letter 1 is not deleted"):
        numbers(bag, "1", deleted=True)


def test_there_is_nothing_before_the_first_or_after_the_last():
    bag = six_letters()
    for dot, sign in ((1, "-"), (6, "+")):
        bag.dot = dot
        with pytest.raises(BadList, match="no further letter"):
            numbers(bag, sign)


def test_a_letter_another_program_removed_is_said_to_be_gone():
    bag = six_letters()
    run(bag.maildrop.expunge([LetterKey("2")]))
    run(bag.refresh())
    with pytest.raises(BadList, match="Letter 2 is gone"):
        numbers(bag, "2")
    assert numbers(bag, "1-4") == [1, 4]


def test_an_empty_maildrop_has_no_letters():
    with pytest.raises(BadList, match="There are no letters"):
        numbers(Mailbag(MemoryGuest().maildrop), "1")


@given(st.text(st.sampled_from(list("0123456789-.^$*+/:dnuxbob, ²٣é\x1b[")), max_size=12))
@settings(max_examples=300, deadline=None)
def test_whatever_is_typed_is_a_list_or_a_sentence(text: str):
    bag = six_letters()
    found: list[int] = []
    sentence = ""
    try:
        found = numbers(bag, text)
    except BadList as why:
        sentence = str(why)
    assert found == sorted(set(found))
    assert bool(found) != sentence.endswith(".")
