"""`offhook spool`: the letters that wait to leave, looked at and changed beside a host that runs.

The spool's own lock orders what is done here and what the host does; a letter being tried at this moment is dropped
all the same, though whoever has taken it keeps it.
"""

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from offhook.cli.config_option import CONFIG
from offhook.mail_tables import load_mail_tables
from offhook.mailbox.letters import MAX_HEADER_BYTES
from offhook.mailbox.spool import Recipient, Spool, SpooledLetter, State, shown_address
from offhook.sorting import acting_as, owner_of

JSON = click.option("--json", "as_json", is_flag=True, help="Write JSON, one object a line.")
IDENTS = click.argument("idents", nargs=-1, metavar="IDENT...")
ALL = click.option("--all", "everything", is_flag=True, help="All letters.")


@click.group()
def spool() -> None:
    """List, show, retry and drop the letters that wait to leave; a running host notices within 15 seconds."""


@contextmanager
def _opened(file: Path) -> Iterator[Spool]:
    folder = file.resolve().parent / load_mail_tables(file).mail.spool
    with acting_as(owner_of(folder)):
        yield Spool(folder)


@spool.command("list")
@CONFIG
@JSON
def list_(file: Path, as_json: bool) -> None:
    """List the letters, the oldest first: a line each."""
    with _opened(file) as waiting:
        letters = asyncio.run(waiting.list())
    now = time.time()
    for letter in letters:
        click.echo(json.dumps(_facts(letter)) if as_json else _line(letter, now))
    if not letters and not as_json:
        click.echo("No letter waits.")


@spool.command()
@CONFIG
@JSON
@click.argument("ident")
def show(file: Path, as_json: bool, ident: str) -> None:
    """Show how far the letter IDENT has come for each of its recipients, and its header."""
    with _opened(file) as waiting:
        letter = next((each for each in asyncio.run(waiting.list()) if each.ident == ident), None)
        if letter is None:
            raise click.ClickException(f"There is no letter {_printable(ident)}; `offhook spool list` names them.")
        header = _header(asyncio.run(waiting.read(ident)))
    if as_json:
        click.echo(json.dumps(_facts(letter) | {"header": header}))
        return
    click.echo(_line(letter, time.time()))
    for each in letter.recipients:
        click.echo(f"  {_printable(shown_address(each.address))}: {_fate(each)}")
    click.echo("")
    for line in header.split("\n"):
        click.echo(_printable(line))


@spool.command()
@CONFIG
@ALL
@IDENTS
def retry(file: Path, everything: bool, idents: tuple[str, ...]) -> None:
    """Try the letters IDENT now."""
    _change(file, idents, everything, "retry", "will be tried now")


@spool.command()
@CONFIG
@ALL
@IDENTS
def drop(file: Path, everything: bool, idents: tuple[str, ...]) -> None:
    """Take the letters IDENT away: they are not sent, and nobody is told."""
    _change(file, idents, everything, "drop", "dropped")


def _change(file: Path, idents: tuple[str, ...], everything: bool, deed: str, done: str) -> None:
    if bool(idents) == everything:
        raise click.UsageError("Name the letters, or say --all.")
    missing = False
    with _opened(file) as waiting:
        if everything:
            idents = tuple(letter.ident for letter in asyncio.run(waiting.list()))
        for ident in idents:
            if asyncio.run(getattr(waiting, deed)(ident)):
                click.echo(f"{ident}: {done}")
            else:
                missing = True
                click.echo(f"{_printable(ident)}: there is no such letter", err=True)
    if missing:
        sys.exit(1)


def _facts(letter: SpooledLetter) -> dict[str, Any]:
    """The letter as JSON has it; times are in UTC."""
    recipients = [
        asdict(each)
        | {
            "address": shown_address(each.address),
            "state": each.state.value,
            "next_attempt": _time(each.next_attempt),
        }
        for each in letter.recipients
    ]
    return asdict(letter) | {"arrived": _time(letter.arrived), "recipients": recipients}


def _line(letter: SpooledLetter, now: float) -> str:
    first, more = letter.recipients[0], len(letter.recipients) - 1
    to = shown_address(first.address) + (f" and {more} more" if more else "")
    reply = f"  {first.last_reply[:60]}" if first.last_reply else ""
    sender = letter.sender or "<>"
    size = f"{_span(now - letter.arrived):>5} old  {letter.size:>9} bytes"
    return _printable(f"{letter.ident}  {size}  {sender} to {to}  {_when(letter, now)}{reply}")


def _when(letter: SpooledLetter, now: float) -> str:
    waits = letter.next_attempt - now
    return "due" if waits <= 0 else f"due in {_span(waits)}"


def _fate(recipient: Recipient) -> str:
    tries = f"tried {recipient.attempts} time{'s' * (recipient.attempts != 1)}"
    state = "given up, the sender is to be told" if recipient.state is State.FAILED else "waits"
    return _printable(f"{state}, {tries}{f': {recipient.last_reply}' if recipient.last_reply else ''}")


def _span(seconds: float) -> str:
    """A time in its largest unit: `40s`, `12m`, `5h`, `3d`."""
    seconds = max(seconds, 0)
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "m")):
        if seconds >= size:
            return f"{int(seconds // size)}{unit}"
    return f"{int(seconds)}s"


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")


def _header(letter: bytes) -> str:
    head = letter[:MAX_HEADER_BYTES].replace(b"\r\n", b"\n").partition(b"\n\n")[0]
    return head.decode("utf-8", "replace")


def _printable(text: str) -> str:
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)
