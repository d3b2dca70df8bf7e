"""Lists of letters as mailx has them (POSIX mailx, "Message Lists")."""

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from offhook.mailbox.letters import GONE_BIT, NEW_BIT, STATE_BITS, Flag
from offhook.terminal.session.mailbag import DELETED, PRESENT, THERE, Mailbag, Test, having


class BadList(Exception):
    """The list names nothing; the text is one sentence for the caller."""


_SEEN = STATE_BITS[Flag.SEEN]
_STATES: Mapping[str, Test] = MappingProxyType(
    {
        "d": having(STATE_BITS[Flag.TRASHED]),
        "n": having(NEW_BIT),
        "o": having(_SEEN, NEW_BIT),
        "r": having(_SEEN),
        "u": having(clear_bits=_SEEN),
        "f": having(STATE_BITS[Flag.FLAGGED]),
        "a": having(STATE_BITS[Flag.REPLIED]),
    }
)
_RANGE = re.compile(r"(\d+|[.^$])-(\d+|[.^$])")
NAMED = ("`", "@")
"""Stand for the letters the last command named; keyboards without the one may have the other."""


async def select(bag: Mailbag, words: Sequence[str], *, deleted: bool = False) -> Sequence[int]:
    """The numbers of the letters that `words` name, in order, each once; with no words the current one.

    Words may be parted by commas too. `deleted` is true for commands that work on deleted letters (undelete).
    Raises `BadList`.
    """
    if not len(bag):
        raise BadList("There are no letters.")
    eligible = DELETED if deleted else PRESENT
    lists = []
    for word in " ".join(words).replace(",", " ").split() or ["."]:
        numbers = await _named(bag, word, eligible)
        if not numbers:
            raise BadList(f"No letter matches {word}.")
        lists.append(numbers)
    found = lists[0] if len(lists) == 1 else sorted(set().union(*lists))
    bag.named = found
    return found


async def _named(bag: Mailbag, word: str, eligible: Test) -> Sequence[int]:
    spread = _RANGE.fullmatch(word)
    if spread:
        first, last = (_position(bag, end, eligible) for end in spread.groups())
        if first > last:
            raise BadList(f"The range {word} runs backwards.")
        return bag.all(eligible, first, last)
    if word == "*":
        return bag.all(eligible)
    if word in NAMED:
        return [number for number in bag.named if eligible[bag.state(number) or 0]]
    if word.isdecimal() or word in (".", "^", "$", "+", "-"):
        return [_one(bag, word, eligible)]
    if word.startswith(":"):
        return bag.all(_state_test(word, eligible))
    by_subject = word.startswith("/")
    refs = await bag.catalog.matching("subject" if by_subject else "sender", word[1:] if by_subject else word)
    return bag.among(frozenset(refs), eligible)


def _state_test(word: str, eligible: Test) -> Test:
    """Any of the states that follow the colon; deleted letters only if they are asked for."""
    tests = [_STATES.get(letter.lower()) for letter in word[1:]]
    if not tests or None in tests:
        raise BadList(f"{word}: the states are :n :u :o :r :f :a :d.")
    within = THERE if "d" in word.lower() else eligible
    return bytes(within[state] and any(test[state] for test in tests if test) for state in range(256))


def _position(bag: Mailbag, end: str, eligible: Test) -> int:
    return min(int(end[:9]), len(bag) + 1) if end.isdecimal() else _one(bag, end, eligible)


def _one(bag: Mailbag, word: str, eligible: Test) -> int:
    match word:
        case "^":
            number = bag.first(eligible)
        case "$":
            number = bag.last(eligible)
        case "+":
            number = bag.first(eligible, after=bag.dot)
        case "-":
            number = bag.last(eligible, before=bag.dot)
        case _:
            number = bag.dot if word == "." else int(word[:9])
            _check(bag, number, word, eligible)
    if not number:
        raise BadList("There is no further letter.")
    return number


def _check(bag: Mailbag, number: int, word: str, eligible: Test) -> None:
    """Say why the letter of that number cannot be meant."""
    state = bag.state(number)
    if state is None:
        raise BadList(f"There is no letter {word}." if word != "." else "There is no current letter.")
    if state & GONE_BIT:
        raise BadList(f"Letter {number} is gone: another program removed it.")
    if not eligible[state] and state & STATE_BITS[Flag.TRASHED]:
        raise BadList(f"Letter {number} is deleted; u {number} brings it back.")
    if not eligible[state]:
        raise BadList(f"Letter {number} is not deleted.")
