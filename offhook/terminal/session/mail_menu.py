"""The mail prompt: reads a command line, finds the command, and lets nothing it does end the session."""

import string
from collections.abc import Awaitable, Callable
from dataclasses import replace

from offhook.mailbox.letters import LetterGone, MaildropFailure
from offhook.terminal.discipline import CHARSETS, find_charset, one_line
from offhook.terminal.screen import Capabilities, wrap
from offhook.terminal.session.commands import COMMANDS, NO_SHELL, find_command
from offhook.terminal.session.desk import Desk, Guest
from offhook.terminal.session.folder_commands import FolderCommands
from offhook.terminal.session.index import show_rows, show_start
from offhook.terminal.session.kept_letters import KeptLetters
from offhook.terminal.session.letter_commands import LetterCommands
from offhook.terminal.session.mailbag import Mailbag
from offhook.terminal.session.message_list import BadList
from offhook.terminal.session.reader import show_pages
from offhook.terminal.session.saying import say
from offhook.terminal.session.terminal import EndOfInput, HungUp, Interrupted, Terminal
from offhook.terminal.session.writing import Writing

PROMPT = "? "
_LIST_SIGNS = frozenset(".$^*+-/:@`")
_MAY_ESCAPE = frozenset(string.punctuation) - {"."}  # which alone ends a letter
Handler = Callable[[list[str]], Awaitable[None]]


class MailMenu:
    """One subscriber's session from the first list to the last command."""

    def __init__(self, terminal: Terminal, desk: Desk, guest: Guest) -> None:
        self._terminal = terminal
        self._desk = desk
        self._guest = guest
        self._bag = Mailbag(guest.maildrop, desk.now().tzinfo)
        self._left = False
        letters = LetterCommands(terminal, guest, self._bag, desk.now)
        folders = FolderCommands(terminal, guest, self._bag, letters.turned)
        self._folders = folders
        writing = Writing(terminal, desk, guest, self._bag)
        self._handlers: dict[str, Handler] = {
            "next": letters.next,
            "print": letters.read,
            "type": letters.read,
            "Print": letters.source,
            "Type": letters.source,
            "top": letters.top,
            "headers": letters.headers,
            "z": letters.scroll,
            "from": letters.from_,
            "search": letters.search,
            "size": letters.sizes,
            "delete": letters.delete,
            "dt": letters.delete_and_next,
            "dp": letters.delete_and_next,
            "undelete": letters.undelete,
            "unread": letters.unread,
            "touch": letters.touch,
            "flag": letters.flag,
            "unflag": letters.unflag,
            "save": folders.save,
            "copy": folders.save,
            "move": folders.move,
            "folder": folders.folder,
            "file": folders.folder,
            "folders": folders.folders,
            "reply": writing.reply_all,
            "Reply": writing.reply_sender,
            "forward": writing.forward,
            "mail": writing.mail,
            "set": self._set,
            "=": self._dot,
            "help": self._help,
            "list": self._help,
            "quit": self._quit,
            "exit": self._exit,
            "xit": self._exit,
        }

    async def run(self) -> None:
        """Until quit or exit; raises `HungUp`."""
        try:
            await self._run()
        finally:
            await self._folders.close()

    async def _run(self) -> None:
        await self._guarded("opening the mailbox", self._open, [])
        while not self._left:
            try:
                await self._guarded("looking for new letters", self._tell_news, [])
                line = await self._terminal.ask(PROMPT)
            except Interrupted:
                continue
            except EndOfInput:
                line = "quit"
            await self._command(line.strip())

    async def _command(self, line: str) -> None:
        word, words = _taken_apart(line)
        command = find_command(word)
        if command is not None:
            await self._guarded(command.name, self._handlers[command.name], words)
        elif word in NO_SHELL:
            await self._say("There is no shell here.")
        else:
            await self._say(f"{one_line(line)[:40]}: there is no such command; ? lists them.")

    async def _guarded(self, doing: str, handler: Handler, words: list[str]) -> None:
        """Carry out a command; whatever goes wrong becomes one sentence, and the prompt comes again."""
        try:
            await handler(words)
        except HungUp:
            raise
        except Interrupted:
            return
        except EndOfInput:
            return
        except (BadList, MaildropFailure) as why:
            if isinstance(why, LetterGone):
                await self._guarded("looking again", self._tell_news, [])
            await self._say(one_line(str(why)))
        except Exception as error:  # noqa: BLE001 - no fault of ours may show a traceback or cost the caller the line
            self._desk.report(doing, error)
            await self._say("That failed, by a fault of this host; it has been noted.")

    async def _say(self, sentence: str) -> None:
        try:
            await say(self._terminal, sentence)
        except Interrupted:
            return

    async def _open(self, _words: list[str]) -> None:
        await self._bag.open()
        await show_start(self._terminal, self._bag)
        kept = len(await KeptLetters(self._guest.drafts).all())
        if kept:
            letters = "An unfinished letter is" if kept == 1 else f"{kept} unfinished letters are"
            await self._say(f"{letters} kept: m goes on with {'it' if kept == 1 else 'the last'}.")

    async def _tell_news(self, _words: list[str]) -> None:
        fresh = await self._bag.refresh()
        if fresh:
            await self._say(f"{len(fresh)} new letter{'s' if len(fresh) != 1 else ''}.")
            await show_rows(self._terminal, self._bag, fresh[-self._terminal.capabilities.index_rows :])

    async def _dot(self, _words: list[str]) -> None:
        await self._say(str(self._bag.dot))

    async def _help(self, _words: list[str]) -> None:
        lines = [f"{_usage(each.short, each.name, each.takes):26} {each.help}" for each in COMMANDS]
        lines.append(
            "Letters: 3   2-5   * all   $ last   /word in subject   name   :u unread   :d deleted   @ last listed"
        )
        await show_pages(self._terminal, wrap(lines, self._terminal.capabilities.columns))

    async def _set(self, words: list[str]) -> None:
        known = self._terminal.capabilities
        if not words:
            rate = f" rate={known.rate}" if known.rate else ""
            escape = f" escape={known.escape}" if known.escape != "~" else ""
            await self._say(f"columns={known.columns} rows={known.rows} charset={known.charset.name}{rate}{escape}")
            return
        for word in words:
            name, _, value = word.lower().partition("=")
            known = _changed(known, name, value)
        self._terminal.use(known)

    async def _quit(self, _words: list[str]) -> None:
        self._left = True
        try:
            count = await self._bag.expunge()
        except MaildropFailure as why:
            await self._say(f"{one_line(str(why))} The letters marked are still there.")
            return
        if count:
            await self._say(f"{count} letter{'s' if count != 1 else ''} removed.")

    async def _exit(self, _words: list[str]) -> None:
        self._left = True
        await self._bag.undo()


