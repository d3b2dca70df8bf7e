"""The list of letters, a screenful at a time."""

from datetime import datetime

from offhook.terminal.screen import index_row
from offhook.terminal.session.mailbag import Mailbag, Numbered
from offhook.terminal.session.terminal import Terminal


async def row(terminal: Terminal, bag: Mailbag, letter: Numbered) -> str:
    """The line of one letter."""
    summary = await bag.summary(letter)
    sent = letter.entry.arrived if summary.sent is None else summary.sent
    try:
        date = datetime.fromtimestamp(sent, bag.zone).strftime("%m%d")
    except (OverflowError, ValueError, OSError):
        date = "    "
    return index_row(letter.number, letter.mark, date, summary.sender or "?", summary.subject, terminal.capabilities)


async def show_rows(terminal: Terminal, bag: Mailbag, letters: list[Numbered]) -> None:
    """Show a line for each letter."""
    for letter in letters:
        await terminal.write(await row(terminal, bag, letter) + "\n")


def screenful(bag: Mailbag, rows: int, around: int, *, turned: int = 0) -> list[Numbered]:
    """The letters listed together with number `around`, or so many screenfuls further on; those gone are left out."""
    start = (max(around, 1) - 1) // rows * rows + turned * rows
    return [letter for letter in bag.letters[start : start + rows] if not letter.gone] if start >= 0 else []


def status(bag: Mailbag) -> str:
    """How many letters there are, in one line."""
    there = [letter for letter in bag.letters if not letter.gone]
    if not there:
        return "No mail."
    unread = sum(letter.unread and not letter.deleted for letter in there)
    deleted = sum(letter.deleted for letter in there)
    counts = [f"{len(there)} letter{'s' if len(there) != 1 else ''}"]
    if unread:
        counts.append(f"{unread} new")
    if deleted:
        counts.append(f"{deleted} deleted")
    return ", ".join(counts) + "."
