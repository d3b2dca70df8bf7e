"""The promise of copying and moving letters, between maildrops of one kind and of several: all or none, and whole."""

import pytest

from offhook.mailbox.letters import (
    Entry,
    Flag,
    LetterGone,
    LetterKey,
    Maildrop,
    MaildropFailure,
    copy_letters,
)
from tests.support.letters_in_stores import LETTER, keys, put
from tests.support.memory_maildrop import MemoryMaildrop
from tests.support.stores import Open

LONG_AGO = 1_600_000_000.0


async def filled(maildrop: Maildrop) -> list[LetterKey]:
    return [
        await put(maildrop, LETTER + b"1\n", arrived=LONG_AGO),
        await put(maildrop, LETTER + b"2\n", Flag.SEEN, Flag.REPLIED, keywords={"Work"}, arrived=LONG_AGO + 1),
        await put(maildrop, LETTER + b"3\n", Flag.FLAGGED, keywords={"Work", "later"}, arrived=LONG_AGO + 2),
    ]


def as_copied(entry: Entry, letter: bytes) -> tuple[object, ...]:
    return entry.flags, entry.keywords, entry.new, entry.size, entry.arrived, letter


async def contents(maildrop: Maildrop) -> dict[LetterKey, tuple[object, ...]]:
    return {entry.key: as_copied(entry, await maildrop.fetch(entry.key)) for entry in await maildrop.scan()}


@pytest.mark.parametrize("way", ["copy", "move"])
async def test_letters_are_copied_and_moved_with_all_that_belongs_to_them(open_maildrop: Open, way: str):
    source, target = open_maildrop(), open_maildrop("other")
    keys_there = await filled(source)
    before = await contents(source)
    await put(target, keywords={"else"})
    wanted = [keys_there[2], keys_there[0], keys_there[1]]
    made = await (source.copy(wanted, target) if way == "copy" else source.move(wanted, target))
    there = await contents(open_maildrop("other"))
    assert [there[key] for key in made] == [before[key] for key in wanted]
    assert len(there) == 4
    for session in (source, open_maildrop()):
        assert await contents(session) == (before if way == "copy" else {})


@pytest.mark.parametrize("way", ["copy", "move"])
async def test_letters_go_to_a_maildrop_of_another_kind_and_come_back(open_maildrop: Open, way: str):
    source, elsewhere, back = open_maildrop(), MemoryMaildrop(), open_maildrop("back")
    await filled(source)
    before = await contents(source)
    away = await (source.copy(before, elsewhere) if way == "copy" else source.move(before, elsewhere))
    made = await (elsewhere.copy(away, back) if way == "copy" else elsewhere.move(away, back))
    there = await contents(back)
    assert [there[key] for key in made] == list(before.values())
    assert len(await source.scan()) == (3 if way == "copy" else 0)


async def test_copying_within_a_maildrop_makes_another_letter(open_maildrop: Open):
    maildrop = open_maildrop()
    key = await put(maildrop, LETTER, Flag.SEEN, keywords={"Work"})
    (copy,) = await maildrop.copy([key], open_maildrop())
    assert copy != key
    there = await contents(maildrop)
    assert there[copy] == there[key]
    await maildrop.expunge([key])
    assert await maildrop.fetch(copy) == LETTER


async def test_copying_nothing_is_no_error(open_maildrop: Open):
    assert list(await open_maildrop().copy([], open_maildrop("other"))) == []
    assert list(await open_maildrop().move([], open_maildrop("other"))) == []


@pytest.mark.parametrize("way", ["copy", "move"])
async def test_if_one_letter_is_gone_none_is_copied_or_moved(open_maildrop: Open, way: str):
    source, target = open_maildrop(), open_maildrop("other")
    kept, gone, last = await filled(source)
    await open_maildrop().expunge([gone])
    with pytest.raises(LetterGone):
        await (source.copy([kept, gone, last], target) if way == "copy" else source.move([kept, gone, last], target))
    assert await keys(open_maildrop("other")) == []
    assert await keys(open_maildrop()) == [kept, last]


class Full(MemoryMaildrop):
    """A maildrop with room for one letter."""

    async def begin(self, *arguments: object, **more: object):  # type: ignore[no-untyped-def, override]
        if self.shared.letters:
            raise MaildropFailure("The disk is full.")
        return await super().begin(*arguments, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("way", ["copy", "move"])
async def test_letters_stay_where_they_are_if_the_other_maildrop_fails(open_maildrop: Open, way: str):
    source, target = open_maildrop(), Full()
    there = await filled(source)
    with pytest.raises(MaildropFailure, match="full"):
        await (source.copy(there, target) if way == "copy" else source.move(there, target))
    assert target.shared.letters == {}
    assert await keys(open_maildrop()) == there


async def test_the_way_of_copying_that_every_store_has_does_the_same(open_maildrop: Open):
    source, target = open_maildrop(), open_maildrop("other")
    wanted = await filled(source)
    before = await contents(source)
    made = await copy_letters(source, wanted, target)
    there = await contents(target)
    assert [there[key] for key in made] == [before[key] for key in wanted]
