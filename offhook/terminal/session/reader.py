"""A letter on the screen: its header, its text in pages, and a list of what came with it."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import chain, islice

from offhook.mailbox.letters import Attachment, Rendered, parse_addresses, parse_date
from offhook.terminal.discipline import clean, one_line, spell
from offhook.terminal.screen import HELP, PROMPT, Capabilities, Choice, choice, size, wrap
from offhook.terminal.session.saying import say
from offhook.terminal.session.terminal import Terminal

TOP_LINES = 5
_RECENT = timedelta(days=300)


async def show_letter(terminal: Terminal, shown: Rendered, own: frozenset[str], now: datetime) -> None:
    """Show a letter for reading; that it is to `own` (the reader's addresses) alone need not be said."""
    await show_pages(terminal, _laid_out(shown, own, now, terminal.capabilities))


async def show_source(terminal: Terminal, source: Iterable[str]) -> None:
    """Show a letter as it came, by the lines of its source."""
    known = terminal.capabilities
    lines = (spell(line, known.charset).replace("\n", " ") for line in source)
    await show_pages(terminal, wrap(lines, known.columns))


async def show_top(terminal: Terminal, shown: Rendered, own: frozenset[str], now: datetime) -> None:
    """Show the header and the first lines of the text."""
    few = Rendered(shown.headers, shown.body[:TOP_LINES], shown.attachments, shown.notes)
    await show_pages(terminal, _laid_out(few, own, now, terminal.capabilities))


async def show_pages(terminal: Terminal, lines: Iterable[str]) -> None:
    """Show lines, stopping at each full screen; returns early if the caller has had enough."""
    rest = iter(lines)
    full = terminal.capabilities.rows - 1
    count, stopping = full, True
    while page := list(islice(rest, count)):
        await terminal.write("\n".join(page) + "\n")
        following = list(islice(rest, 1))
        if not following:
            return
        rest = chain(following, rest)
        if not stopping:
            continue
        full = terminal.capabilities.rows - 1
        match await _pause(terminal):
            case Choice.STOP:
                return
            case Choice.LINE:
                count = 1
            case Choice.ALL:
                count, stopping = full, False
            case _:
                count = full


async def _pause(terminal: Terminal) -> Choice:
    while True:
        key = await terminal.key(PROMPT)
        wanted = choice(key)
        if wanted is Choice.COMMAND:
            terminal.put_back(key)
            return Choice.STOP
        if wanted is not Choice.HELP:
            return wanted
        await say(terminal, HELP)


def _laid_out(shown: Rendered, own: frozenset[str], now: datetime, known: Capabilities) -> Iterator[str]:
    """The lines of a letter; how many control sequences were taken out of it stands above the text."""
    removed = sum(clean(text)[1] for _, text in shown.headers)
    removed += sum(clean(each.name)[1] for each in shown.attachments)
    body, pieces = clean("\n".join(shown.body))
    removed += pieces
    notes = [f"[{one_line(note)}]" for note in shown.notes]
    if removed:
        notes.append(f"[{removed} control sequence{'s' if removed != 1 else ''} removed from this letter]")
    header = _short_header(shown, now) if known.slow else _header(shown, own)
    text = body.rstrip().split("\n") if body.strip() else []
    attached = [_attached(each) for each in shown.attachments]
    lines = chain(header, notes, [""] if text else [], text, ["", *attached] if attached else [])
    return wrap((spell(line, known.charset) for line in lines), known.columns)


def _header(shown: Rendered, own: frozenset[str]) -> Iterator[str]:
    for name, text in shown.headers:
        if name not in ("To", "Cc") or not _only_to(text, own):
            yield f"{name}: {one_line(text)}"


def _short_header(shown: Rendered, now: datetime) -> Iterator[str]:
    """Sender and day on one line, the subject on the next, without their names: for lines where bytes are felt."""
    texts = dict(shown.headers)
    sender = one_line(texts.get("From", "")) or "?"
    if day := _day(texts.get("Date", ""), now):
        sender += f", {day}"
    yield sender
    if subject := one_line(texts.get("Subject", "")):
        yield subject


def _day(date: str, now: datetime) -> str:
    """The day as people say it; with the year when it is not of these months."""
    sent = parse_date(date)
    try:
        here = sent.astimezone(now.tzinfo) if sent else None
    except OverflowError:
        return ""
    if here is None:
        return ""
    return f"{here.day} {here:%b}" + ("" if abs(now - here) < _RECENT else f" {here.year}")


def _attached(attachment: Attachment) -> str:
    name = one_line(attachment.name) or "unnamed"
    return f"[attached: {name}, {one_line(attachment.type)}, {size(attachment.size)}]"


def _only_to(text: str, own: frozenset[str]) -> bool:
    addresses = parse_addresses(text)
    return bool(addresses) and all(each.address.casefold() in own for each in addresses)
