"""Options of `offhook modem` about the lines: how good they are, what they say first, whom they call by themselves."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click

from offhook.config import greeting_in
from offhook.modem.hayes import CallsByItself, parse_dial_string
from offhook.modem_pool import LineOptions
from offhook.virtual_lines.exchange import Quality
from offhook.virtual_lines.switchboard import Greetings

Command = TypeVar("Command", bound=Callable[..., Any])
FILE = click.Path(path_type=Path, dir_okay=False)
FEWEST, MOST = 50, 115_200

OPTIONS = (
    click.option("--line-rate", metavar="RATE[/BACK]", help="Pace the lines, in bit/s; 1200/75 is 75 from the caller."),
    click.option("--noise", type=click.FloatRange(0, 1), default=0.0, help="Part of the bits that are wrong: 1e-5."),
    click.option("--drop", type=click.FloatRange(0, 1), default=0.0, help="Part of the characters that are lost."),
    click.option(
        "--dropouts", type=click.FloatRange(0, 600), default=0.0, help="Times a minute that all is lost for 0.1 s."
    ),
    click.option(
        "--retrains", type=click.FloatRange(0, 60), default=0.0, help="Times a minute that the line rests for 3 s."
    ),
    click.option("--latency", type=click.FloatRange(0, 10_000), default=0.0, help="Milliseconds on the way."),
    click.option("--seed", type=int, default=0, help="The same seed makes the same faults."),
    click.option("--call", "call", metavar="NUMBER", help="Each line calls this by itself when DTR comes on."),
    click.option("--call-again", type=click.FloatRange(1), help="Seconds after a call, the line calls it again."),
    click.option("--answered-file", type=FILE, help="Put before a call for the DTE that has answered it."),
    click.option("--connected-file", type=FILE, help="Put before a call for the DTE that has made it."),
    click.option("--caller-file", type=FILE, help="Sent to the caller when a line has answered."),
    click.option("--called-file", type=FILE, help="Sent to the called when a call is up."),
    click.option("--idle-file", type=FILE, help="Sent to the far end of a call that S30 ends for want of data."),
    click.option(
        "--leased", is_flag=True, help="A wire between lines 1 and 2, 3 and 4, and so on: ATD meets ATA on it."
    ),
)


def line_options(command: Command) -> Command:
    """Give a command these options; it takes them as keywords, for `line_options_of`."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command


def line_options_of(given: Mapping[str, Any]) -> LineOptions:
    """What was given; raises `click.UsageError`."""
    quality = Quality(
        *_rates(given["line_rate"]),
        noise=given["noise"],
        drop=given["drop"],
        dropouts=given["dropouts"],
        retrains=given["retrains"],
        latency=given["latency"] / 1000,
    )
    greetings = Greetings(
        answered=_file("--answered-file", given["answered_file"]),
        connected=_file("--connected-file", given["connected_file"]),
        to_caller=_file("--caller-file", given["caller_file"]),
        to_called=_file("--called-file", given["called_file"]),
    )
    return LineOptions(
        None if quality == Quality() else _seeded(quality, given["seed"]),
        greetings,
        _call(given["call"], given["call_again"]),
        _file("--idle-file", given["idle_file"]),
        given["leased"],
    )


def _seeded(quality: Quality, seed: int) -> Quality:
    return quality.then(Quality(seed=seed))


def _rates(text: str | None) -> tuple[int | None, int | None]:
    if text is None:
        return None, None
    there, slash, back = text.partition("/")
    known = [int(rate) if rate.isascii() and rate.isdigit() else 0 for rate in ((there, back) if slash else (there,))]
    if not all(FEWEST <= rate <= MOST for rate in known):
        raise click.UsageError(f"--line-rate: write bit/s from {FEWEST} to {MOST}, as in 2400 or 1200/75")
    return known[0], known[1] if slash else None


def _call(number: str | None, again: float | None) -> CallsByItself | None:
    if number is None:
        if again is not None:
            raise click.UsageError("--call-again wants --call NUMBER")
        return None
    if parse_dial_string(number) is None:
        raise click.UsageError(f"--call: {number!r} is nothing to dial")
    return CallsByItself(number, again)


def _file(option: str, file: Path | None) -> bytes:
    if file is None:
        return b""
    try:
        return greeting_in(file)
    except OSError as error:
        raise click.UsageError(f"{option}: {file} cannot be read: {error.strerror}") from None
    except ValueError as why:
        raise click.UsageError(f"{option}: {why}") from None
