from offhook.mailbox.letters import Flag, Heading, LetterKey
from offhook.terminal.session.mailbag import PRESENT, THERE, UNREAD, Mailbag, Numbered
from tests.support.mail_desk import MemoryGuest, letter
from tests.support.scripted_terminal import run

SEEN, TRASHED, REPLIED = frozenset({Flag.SEEN}), frozenset({Flag.TRASHED}), frozenset({Flag.REPLIED})


def opened(count: int = 3) -> tuple[Mailbag, MemoryGuest]:
    guest = MemoryGuest()
    for number in range(1, count + 1):
        guest.put(letter(number))
    bag = Mailbag(guest.maildrop)
    run(bag.open())
    return bag, guest


def everything(bag: Mailbag) -> list[Numbered]:
    async def each() -> list[Numbered]:
        return [letter async for letter in bag.each(range(1, len(bag) + 1))]

    return run(each())


def rows(bag: Mailbag, numbers: list[int]) -> list[tuple[Numbered, Heading]]:
    async def each() -> list[tuple[Numbered, Heading]]:
        return [pair async for pair in bag.rows(numbers)]

    return run(each())


def mark(
    bag: Mailbag, number: int, *, add: frozenset[Flag] = frozenset(), remove: frozenset[Flag] = frozenset()
) -> None:
    [letter] = [each for each in everything(bag) if each.number == number]
    run(bag.mark(letter, add=add, remove=remove))


def another_session(guest: MemoryGuest) -> Mailbag:
    bag = Mailbag(guest.another_session().maildrop)
    run(bag.open())
    return bag


def test_dot_begins_at_the_first_unread_letter_else_at_the_last():
    bag, guest = opened()
    assert bag.dot == 1
    mark(bag, 1, add=SEEN)
    assert another_session(guest).dot == 2
    for number in (1, 2, 3):
        mark(bag, number, add=SEEN)
    assert another_session(guest).dot == 3
    assert opened(0)[0].dot == 0


def test_numbers_stay_while_others_remove_and_add_letters():
    bag, guest = opened()
    run(guest.maildrop.expunge([LetterKey("2")]))
    guest.put(letter(4))
    fresh = run(bag.refresh())
    assert list(fresh) == [4]
    assert bag.all(THERE) == bag.all(PRESENT) == [1, 3, 4]
    assert [each.number for each in everything(bag)] == [1, 3, 4]
    assert len(bag) == 4


def test_what_others_mark_is_seen_at_the_next_look():
    bag, guest = opened()
    other = another_session(guest)
    mark(other, 1, add=SEEN)
    run(bag.refresh())
    assert bag.all(UNREAD) == [2, 3]


def test_marking_a_letter_that_has_just_gone_is_no_error():
    bag, guest = opened()
    letter = everything(bag)[0]
    run(guest.maildrop.expunge([LetterKey("1")]))
    run(bag.mark(letter, add=SEEN))
    assert letter.gone
    assert bag.all(THERE) == [2, 3]


def test_expunging_removes_what_was_deleted_here_or_was_listed_as_deleted():
    bag, guest = opened()
    mark(bag, 1, add=TRASHED)
    later = another_session(guest)
    mark(later, 2, add=TRASHED)
    assert run(later.expunge()) == 2
    assert guest.keys() == ["3"]


def test_what_another_session_deletes_meanwhile_is_for_that_session_to_remove():
    bag, guest = opened()
    other = another_session(guest)
    mark(other, 1, add=TRASHED)
    assert run(bag.expunge()) == 0
    assert guest.keys() == ["1", "2", "3"]


def test_what_another_session_undeletes_meanwhile_stays():
    bag, guest = opened()
    mark(bag, 1, add=TRASHED)
    other = another_session(guest)
    mark(other, 1, remove=TRASHED)
    assert run(bag.expunge()) == 0
    assert len(guest.keys()) == 3


def test_undoing_gives_back_the_flags_of_before_but_an_answer_stays_answered():
    bag, guest = opened()
    mark(bag, 1, add=SEEN)
    mark(bag, 1, add=TRASHED)
    mark(bag, 2, add=SEEN | REPLIED)
    run(bag.undo())
    assert guest.flags(1) == set()
    assert guest.flags(2) == {Flag.REPLIED}


def test_undoing_twice_changes_nothing_more():
    bag, guest = opened()
    mark(bag, 1, add=SEEN)
    run(bag.undo())
    run(guest.maildrop.mark(LetterKey("1"), add=SEEN))
    run(bag.undo())
    assert guest.flags(1) == {Flag.SEEN}


def test_each_state_has_its_mark():
    guest = MemoryGuest()
    for flags in ([], [Flag.SEEN], [Flag.SEEN, Flag.REPLIED], [Flag.SEEN, Flag.FLAGGED], [Flag.TRASHED]):
        guest.put(letter(), *flags)
    bag = another_session(guest)
    assert [each.mark for each in everything(bag)] == ["*", " ", "r", "!", "d"]


def test_a_letter_that_has_just_gone_is_left_out_of_a_list():
    bag, guest = opened()
    run(guest.maildrop.expunge([LetterKey("1")]))
    assert [(letter.number, heading.subject) for letter, heading in rows(bag, [1, 2])] == [(2, "Subject 2")]
    assert bag.all(THERE) == [2, 3]
