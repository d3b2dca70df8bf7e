"""`offhook calls`: the calls on record, as a list or as JSON lines."""

import json
import re
from collections import deque
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from offhook.cli.columns import row
from offhook.config import load
from offhook.operations import read_records

_AGO = re.compile(r"(\d{1,6})([smhdw])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_HEAD = ("began", "caller", "number", "to", "talked", "sent", "received", "rate", "cause")
_WIDTHS = (19, 16, 16, 24, 9, 10, 10, 6, 0)


@click.command()
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--config", type=click.Path(path_type=Path), help="List those of a host with this configuration.")
@click.option("--since", metavar="WHEN", help="From then on: 2026-11-28, 2026-11-28T14:30, or 90m, 12h, 7d ago.")
@click.option("--last", type=click.IntRange(1), help="No more than the last ones.")
@click.option("--json", "as_json", is_flag=True, help="JSON lines, as they are in the file.")
def calls(file: Path | None, config: Path | None, since: str | None, last: int | None, as_json: bool) -> None:
    """List calls: who called whom and when, for how long, how many bytes, and why it ended.

    FILE holds the records, calls.jsonl if nothing is named; its older parts beside it are read too.
    """
    name = _file_of(file, config)
    if not name.exists():
        raise click.ClickException(
            f"{name} is not there: no call has been recorded, or --config FILE says where they are"
        )
    records = _since(read_records(name), since)
    chosen = deque(records, last) if last is not None else records
    if as_json:
        for record in chosen:
            click.echo(json.dumps(record))
        return
    click.echo(row(_HEAD, _WIDTHS))
    for record in chosen:
        click.echo(row(_cells(record), _WIDTHS))


def _file_of(file: Path | None, config: Path | None) -> Path:
    if file is not None:
        if config is not None:
            raise click.UsageError("name FILE or --config, not both")
        return file
    if config is None:
        return Path("calls.jsonl")
    named = load(config).calls.file
    if not named:
        raise click.UsageError(f"{config}: the host keeps no records: [calls] file is empty")
    return config.resolve().parent / named


def _since(records: Iterator[dict[str, Any]], since: str | None) -> Iterable[dict[str, Any]]:
    if since is None:
        return records
    first = _time_of(since)
    return (record for record in records if (began := _parsed(record["began"])) is not None and began >= first)


def _time_of(text: str) -> datetime:
    ago = _AGO.fullmatch(text)
    if ago is not None:
        return datetime.now(UTC) - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
    found = _parsed(text)
    if found is None:
        raise click.UsageError(f"--since: {text!r} is no time: write 2026-11-28, 2026-11-28T14:30, 90m, 12h or 7d")
    return found


def _parsed(text: object) -> datetime | None:
    try:
        time = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return time if time.tzinfo is not None else time.astimezone()


def _cells(record: dict[str, Any]) -> tuple[str, ...]:
    began = _parsed(record.get("began"))
    caller = str(record.get("caller", ""))
    known = record.get("caller_id")
    return (
        f"{began.astimezone():%Y-%m-%d %H:%M:%S}" if began is not None else "?",
        f"{caller} {known}" if known and known != caller else caller,
        str(record.get("number", "")),
        str(record.get("destination", "")) or "-",
        f"{record.get('seconds', 0)} s" if record.get("answered", record.get("seconds")) else "-",
        str(record.get("sent", "-")),
        str(record.get("received", "-")),
        str(record.get("rate") or "-"),
        str(record.get("cause", "")),
    )
