"""Commands that write letters: mail, reply, forward, and going on with one that was kept."""

from offhook.mailbox.letters import Flag, LetterKey, forward, make_message_id, reply
from offhook.terminal.session.composer import Composer
from offhook.terminal.session.desk import Desk, Guest
from offhook.terminal.session.kept_letters import KeptLetters
from offhook.terminal.session.mailbag import Mailbag, Numbered
from offhook.terminal.session.message_list import BadList, select
from offhook.terminal.session.saying import say
from offhook.terminal.session.terminal import Terminal
from offhook.terminal.session.unsent import Unsent, from_draft, taken_in

_REPLIED = frozenset({Flag.REPLIED})
_PASSED = frozenset({Flag.PASSED})


class Writing:
    """Acts for one guest."""

    def __init__(self, terminal: Terminal, desk: Desk, guest: Guest, bag: Mailbag) -> None:
        self._terminal = terminal
        self._desk = desk
        self._guest = guest
        self._bag = bag
        self._kept = KeptLetters(guest.drafts)

    async def mail(self, words: list[str]) -> None:
        """Write a letter; without addresses go on with the one that was kept last, if there is one."""
        kept = [] if words else await self._kept.all()
        if kept:
            unsent = kept[-1]
            if unsent.to:
                await self._announce(unsent)
            await self._write(unsent)
            return
        unsent = Unsent(await self._message_id())
        if words:
            await self._composer(unsent).add(unsent.to, " ".join(words))
            if not unsent.to:
                return
        await self._write(unsent)

    async def reply_all(self, words: list[str]) -> None:
        """Answer the sender and everybody the letter went to."""
        await self._reply(words, to_all=True)

    async def reply_sender(self, words: list[str]) -> None:
        """Answer the sender."""
        await self._reply(words, to_all=False)

    async def _reply(self, words: list[str], *, to_all: bool) -> None:
        letter = await self._first(words)
        message_id = await self._message_id()
        content = await self._fetch(letter)
        shown = await self._guest.render(content)
        draft = reply(content, me=self._guest.address, own=self._guest.addresses, to_all=to_all, shown=shown)
        unsent = from_draft(draft, message_id, letter.key)
        del content, shown, draft  # the letter may be large, and writing takes its time
        composer = self._composer(unsent)
        for recipients in (unsent.to, unsent.cc):
            wanted = list(recipients)
            recipients.clear()
            for address in wanted:
                await composer.add(recipients, address)
        if unsent.to:
            await self._announce(unsent)
        await self._write(unsent)

    async def forward(self, words: list[str]) -> None:
        """Send a letter on."""
        numbers = [word for word in words if word.isdecimal() or word in ("^", "$", ".")][:1]
        addresses = [word for word in words if word not in numbers]
        letter = await self._first(numbers)
        message_id = await self._message_id()
        content = await self._fetch(letter)
        shown = await self._guest.render(content)
        unsent = from_draft(forward(content, me=self._guest.address, shown=shown), message_id)
        del content, shown
        if addresses:
            await self._composer(unsent).add(unsent.to, " ".join(addresses))
            if not unsent.to:
                return
        if await self._write(unsent):
            await self._bag.mark(letter, add=_PASSED)

    async def _message_id(self) -> str:
        """For a letter that is begun now. Raises `BadList` when no other may be."""
        if not await self._kept.room():
            escape = self._terminal.capabilities.escape
            raise BadList(f"Too many unfinished letters are kept: m goes on with the last, {escape}x throws it away.")
        return make_message_id(self._desk.unique(), self._desk.host)

    async def _first(self, words: list[str]) -> Numbered:
        """The first of the letters that `words` name."""
        number = (await select(self._bag, words))[0]
        letter = await self._bag.letter(number)
        if letter is None:
            raise BadList(f"Letter {number} is gone: another program removed it.")
        return letter

    async def _fetch(self, letter: Numbered) -> bytes:
        self._bag.dot = letter.number
        return await self._bag.maildrop.fetch(letter.key)

    async def _announce(self, unsent: Unsent) -> None:
        """Say who the letter goes to, before anything is typed."""
        copies = f"   Cc: {', '.join(unsent.cc)}" if unsent.cc else ""
        await say(self._terminal, f"To: {', '.join(unsent.to)}{copies}\nSubject: {unsent.subject}")

    def _composer(self, unsent: Unsent) -> Composer:
        return Composer(self._terminal, self._desk, self._guest, unsent, self._insert)

    async def _insert(self, words: list[str], mark: str) -> list[str]:
        """Letters as lines to be taken into another."""
        lines: list[str] = []
        async for letter in self._bag.each(await select(self._bag, words)):
            shown = await self._guest.render(await self._bag.maildrop.fetch(letter.key))
            head = [f"{name}: {text}" for name, text in shown.headers]
            lines += taken_in([f"{mark}{line}".rstrip() for line in (*head, "", *shown.body)])
        return taken_in(lines)

    async def _write(self, unsent: Unsent) -> bool:
        if not await self._composer(unsent).write():
            return False
        letter = await self._bag.named_by(LetterKey(unsent.answers)) if unsent.answers else None
        if letter is not None:
            await self._bag.mark(letter, add=_REPLIED)
        return True
