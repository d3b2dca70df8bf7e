"""Commands on letters that are there: reading, listing, marking."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from offhook.mailbox.letters import Flag, render_raw
from offhook.terminal.screen import size
from offhook.terminal.session.desk import Guest
from offhook.terminal.session.index import screenful, show_rows
from offhook.terminal.session.mailbag import DELETED, PRESENT, UNREAD, Mailbag, Numbered
from offhook.terminal.session.message_list import BadList, select
from offhook.terminal.session.reader import show_letter, show_source, show_top
from offhook.terminal.session.saying import say
from offhook.terminal.session.terminal import Interrupted, Terminal

_SEEN = frozenset({Flag.SEEN})
_TRASHED = frozenset({Flag.TRASHED})
_FLAGGED = frozenset({Flag.FLAGGED})


class LetterCommands:
    """Acts on one mailbag; `now` tells the time.

    A letter may be large, and is looked at for as long as the caller likes: only its text is held meanwhile.
    """

    def __init__(self, terminal: Terminal, guest: Guest, bag: Mailbag, now: Callable[[], datetime]) -> None:
        self._terminal = terminal
        self._guest = guest
        self._bag = bag
        self._now = now
        self._shown = 0

    def turned(self) -> None:
        """The mailbag holds another folder now: nothing of it has been shown."""
        self._shown = 0

    async def next(self, words: list[str]) -> None:
        """Read the current letter if it has not been shown yet, else the next one."""
        if words:
            await self.read(words)
            return
        bag = self._bag
        if bag.dot != self._shown and PRESENT[bag.state(bag.dot) or 0] and bag.state(bag.dot) is not None:
            await self._show_all([bag.dot])
            return
        following = bag.first(UNREAD, after=bag.dot) or bag.first(PRESENT, after=bag.dot)
        if not following:
            raise BadList("No more letters." if len(bag) else "There are no letters.")
        await self._show_all([following])

    async def read(self, words: list[str]) -> None:
        """Read letters one after the other."""
        await self._show_all(await select(self._bag, words))

    async def _show_all(self, numbers: Sequence[int]) -> None:
        async for letter in self._bag.each(numbers):
            await self._show(letter)

    async def _show(self, letter: Numbered) -> None:
        shown = await self._guest.render(await self._begin(letter))
        await self._reading(letter, show_letter(self._terminal, shown, self._guest.addresses, self._now()))

    async def source(self, words: list[str]) -> None:
        """Show letters as they came."""
        async for letter in self._bag.each(await select(self._bag, words)):
            lines = render_raw(await self._begin(letter))
            await self._reading(letter, show_source(self._terminal, lines))

    async def _begin(self, letter: Numbered) -> bytes:
        self._bag.dot = self._shown = letter.number
        return await self._bag.maildrop.fetch(letter.key)

    async def _reading(self, letter: Numbered, shown: Awaitable[None]) -> None:
        """A letter is read once it has been shown or stopped, not if the call was lost over it."""
        try:
            await shown
        except Interrupted:
            await self._bag.mark(letter, add=_SEEN)
            raise
        await self._bag.mark(letter, add=_SEEN)

    async def top(self, words: list[str]) -> None:
        """Show the beginnings of letters."""
        async for letter in self._bag.each(await select(self._bag, words)):
            self._bag.dot = letter.number
            shown = await self._guest.render(await self._bag.maildrop.fetch(letter.key))
            await show_top(self._terminal, shown, self._guest.addresses, self._now())

    async def headers(self, words: list[str]) -> None:
        """List the screenful around a letter, by default the current one."""
        around = (await select(self._bag, words))[0] if words else self._bag.dot
        await self._list(around)

    async def scroll(self, words: list[str]) -> None:
        """List the next screenful, or with "-" the previous one; dot goes to its first letter."""
        rows = self._terminal.capabilities.index_rows
        page = screenful(self._bag, rows, self._bag.dot, turned=-1 if words == ["-"] else 1)
        if not page:
            raise BadList("There are no more letters that way.")
        self._bag.dot = page[0]
        await show_rows(self._terminal, self._bag, page)

    async def _list(self, around: int) -> None:
        page = screenful(self._bag, self._terminal.capabilities.index_rows, around)
        if not page:
            raise BadList("There are no letters.")
        await show_rows(self._terminal, self._bag, page)

    async def from_(self, words: list[str]) -> None:
        """List the letters named."""
        await show_rows(self._terminal, self._bag, await select(self._bag, words))

    async def search(self, words: list[str]) -> None:
        """List the letters that hold all the words, the latest screenful of them; they are then named."""
        if not words:
            raise BadList("Search for which words? sea bread butter finds letters that hold both.")
        found = await self._bag.catalog.search(words)
        numbers = self._bag.among(frozenset(found.refs), PRESENT)
        unread = f"{found.unread} letters have not been looked at yet." if found.unread else ""
        if not numbers:
            raise BadList(f"No letter holds {' and '.join(words)}. {unread}".rstrip())
        self._bag.named = numbers
        page = numbers[-self._terminal.capabilities.index_rows :]
        await show_rows(self._terminal, self._bag, page)
        if len(page) < len(numbers):
            await say(self._terminal, f"The last {len(page)} of {len(numbers)} letters; f @ lists them all.")
        if unread:
            await say(self._terminal, unread)

    async def sizes(self, words: list[str]) -> None:
        """Say how large letters are."""
        async for letter in self._bag.each(await select(self._bag, words)):
            await self._terminal.write(f"{letter.number}: {size(letter.entry.size)}\n")

    async def delete(self, words: list[str]) -> None:
        """Mark letters for deletion; dot goes to the next one that is left."""
        numbers = await select(self._bag, words)
        async for letter in self._bag.each(numbers):
            await self._bag.mark(letter, add=_TRASHED)
        last = numbers[-1]
        after = self._bag.first(PRESENT, after=last)
        self._bag.dot = after or self._bag.last(PRESENT) or last
        self._shown = self._shown if after else self._bag.dot

    async def delete_and_next(self, words: list[str]) -> None:
        """Mark letters for deletion and read the next one."""
        await self.delete(words)
        if not PRESENT[self._bag.state(self._bag.dot) or 0] or self._bag.dot == self._shown:
            raise BadList("No more letters.")
        await self._show_all([self._bag.dot])

    async def undelete(self, words: list[str]) -> None:
        """Take deletion marks back: of the letters named, else of the current or the next deleted one."""
        if not words:
            number = self._bag.first(DELETED, after=self._bag.dot - 1) or self._bag.last(DELETED)
            if not number:
                raise BadList("No letter is deleted.")
            words = [str(number)]
        async for letter in self._bag.each(await select(self._bag, words, deleted=True)):
            await self._bag.mark(letter, remove=_TRASHED)
            self._bag.dot = letter.number

    async def unread(self, words: list[str]) -> None:
        """Mark letters as not read."""
        async for letter in self._bag.each(await select(self._bag, words)):
            await self._bag.mark(letter, remove=_SEEN)

    async def touch(self, words: list[str]) -> None:
        """Mark letters as read."""
        async for letter in self._bag.each(await select(self._bag, words)):
            await self._bag.mark(letter, add=_SEEN)

    async def flag(self, words: list[str]) -> None:
        """Mark letters as important."""
        async for letter in self._bag.each(await select(self._bag, words)):
            await self._bag.mark(letter, add=_FLAGGED)

    async def unflag(self, words: list[str]) -> None:
        """Take that mark back."""
        async for letter in self._bag.each(await select(self._bag, words)):
            await self._bag.mark(letter, remove=_FLAGGED)
