"""The list of letters, a screenful at a time."""

from collections.abc import Sequence
from datetime import datetime

from offhook.mailbox.letters import Heading
from offhook.terminal.discipline import one_line
from offhook.terminal.screen import index_row
from offhook.terminal.session.mailbag import DELETED, THERE, UNREAD, Mailbag, Numbered
from offhook.terminal.session.saying import say
from offhook.terminal.session.terminal import Terminal


def row(terminal: Terminal, bag: Mailbag, letter: Numbered, heading: Heading) -> str:
    """The line of one letter."""
    sent = letter.entry.arrived if heading.sent is None else heading.sent
    try:
        date = datetime.fromtimestamp(sent, bag.zone).strftime("%m%d")
    except (OverflowError, ValueError, OSError):
        date = "    "
    return index_row(letter.number, letter.mark, date, heading.sender or "?", heading.subject, terminal.capabilities)


async def show_rows(terminal: Terminal, bag: Mailbag, numbers: Sequence[int]) -> None:
    """Show a line for each letter."""
    async for letter, heading in bag.rows(numbers):
        await terminal.write(row(terminal, bag, letter, heading) + "\n")


def screenful(bag: Mailbag, rows: int, around: int, *, turned: int = 0) -> Sequence[int]:
    """The numbers listed together with number `around`, or so many screenfuls further on; those gone are left out."""
    start = (max(around, 1) - 1) // rows * rows + turned * rows
    return bag.all(THERE, start + 1, start + rows) if start >= 0 else ()


async def show_start(terminal: Terminal, bag: Mailbag, name: str = "") -> None:
    """Say how many letters there are, in the folder `name` if it has one, and list those around the current one."""
    await say(terminal, f"{one_line(name)}: {status(bag)}" if name else status(bag))
    await show_rows(terminal, bag, screenful(bag, terminal.capabilities.index_rows, bag.dot))


def status(bag: Mailbag) -> str:
    """How many letters there are, in one line."""
    there = bag.count(THERE)
    if not there:
        return "No mail."
    unread, deleted = bag.count(UNREAD), bag.count(DELETED)
    counts = [f"{there} letter{'s' if there != 1 else ''}"]
    if unread:
        counts.append(f"{unread} new")
    if deleted:
        counts.append(f"{deleted} deleted")
    return ", ".join(counts) + "."
