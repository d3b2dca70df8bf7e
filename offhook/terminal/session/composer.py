"""Writing a letter by lines, with mailx's tilde escapes (POSIX mailx, "Command Escapes")."""

import re
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from offhook.mailbox.letters import (
    MaildropFailure,
    PermanentFailure,
    TemporaryFailure,
    compose,
    envelope_of,
    parse_addresses,
)
from offhook.terminal.discipline import one_line, spell
from offhook.terminal.screen import cut, wrap
from offhook.terminal.session.desk import Desk, Guest
from offhook.terminal.session.kept_letters import KeptLetters
from offhook.terminal.session.message_list import BadList
from offhook.terminal.session.reader import show_pages
from offhook.terminal.session.saying import say
from offhook.terminal.session.terminal import EndOfInput, HungUp, Interrupted, Terminal
from offhook.terminal.session.unsent import Unsent

HELP = """\
.        alone on a line: send
~q       stop, keep the letter for later
~x       stop, throw it away
~p       show it so far
~s text  another subject
~t ~c ~b addresses: add To, Cc, Bcc
~h       ask To, Cc, Subject again
~3 text  write line 3 anew
~d 3-5   take lines 3 to 5 away
~m 2     take in letter 2, marked
~f 2     take it in without marks
~~       a line that begins with ~"""
MOST_RECIPIENTS = 100
"""In each of To, Cc and Bcc."""
SAVE_AGAIN = timedelta(seconds=0.5)
"""While line after line comes by itself, as from a file, the draft is put on disk this often."""
_LINES = re.compile(r"(\d{1,6})(?:-(\d{1,6}))?")

Insert = Callable[[list[str], str], Awaitable[list[str]]]
"""The lines of the letters that words name, each line after a mark. Raises `BadList`, `MaildropFailure`."""

UNKEPT = "(The letter cannot be kept: this host's disk fails. . sends it, ~x throws it away.)"


