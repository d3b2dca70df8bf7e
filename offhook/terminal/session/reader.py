"""A letter on the screen: its header, its text in pages, and a list of what came with it."""

from collections.abc import Iterable
from itertools import chain, islice

from offhook.mailbox.letters import Rendered, parse_addresses, render, render_raw
from offhook.terminal.discipline import clean, one_line
from offhook.terminal.screen import HELP, PROMPT, Choice, choice, size, wrap
from offhook.terminal.session.terminal import Terminal

TOP_LINES = 5


async def show_letter(terminal: Terminal, letter: bytes, own: frozenset[str]) -> None:
    """Show a letter for reading; that it is to `own` (the reader's addresses) alone need not be said."""
    await show_pages(terminal, _laid_out(render(letter), own, terminal.capabilities.columns))


async def show_source(terminal: Terminal, letter: bytes) -> None:
    """Show a letter as it came, with every header line."""
    await show_pages(terminal, wrap((clean(line)[0] for line in render_raw(letter)), terminal.capabilities.columns))


async def show_top(terminal: Terminal, letter: bytes, own: frozenset[str]) -> None:
    """Show the header and the first lines of the text."""
    shown = render(letter)
    few = Rendered(shown.headers, shown.body[:TOP_LINES], shown.attachments, shown.notes)
    await show_pages(terminal, _laid_out(few, own, terminal.capabilities.columns))


async def show_pages(terminal: Terminal, lines: Iterable[str]) -> None:
    """Show lines, stopping at each full screen; returns early if the caller has had enough."""
    rest = iter(lines)
    room: int | None = terminal.capabilities.rows - 1
    while page := list(islice(rest, room)):
        await terminal.write("\n".join(page) + "\n")
        following = list(islice(rest, 1))
        if not following:
            return
        rest = chain(following, rest)
        wanted = await _pause(terminal)
        if wanted is Choice.STOP:
            return
        room = {Choice.LINE: 1, Choice.ALL: None}.get(wanted, terminal.capabilities.rows - 1)


async def _pause(terminal: Terminal) -> Choice:
    wanted = choice(await terminal.key(PROMPT))
    while wanted is Choice.HELP:
        await terminal.write(HELP + "\n")
        wanted = choice(await terminal.key(PROMPT))
    return wanted


def _laid_out(shown: Rendered, own: frozenset[str], columns: int) -> list[str]:
    removed = 0
    head: list[str] = []
    for name, text in shown.headers:
        cleaned, pieces = clean(text)
        removed += pieces
        if name not in ("To", "Cc") or not _only_to(text, own):
            head.append(f"{name}: {one_line(cleaned)}")
    body, pieces = clean("\n".join(shown.body))
    removed += pieces
    attached: list[str] = []
    for attachment in shown.attachments:
        name, pieces = clean(attachment.name)
        removed += pieces
        kind = one_line(attachment.type)
        attached.append(f"[attached: {one_line(name) or 'unnamed'}, {kind}, {size(attachment.size)}]")
    notes = [f"[{note}]" for note in shown.notes]
    if removed:
        notes.append(f"[{removed} control sequence{'s' if removed != 1 else ''} removed from this letter]")
    lines = [*head, *notes, "", *body.split("\n")]
    while lines and not lines[-1].strip():
        lines.pop()
    if attached:
        lines += ["", *attached]
    return list(wrap(lines, columns))


def _only_to(text: str, own: frozenset[str]) -> bool:
    addresses = parse_addresses(text)
    return bool(addresses) and all(each.address.casefold() in own for each in addresses)
