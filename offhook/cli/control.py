"""`offhook control`: orders for a host or a pool that runs, by its control socket."""

import json
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from offhook.cli.columns import WIDEST, row

PATIENCE = 10.0
"""Seconds that a host has to answer."""
LONGEST_ANSWER = 16_000_000
LINES = (("line", 20), ("number", 12), ("state", 16), ("made busy", 0))
CALLS = (("caller", 20), ("number", 16), ("to", 24), ("talked", 9), ("sent", 10), ("received", 10), ("rate", 0))


@click.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.argument("words", metavar="ORDER...", nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="The answer as it came, a line of JSON.")
def control(path: Path, words: tuple[str, ...], as_json: bool) -> None:
    """Give an order at PATH, the control socket of a running `offhook serve` or `offhook modem`.

    ORDER is one of: lines; calls; busy LINE on|off; hangup LINE; ring LINE [SECONDS]; dial LINE NUMBER;
    trace on|off; metrics.
    """
    answer = _asked(path, words)
    if as_json:
        click.echo(json.dumps(answer))
    if not answer.get("ok"):
        raise click.ClickException(str(answer.get("error", "the host gave no answer")))
    if not as_json:
        for line in _shown(answer):
            click.echo(line)


def _asked(path: Path, words: tuple[str, ...]) -> dict[str, Any]:
    answer = b""
    try:
        with socket.socket(socket.AF_UNIX) as host:
            host.settimeout(PATIENCE)
            host.connect(str(path))
            host.sendall(json.dumps(list(words)).encode() + b"\n")
            while not answer.endswith(b"\n") and len(answer) < LONGEST_ANSWER and (data := host.recv(65_536)):
                answer += data
    except OSError as error:
        raise click.ClickException(f"{path}: no host answers there: {error.strerror or error}") from None
    try:
        facts = json.loads(answer)
    except (ValueError, RecursionError):
        facts = None
    return facts if isinstance(facts, dict) else {}


def _shown(answer: dict[str, Any]) -> list[str]:
    if "lines" in answer:
        cells = [
            (each["line"], each["number"] or "-", each["state"], "yes" if each["made_busy"] else "no")
            for each in answer["lines"]
        ]
        return _table(LINES, cells)
    if "calls" in answer:
        return _table(CALLS, [_call(each) for each in answer["calls"]])
    if "metrics" in answer:
        return str(answer["metrics"]).splitlines()
    return [f"The trace is written to {answer['trace']}."] if "trace" in answer else ["Done."]


def _call(each: dict[str, Any]) -> tuple[str, ...]:
    talked = "-" if each["talking"] is None else f"{each['talking']} s"
    figures = (str(each["sent"]), str(each["received"]), str(each["rate"] or "-"))
    return (each["caller"], each["number"], each["destination"], talked, *figures)


def _table(columns: tuple[tuple[str, int], ...], rows: Sequence[tuple[str, ...]]) -> list[str]:
    shown = [tuple(name for name, _ in columns), *rows]
    last = len(columns) - 1
    widths = [
        0 if number == last else max(width, *(min(len(cells[number]), WIDEST) for cells in shown))
        for number, (_, width) in enumerate(columns)
    ]
    return [row(cells, widths) for cells in shown]