class Composer:
    """Writes one letter for `guest` on `terminal`; `insert` fetches other letters to take in."""

    def __init__(self, terminal: Terminal, desk: Desk, guest: Guest, unsent: Unsent, insert: Insert) -> None:
        self._terminal = terminal
        self._desk = desk
        self._guest = guest
        self._unsent = unsent
        self._insert = insert
        self._kept = KeptLetters(guest.drafts)
        self._warned = False
        self._saved: datetime | None = None
        self._over = False

    async def write(self) -> bool:
        """From the first missing header line to the end; true if the letter was sent.

        However it is left, the letter is kept unless it was sent or thrown away. Raises `HungUp`.
        """
        try:
            return await self._ask_headers() and await self._body()
        except GeneratorExit:
            raise
        except BaseException:  # the host going down too
            if not self._over:
                await self._keep()
            raise

    async def add(self, recipients: list[str], typed: str) -> None:
        """Add the addresses in `typed` to `recipients`; each that cannot be is said, with the reason."""
        named = [each.address for each in parse_addresses(typed)] if set(typed) & set('<"(') else []
        for word in named or typed.replace(",", " ").split():
            try:
                address = await self._guest.post_office.check(word)
            except (PermanentFailure, TemporaryFailure) as why:
                await self._say(f"{one_line(word)}: {one_line(str(why))}")
                continue
            if len(recipients) >= MOST_RECIPIENTS:
                await self._say(f"There are {MOST_RECIPIENTS} already: {one_line(address)} and the rest are left out.")
                return
            if address not in recipients:
                recipients.append(address)

    async def _say(self, text: str) -> None:
        """Show a line; ^C while it is shown is meant for nothing else."""
        try:
            await say(self._terminal, text)
        except Interrupted:
            return

    def _with_escape(self, text: str) -> str:
        """`text` of ours with the caller's own escape for `~`."""
        return text.replace("~", self._terminal.capabilities.escape)

    async def _ask_headers(self) -> bool:
        """Ask what is missing; false if the caller gives up."""
        unsent = self._unsent
        try:
            while not unsent.to:
                typed = await self._terminal.ask("To: ")
                if not typed.strip():
                    await self._say("No recipient, no letter.")
                    return bool(await self._stop(keep=bool(unsent.lines)))
                await self.add(unsent.to, typed)
            if not unsent.subject:
                await self._keep()
                unsent.subject = one_line(await self._terminal.ask("Subject: "))
        except (Interrupted, EndOfInput):
            return bool(await self._stop(keep=bool(unsent.lines)))
        except HungUp as lost:
            if unsent.to:
                unsent.subject = unsent.subject or one_line(lost.typed)
            raise
        await self._keep()
        return True

    async def _body(self) -> bool:
        count = len(self._unsent.lines)
        there = f"{count} line{'s' if count != 1 else ''} there, ~p shows them; " if count else ""
        await self._say(self._with_escape(f"({there}. ends, ~? helps)"))
        interrupted = False
        while True:
            try:
                line = await self._terminal.ask("")
                interrupted = False
            except Interrupted:
                if interrupted and (stopped := await self._stop(keep=True)) is not None:
                    return stopped
                interrupted = True
                await self._say("(^C again stops; the letter is kept)")
                continue
            except EndOfInput:
                line = "."
            except HungUp as lost:
                if lost.typed:
                    self._unsent.lines.append(lost.typed)
                raise
            outcome = await self._take(line)
            if outcome is not None:
                return outcome
            await self._keep_soon()

    async def _take(self, line: str) -> bool | None:
        """A line of the letter or an escape; whether the letter was sent if that ends it, else None."""
        if line == ".":
            return await self._send()
        escape = self._terminal.capabilities.escape
        doubled = line.startswith(escape * 2)
        if line.startswith(escape) and not doubled:
            return await self._escape(line[1:2].lower(), line[2:].strip(), line)
        if self._unsent.full:
            await self._say("The letter is as long as it can be: . sends it. This line is left out.")
        else:
            self._unsent.lines.append(line.removeprefix(escape) if doubled else line)
        return None

    async def _escape(self, letter: str, rest: str, line: str) -> bool | None:
        unsent = self._unsent
        match letter:
            case ".":
                return await self._send()
            case "q" | "x":
                return await self._stop(keep=letter == "q")
            case "p":
                await self._show()
            case "s":
                unsent.subject = one_line(rest)
            case "t" | "c" | "b":
                await self.add({"t": unsent.to, "c": unsent.cc, "b": unsent.bcc}[letter], rest)
            case "h":
                await self._headers_again()
            case "m" | "f":
                await self._take_in(rest, "> " if letter == "m" else "")
            case "d":
                await self._change(rest, None)
            case _ if letter.isdecimal():
                number, _, text = line[1:].partition(" ")
                await self._change(number, text)
            case "?":
                await self._say(self._with_escape(HELP))
            case "!" | "|" | "<" | "r" | "e" | "v" | ":" | "_":
                await self._say("There is no shell here.")
            case _:
                escape = self._terminal.capabilities.escape
                await self._say(f"There is no {escape}{one_line(letter)}: {escape}? lists what there is.")
        return None

    async def _headers_again(self) -> None:
        unsent = self._unsent
        try:
            for prompt, recipients in (("To: ", unsent.to), ("Cc: ", unsent.cc)):
                typed = await self._terminal.ask(self._standing(", ".join(recipients)) + prompt)
                if typed.strip():
                    fresh: list[str] = []
                    await self.add(fresh, typed)
                    recipients[:] = fresh or recipients
            subject = await self._terminal.ask(f"{self._standing(unsent.subject)}Subject: ")
            unsent.subject = one_line(subject) or unsent.subject
        except (Interrupted, EndOfInput):
            await self._say("(the rest is left as it was)")

    def _standing(self, text: str) -> str:
        """What stands in a header line now, as far as half a line shows it."""
        known = self._terminal.capabilities
        return f"({cut(one_line(spell(text, known.charset)), known.columns // 2)}) " if text else ""

    async def _take_in(self, words: str, mark: str) -> None:
        try:
            lines = await self._insert(words.split(), mark)
        except (BadList, MaildropFailure) as why:
            await self._say(one_line(str(why)))
            return
        if self._unsent.full:
            await self._say("The letter is as long as it can be.")
            return
        self._unsent.lines += lines
        await self._say(f"({len(lines)} line{'s' if len(lines) != 1 else ''})")

    async def _change(self, numbers: str, text: str | None) -> None:
        """Put `text` in place of the lines, or take them away."""
        lines = self._unsent.lines
        found = _LINES.fullmatch(numbers)
        first = int(found[1]) if found else 0
        last = int(found[2]) if found and found[2] else first
        if 0 < first <= last <= len(lines):
            lines[first - 1 : last] = [] if text is None else [text]
        else:
            await self._say(f"Which line? There are {len(lines)}.")

    async def _show(self) -> None:
        unsent, known = self._unsent, self._terminal.capabilities
        head = [f"To: {', '.join(unsent.to)}"]
        head += [f"{name}: {', '.join(who)}" for name, who in (("Cc", unsent.cc), ("Bcc", unsent.bcc)) if who]
        body = [f"{number:2} {line}" for number, line in enumerate(unsent.lines, 1)]
        lines = [*head, f"Subject: {unsent.subject}", "", *body]
        try:
            await show_pages(self._terminal, wrap((spell(line, known.charset) for line in lines), known.columns))
        except Interrupted:
            return

    async def _stop(self, *, keep: bool) -> bool | None:
        """Leave the letter, kept or thrown away: False, or None if it was to be kept and cannot be."""
        if keep and self._unsent.begun:
            if not await self._keep():
                await self._say(self._with_escape(UNKEPT))
                return None
            self._over = True
            await self._say("The letter is kept: m alone goes on with it.")
        else:
            self._over = True
            await self._kept.drop(self._unsent)
            await self._say("The letter is thrown away.")
        return False

    async def _keep_soon(self) -> None:
        """Keep the letter, unless that was done a moment ago and the next line is there already."""
        recent = self._saved is not None and self._desk.now() - self._saved < SAVE_AGAIN
        if not (recent and self._terminal.line_waiting) and not await self._keep() and not self._warned:
            self._warned = True
            await self._say(self._with_escape(UNKEPT))

    async def _keep(self) -> bool:
        """Keep the letter, if there is anything to keep; false if that cannot be done."""
        if self._unsent.begun and not await self._kept.keep(self._unsent):
            return False
        self._saved = self._desk.now()
        return True

    async def _send(self) -> bool | None:
        """Hand the letter over; "Sent." only once that is done. If it cannot be, the letter is still there."""
        desk, guest, unsent = self._desk, self._guest, self._unsent
        draft = unsent.draft(guest.address)
        try:
            envelope = envelope_of(draft)
            letter = compose(draft, date=desk.now(), message_id=unsent.message_id)
            await guest.post_office.post(envelope, letter)
        except (PermanentFailure, TemporaryFailure) as why:
            await self._keep()
            help_ = self._with_escape("(~? is help, ~q keeps the letter)")
            await self._say(f"Not sent: {one_line(str(why))} {help_}")
            return None
        self._over = True
        await self._kept.drop(unsent)
        await self._say("Sent.")
        return True
