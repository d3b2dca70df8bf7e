"""Lists of letters as mailx has them (POSIX mailx, "Message Lists")."""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

from offhook.mailbox.letters import Flag
from offhook.terminal.session.mailbag import Mailbag, Numbered


class BadList(Exception):
    """The list names nothing; the text is one sentence for the caller."""


_STATES: Mapping[str, Callable[[Numbered], bool]] = MappingProxyType(
    {
        "d": lambda letter: letter.deleted,
        "n": lambda letter: letter.entry.new,
        "o": lambda letter: not letter.unread and not letter.entry.new,
        "r": lambda letter: not letter.unread,
        "u": lambda letter: letter.unread,
        "f": lambda letter: Flag.FLAGGED in letter.entry.flags,
        "a": lambda letter: Flag.REPLIED in letter.entry.flags,
    }
)
_RANGE = re.compile(r"(\d+|[.^$])-(\d+|[.^$])")


async def select(bag: Mailbag, words: list[str], *, deleted: bool = False) -> list[Numbered]:
    """The letters that `words` name, in order, each once; with no words the current one.

    Words may be parted by commas too. `deleted` is true for commands that work on deleted letters (undelete).
    Raises `BadList`.
    """
    if not bag.letters:
        raise BadList("There are no letters.")
    found: dict[int, Numbered] = {}
    for word in " ".join(words).replace(",", " ").split() or ["."]:
        letters = await _named(bag, word, deleted)
        if not letters:
            raise BadList(f"No letter matches {word}.")
        found.update((letter.number, letter) for letter in letters)
    return [found[number] for number in sorted(found)]


async def _named(bag: Mailbag, word: str, deleted: bool) -> list[Numbered]:
    def eligible(letter: Numbered) -> bool:
        return not letter.gone and letter.deleted == deleted

    spread = _RANGE.fullmatch(word)
    if spread:
        first, last = (_position(bag, end, deleted) for end in spread.groups())
        if first > last:
            raise BadList(f"The range {word} runs backwards.")
        return [letter for letter in bag.letters[max(first - 1, 0) : last] if eligible(letter)]
    if word == "*":
        return [letter for letter in bag.letters if eligible(letter)]
    if word.isdecimal() or word in (".", "^", "$", "+", "-"):
        return [_one(bag, word, deleted)]
    if word.startswith(":"):
        tests = [_STATES.get(letter.lower()) for letter in word[1:]]
        if not tests or None in tests:
            raise BadList(f"{word}: the states are :n :u :o :r :f :a :d.")
        candidates = bag.letters if "d" in word.lower() else [letter for letter in bag.letters if eligible(letter)]
        return [letter for letter in candidates if not letter.gone and any(test(letter) for test in tests if test)]
    return await _matching(bag, word, [letter for letter in bag.letters if eligible(letter)])


def _position(bag: Mailbag, end: str, deleted: bool) -> int:
    return min(int(end[:9]), len(bag.letters) + 1) if end.isdecimal() else _one(bag, end, deleted).number


def _one(bag: Mailbag, word: str, deleted: bool) -> Numbered:
    there = [letter for letter in bag.letters if not letter.gone and letter.deleted == deleted]
    letter: Numbered | None
    match word:
        case "^":
            letter = next(iter(there), None)
        case "$":
            letter = there[-1] if there else None
        case "+":
            letter = next((each for each in there if each.number > bag.dot), None)
        case "-":
            letter = next((each for each in reversed(there) if each.number < bag.dot), None)
        case _:
            number = bag.dot if word == "." else int(word[:9])
            letter = bag.find(number)
            if letter is not None and letter.gone:
                raise BadList(f"Letter {number} is gone: another program removed it.")
            if letter is not None and letter.deleted and not deleted:
                raise BadList(f"Letter {number} is deleted; u {number} brings it back.")
            if letter is not None and not letter.deleted and deleted:
                raise BadList(f"Letter {number} is not deleted.")
            if letter is None:
                raise BadList(f"There is no letter {word}." if word != "." else "There is no current letter.")
    if letter is None:
        raise BadList("There is no further letter.")
    return letter


async def _matching(bag: Mailbag, word: str, letters: list[Numbered]) -> list[Numbered]:
    """/text looks in subjects, anything else in senders; case does not matter."""
    by_subject = word.startswith("/")
    wanted = word[1:].casefold() if by_subject else word.casefold()
    found = []
    for letter in letters:
        summary = await bag.summary(letter)
        text = summary.subject if by_subject else f"{summary.from_name} {summary.from_address}"
        if wanted in text.casefold():
            found.append(letter)
    return found
