"""Commands that write letters: mail, reply, forward, and going on with one that was kept."""

from offhook.mailbox.letters import Flag, forward, reply
from offhook.terminal.session.composer import Composer
from offhook.terminal.session.desk import Desk, Guest
from offhook.terminal.session.mailbag import Mailbag
from offhook.terminal.session.message_list import select
from offhook.terminal.session.terminal import EndOfInput, Interrupted, Terminal
from offhook.terminal.session.unsent import Unsent, from_draft, from_kept


class Writing:
    """Acts for one guest."""

    def __init__(self, terminal: Terminal, desk: Desk, guest: Guest, bag: Mailbag) -> None:
        self._terminal = terminal
        self._desk = desk
        self._guest = guest
        self._bag = bag

    async def mail(self, words: list[str]) -> None:
        """Write a letter; without addresses go on with the one that was kept, if there is one."""
        kept = await self._guest.drafts.load()
        unsent = from_kept(kept) if kept is not None else None
        if unsent is None or not unsent.begun:
            await self._write(Unsent(), words)
        elif not words:
            await self._write(unsent, [])
        elif await self._may_replace(unsent):
            await self._write(Unsent(), words)

    async def _may_replace(self, unsent: Unsent) -> bool:
        """Whether the letter that is kept may be thrown away for a new one."""
        about = f' about "{unsent.subject}"' if unsent.subject else ""
        try:
            answer = await self._terminal.ask(f"A letter{about} is kept (m goes on with it). Throw it away? ")
        except (Interrupted, EndOfInput):
            return False
        return answer.strip().lower() in ("y", "yes")

    async def reply_all(self, words: list[str]) -> None:
        """Answer the sender and everybody the letter went to."""
        await self._reply(words, to_all=True)

    async def reply_sender(self, words: list[str]) -> None:
        """Answer the sender."""
        await self._reply(words, to_all=False)

    async def _reply(self, words: list[str], *, to_all: bool) -> None:
        letter = (await select(self._bag, words))[0]
        if not await self._nothing_kept():
            return
        self._bag.dot = letter.number
        content = await self._bag.maildrop.fetch(letter.entry.key)
        draft = reply(content, me=self._guest.address, own=self._guest.addresses, to_all=to_all)
        unsent = from_draft(draft, letter.entry.key)
        await self._check(unsent)
        await self._write(unsent, [])

    async def _check(self, unsent: Unsent) -> None:
        """Keep only recipients that a letter can be sent to, and show who they are."""
        composer = Composer(self._terminal, self._desk, self._guest, Unsent())
        for recipients in (unsent.to, unsent.cc):
            wanted = list(recipients)
            recipients.clear()
            await composer.add(recipients, " ".join(wanted))
        if unsent.to:
            copies = f"   Cc: {', '.join(unsent.cc)}" if unsent.cc else ""
            await self._terminal.write(f"To: {', '.join(unsent.to)}{copies}\nSubject: {unsent.subject}\n")

    async def forward(self, words: list[str]) -> None:
        """Send a letter on."""
        numbers = [word for word in words if word.isdigit()][:1]
        letter = (await select(self._bag, numbers))[0]
        if not await self._nothing_kept():
            return
        content = await self._bag.maildrop.fetch(letter.entry.key)
        await self._write(from_draft(forward(content, me=self._guest.address)), [w for w in words if w not in numbers])

    async def _nothing_kept(self) -> bool:
        kept = await self._guest.drafts.load()
        unsent = from_kept(kept) if kept is not None else None
        return unsent is None or not unsent.begun or await self._may_replace(unsent)

    async def _write(self, unsent: Unsent, addresses: list[str]) -> None:
        composer = Composer(self._terminal, self._desk, self._guest, unsent)
        if addresses:
            await composer.add(unsent.to, " ".join(addresses))
            if not unsent.to:
                return
        if await composer.write() and unsent.answers:
            answered = [letter for letter in self._bag.letters if letter.entry.key == unsent.answers]
            for letter in answered:
                await self._bag.mark(letter, add=frozenset({Flag.REPLIED}))
