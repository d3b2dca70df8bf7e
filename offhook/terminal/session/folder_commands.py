"""Commands on folders: going to another one, listing them, copying and moving letters into them (POSIX mailx)."""

import re
from collections.abc import Callable, Sequence
from contextlib import suppress

from offhook.mailbox.letters import INBOX, Flag, LetterKey, Maildrop, MaildropFailure
from offhook.terminal.discipline import one_line
from offhook.terminal.screen import wrap
from offhook.terminal.session.desk import Guest
from offhook.terminal.session.index import show_start, status
from offhook.terminal.session.mailbag import PRESENT, Mailbag, Numbered
from offhook.terminal.session.message_list import BadList, select
from offhook.terminal.session.reader import show_pages
from offhook.terminal.session.saying import say
from offhook.terminal.session.terminal import Terminal

_PLAIN = re.compile(r"[^\W_][\w/.&-]*")
_TRASHED = frozenset({Flag.TRASHED})


class FolderCommands:
    """Acts on one mailbag, which holds the folder that is open; `turned` is called when it holds another."""

    def __init__(self, terminal: Terminal, guest: Guest, bag: Mailbag, turned: Callable[[], None]) -> None:
        self._terminal = terminal
        self._guest = guest
        self._bag = bag
        self._turned = turned
        self._name = INBOX
        self._before = INBOX

    async def folder(self, words: list[str]) -> None:
        """Leave this folder as quit does and go to another; with no words say which one this is."""
        if not words:
            await say(self._terminal, f"{one_line(self._name)}: {status(self._bag)}")
            return
        name = self._wanted(words)
        maildrop = self._guest.maildrop if name == INBOX else await self._guest.folders.open(name)
        other = Mailbag(maildrop, self._bag.zone)
        try:
            await other.open()
            await self._leave()
        except BaseException:  # the carrier lost too: nobody else knows of the folder just opened
            await self._let_go(maildrop)
            raise
        left = self._bag.maildrop
        self._bag.become(other)
        self._turned()
        self._before, self._name = self._name, name
        await self._let_go(left)
        await show_start(self._terminal, self._bag, name)

    async def _leave(self) -> None:
        """Remove for good what was marked for it."""
        if count := await self._bag.expunge():
            await say(self._terminal, f"{_letters(count)} removed.")

    async def _let_go(self, maildrop: Maildrop) -> None:
        if maildrop is not self._guest.maildrop:
            with suppress(MaildropFailure):
                await maildrop.close()

    def _wanted(self, words: list[str]) -> str:
        rest, name = _folder_in(words)
        if rest:
            raise BadList("One folder at a time; a name with a blank in it stands between double quotes.")
        match name:
            case "%":
                return INBOX
            case "#":
                return self._before
        return INBOX if name.upper() == INBOX else name

    async def folders(self, _words: list[str]) -> None:
        """List the folders; the one that is open has a star."""
        names = await self._guest.folders.names()
        lines = [f"{'*' if name == self._name else ' '} {one_line(name)}" for name in names]
        await show_pages(self._terminal, wrap(lines, self._terminal.capabilities.columns))

    async def save(self, words: list[str]) -> None:
        """Copy letters into a folder, which is made if it is not there."""
        numbers, name, folder = await self._target(words)
        try:
            await self._copy(await self._chosen(numbers), folder)
        finally:
            await self._let_go(folder)
        await say(self._terminal, f"{_letters(len(numbers))} copied into {one_line(name)}.")

    async def move(self, words: list[str]) -> None:
        """Copy letters into a folder and remove them here; dot goes to the next one that is left."""
        numbers, name, folder = await self._target(words)
        try:
            if name == self._name:
                raise BadList("The letters are in that folder already.")
            chosen = await self._chosen(numbers)
            await self._bag.maildrop.move([letter.key for letter in chosen], folder)
        finally:
            await self._let_go(folder)
        bag = self._bag
        await bag.refresh()
        bag.dot = bag.first(PRESENT, after=numbers[-1]) or bag.last(PRESENT) or numbers[-1]
        await say(self._terminal, f"{_letters(len(numbers))} moved into {one_line(name)}.")

    async def _target(self, words: list[str]) -> tuple[Sequence[int], str, Maildrop]:
        """The letters that are meant, the name of the folder, and the folder itself."""
        rest, name = _folder_in(words)
        if name == "%" or name.upper() == INBOX:
            name = INBOX
        elif name == "#":
            name = self._before
        numbers = await select(self._bag, rest)
        if name == INBOX:
            return numbers, name, self._guest.maildrop
        await self._guest.folders.create(name)
        return numbers, name, await self._guest.folders.open(name)

    async def _chosen(self, numbers: Sequence[int]) -> list[Numbered]:
        return [letter async for letter in self._bag.each(numbers)]

    async def _copy(self, letters: Sequence[Numbered], folder: Maildrop) -> None:
        copies: Sequence[LetterKey] = await self._bag.maildrop.copy([letter.key for letter in letters], folder)
        for letter, copy in zip(letters, copies, strict=True):
            if letter.deleted:
                await folder.mark(copy, remove=_TRASHED)

    async def close(self) -> None:
        """Give back what is open."""
        for maildrop in {id(each): each for each in (self._bag.maildrop, self._guest.maildrop)}.values():
            with suppress(MaildropFailure):
                await maildrop.close()


def _folder_in(words: list[str]) -> tuple[list[str], str]:
    """The words before a folder's name, and the name: the last word, after a `+`, or what is quoted.

    A name that could be a list of letters is taken for a folder only with `+` or quotes.
    """
    which = 'Which folder? s 3 work copies letter 3 into the folder work (for other names write "a name" or +name).'
    if not words:
        raise BadList(which)
    last = words[-1]
    if last.endswith('"'):
        text = " ".join(words)
        start = text.rfind('"', 0, -1)
        if start < 0 or (start and text[start - 1] not in " +"):
            raise BadList(which)
        rest, name = text[:start].removesuffix("+").split(), text[start + 1 : -1]
    else:
        rest, name = words[:-1], last.removeprefix("+")
        if last in ("%", "#"):
            return rest, last
        if name == last and not (_PLAIN.fullmatch(name) and any(map(str.isalpha, name))):
            raise BadList(which)
    if not name:
        raise BadList(which)
    return rest, name


def _letters(count: int) -> str:
    return f"{count} letter{'s' if count != 1 else ''}"
