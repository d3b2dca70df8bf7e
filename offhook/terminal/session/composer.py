"""Writing a letter by lines, with mailx's tilde escapes (POSIX mailx, "Command Escapes")."""

from offhook.mailbox.letters import PermanentFailure, TemporaryFailure, compose, envelope_of, make_message_id
from offhook.terminal.discipline import clean, one_line
from offhook.terminal.screen import wrap
from offhook.terminal.session.desk import Desk, Guest
from offhook.terminal.session.reader import show_pages
from offhook.terminal.session.terminal import EndOfInput, HungUp, Interrupted, Terminal
from offhook.terminal.session.unsent import MOST_LINES, Unsent

HELP = """\
.       (alone on a line) send          ~q      stop, keep the letter for later
~p      show it so far                  ~x      stop, throw it away
~s text subject                         ~t ~c ~b addresses: add To, Cc, Bcc
~h      ask To, Cc and Subject again    ~d n    take line n away
~r n text  line n anew                  ~~      a line that begins with ~
"""


class Composer:
    """Writes one letter for `guest` on `terminal`."""

    def __init__(self, terminal: Terminal, desk: Desk, guest: Guest, unsent: Unsent) -> None:
        self._terminal = terminal
        self._desk = desk
        self._guest = guest
        self.unsent = unsent

    async def write(self) -> bool:
        """From the first missing header line to the end; true if the letter was sent.

        Raises `HungUp` after the draft has been kept.
        """
        try:
            if not await self._ask_headers():
                return False
            return await self._body()
        except HungUp as lost:
            if lost.typed:
                self.unsent.lines.append(lost.typed)
            await self._keep()
            raise

    async def _ask_headers(self) -> bool:
        """Ask what is missing; false if the caller gives up."""
        try:
            while not self.unsent.to:
                typed = await self._terminal.ask("To: ")
                if not typed.strip():
                    await self._terminal.write("No recipient, no letter.\n")
                    return False
                await self.add(self.unsent.to, typed)
            if not self.unsent.subject:
                self.unsent.subject = one_line(await self._terminal.ask("Subject: "))
        except (Interrupted, EndOfInput):
            await self._terminal.write("Given up.\n")
            return False
        return True

    async def add(self, recipients: list[str], typed: str) -> None:
        """Add the addresses in `typed` to `recipients`; each that cannot be is said, with the reason."""
        for word in typed.replace(",", " ").split():
            try:
                address = await self._guest.post_office.check(word)
            except (PermanentFailure, TemporaryFailure) as why:
                await self._terminal.write(f"{one_line(word)}: {one_line(str(why))}\n")
            else:
                if address not in recipients:
                    recipients.append(address)

    async def _body(self) -> bool:
        if self.unsent.lines:
            count = len(self.unsent.lines)
            await self._terminal.write(f"({count} line{'s' if count != 1 else ''} there already; ~p shows them)\n")
        await self._terminal.write("(. alone ends the letter, ~? is help)\n")
        interrupted = False
        while True:
            try:
                line = await self._terminal.ask("")
            except Interrupted:
                if interrupted:
                    return await self._stop(keep=True)
                interrupted = True
                await self._terminal.write("(^C again stops; the letter is kept)\n")
                continue
            except EndOfInput:
                line = "."
            interrupted = False
            if line == ".":
                if await self._send():
                    return True
                continue
            if line.startswith("~") and not line.startswith("~~"):
                outcome = await self._escape(line)
                if outcome is not None:
                    return outcome
            elif len(self.unsent.lines) >= MOST_LINES:
                await self._terminal.write("The letter is as long as it can be: . sends it.\n")
            else:
                self.unsent.lines.append(line.removeprefix("~") if line.startswith("~~") else line)
            await self._keep()

    async def _escape(self, line: str) -> bool | None:
        """Carry out a tilde escape; whether the letter was sent if that ends it, else None."""
        letter, rest = line[1:2], line[2:].strip()
        match letter:
            case ".":
                return True if await self._send() else None
            case "q":
                return await self._stop(keep=True)
            case "x":
                return await self._stop(keep=False)
            case "p":
                await self._show()
            case "s":
                self.unsent.subject = one_line(rest)
            case "t":
                await self.add(self.unsent.to, rest)
            case "c":
                await self.add(self.unsent.cc, rest)
            case "b":
                await self.add(self.unsent.bcc, rest)
            case "h":
                await self._headers_again()
            case "d" | "r":
                await self._change(letter, rest)
            case "?":
                await self._terminal.write(HELP)
            case "!" | "|" | "<" | "e" | "v":
                await self._terminal.write("There is no shell here.\n")
            case _:
                await self._terminal.write(f"There is no ~{one_line(letter)}: ~? lists what there is.\n")
        return None

    async def _headers_again(self) -> None:
        try:
            for prompt, recipients in (("To: ", self.unsent.to), ("Cc: ", self.unsent.cc)):
                typed = await self._terminal.ask(f"({', '.join(recipients)}) {prompt}" if recipients else prompt)
                if typed.strip():
                    recipients.clear()
                    await self.add(recipients, typed)
            subject = await self._terminal.ask(f"({one_line(self.unsent.subject)}) Subject: ")
            self.unsent.subject = one_line(subject) or self.unsent.subject
        except (Interrupted, EndOfInput):
            await self._terminal.write("(left as it was)\n")

    async def _change(self, letter: str, rest: str) -> None:
        number, _, text = rest.partition(" ")
        if not number.isdecimal() or not 0 < int(number[:6]) <= len(self.unsent.lines):
            await self._terminal.write(f"Which line? There are {len(self.unsent.lines)}.\n")
        elif letter == "d":
            del self.unsent.lines[int(number) - 1]
        else:
            self.unsent.lines[int(number) - 1] = text

    async def _show(self) -> None:
        unsent = self.unsent
        head = [f"To: {', '.join(unsent.to)}"]
        head += [f"{name}: {', '.join(who)}" for name, who in (("Cc", unsent.cc), ("Bcc", unsent.bcc)) if who]
        body = [f"{number:2} {clean(line)[0]}" for number, line in enumerate(unsent.lines, 1)]
        lines = [*head, f"Subject: {unsent.subject}", "", *body]
        try:
            await show_pages(self._terminal, wrap(lines, self._terminal.capabilities.columns))
        except Interrupted:
            return

    async def _stop(self, *, keep: bool) -> bool:
        if keep and self.unsent.begun:
            await self._keep()
            await self._terminal.write("The letter is kept: m without an address goes on with it.\n")
        else:
            await self._guest.drafts.clear()
            await self._terminal.write("The letter is thrown away.\n")
        return False

    async def _keep(self) -> None:
        await self._guest.drafts.save(self.unsent.kept())

    async def _send(self) -> bool:
        """Hand the letter over; "Sent." only once that is done. If it cannot be, the letter is still there."""
        desk, guest = self._desk, self._guest
        draft = self.unsent.draft(guest.address)
        try:
            envelope = envelope_of(draft)
            letter = compose(draft, date=desk.now(), message_id=make_message_id(desk.unique(), desk.host))
            await guest.post_office.post(envelope, letter)
        except (PermanentFailure, TemporaryFailure) as why:
            await self._keep()
            await self._terminal.write(f"Not sent: {one_line(str(why))} (~? is help, ~q keeps the letter)\n")
            return False
        await guest.drafts.clear()
        await self._terminal.write("Sent.\n")
        return True
