"""The unfinished letters of a subscriber, kept from one call to the next.

They are kept as one value in the subscriber's `DraftBox`, which is read anew for each change: two
calls at a time may both be writing, and neither takes away what the other has kept.
"""

import json
from dataclasses import asdict

from offhook.terminal.session.desk import DraftBox
from offhook.terminal.session.unsent import Unsent

MOST = 5
"""Letters kept at a time; with the bounds of each, less than 4,000,000 octets."""


class KeptLetters:
    """What is in `box`. A letter is known by its `message_id`."""

    def __init__(self, box: DraftBox) -> None:
        self._box = box

    async def all(self) -> list[Unsent]:
        """Every letter that is kept, the one changed last at the end."""
        return _read(await self._box.load() or b"")

    async def room(self) -> bool:
        """Whether another letter may be begun."""
        return len(await self.all()) < MOST

    async def keep(self, letter: Unsent) -> bool:
        """Keep `letter` as it is now; whether that could be done."""
        return await self._store([*await self._others(letter), letter])

    async def drop(self, letter: Unsent) -> None:
        """Keep `letter` no longer."""
        await self._store(await self._others(letter))

    async def _others(self, letter: Unsent) -> list[Unsent]:
        return [each for each in await self.all() if each.message_id != letter.message_id]

    async def _store(self, letters: list[Unsent]) -> bool:
        if letters:
            values = [asdict(each) for each in letters]
            return await self._box.save(json.dumps(values, ensure_ascii=False).encode("utf-8"))
        await self._box.clear()
        return True


def _read(data: bytes) -> list[Unsent]:
    """The letters in a value that was kept; what is something else is left out."""
    try:
        values = json.loads(data)
    except (ValueError, RecursionError):
        return []
    letters = (_letter(each) for each in values) if isinstance(values, list) else ()
    return [each for each in letters if each is not None and each.begun]


def _letter(values: object) -> Unsent | None:
    if not isinstance(values, dict):
        return None
    try:
        letter = Unsent(**values)
    except TypeError:
        return None
    texts = [letter.message_id, letter.subject, letter.in_reply_to, letter.answers]
    lists = [letter.to, letter.cc, letter.bcc, letter.lines, letter.references]
    whole = all(isinstance(text, str) for text in texts) and all(
        isinstance(each, list) and all(isinstance(item, str) for item in each) for each in lists
    )
    return letter if whole else None