def _changed(known: Capabilities, name: str, value: str) -> Capabilities:
    """Capabilities with one of them set by the caller. Raises `BadList`."""
    number = int(value) if value.isdecimal() and len(value) < 7 else 0
    charset = find_charset(value)
    match name:
        case "columns" if number:
            return known.sized(number, None)
        case "rows" if number:
            return known.sized(None, number)
        case "rate" if number or value == "0":
            return replace(known, rate=number or None)
        case "charset" if charset is not None:
            return replace(known, charset=charset)
        case "escape" if len(value) == 1 and value in _MAY_ESCAPE:
            return replace(known, escape=value)
    known_to_us = f"charset={', '.join(CHARSETS)}"
    raise BadList(f"set columns=80, rows=24, rate=1200 (0: fast), {known_to_us} or escape=~ (or / and the like).")


def _taken_apart(line: str) -> tuple[str, list[str]]:
    """The command word and its arguments, which may follow it without a blank (`d3`); letters alone are to be read."""
    if line[:1].isdecimal() or line[:1] in _LIST_SIGNS:
        return "print", line.split()
    end = 0
    while end < len(line) and line[end].isalpha():
        end += 1
    end = end or min(len(line), 1)
    return line[:end], line[end:].split()


def _usage(short: str, name: str, takes: str) -> str:
    rest = name[len(short) :]
    return f"{short}{f'[{rest}]' if rest else ''} {takes}".rstrip()
