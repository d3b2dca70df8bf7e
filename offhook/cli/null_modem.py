"""`offhook null-modem`: a null-modem cable between two ports, with the rate and the faults of a real one if wanted."""

import asyncio
import signal
from pathlib import Path

import click

from offhook import event_loop
from offhook.modem.ports import Port, PtyWatch
from offhook.modem.rs232 import Framing, parse_framing
from offhook.port_names import make_port
from offhook.virtual_lines.pairs import Cable, CableOptions


def _framing(_context: click.Context, _parameter: click.Parameter, text: str | None) -> Framing | None:
    if text is None:
        return None
    try:
        return parse_framing(text)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


@click.command()
@click.argument("one", metavar="PORT")
@click.argument("other", metavar="PORT")
@click.option("--rate", type=click.IntRange(50, 10_000_000), help="Pace characters to this rate, in bit/s.")
@click.option(
    "--noise", type=click.FloatRange(0, 1), default=0.0, help="Part of the bits that arrive wrong, as in 1e-4."
)
@click.option("--drop", type=click.FloatRange(0, 1), default=0.0, help="Part of the characters that are lost.")
@click.option("--latency", type=click.FloatRange(0, 60_000), default=0.0, help="Milliseconds on the way.")
@click.option("--seed", type=int, default=0, help="The same seed makes the same errors.")
@click.option(
    "--framing", callback=_framing, help="How long a character is, as in 7E1; else as its port is set, or 8N1."
)
def null_modem(
    one: str,
    other: str,
    rate: int | None,
    noise: float,
    drop: float,
    latency: float,
    seed: int,
    framing: Framing | None,
) -> None:
    """Join two ports by a null-modem cable.

    PORT is as `offhook modem` takes it. DTR of one end is DSR and DCD of the other, RTS is CTS, breaks
    pass; a pty cannot show signals, an rfc2217: port can.
    """
    if one == other and not one.endswith(":0"):  # which is any port that is free, and another each time
        raise click.UsageError(f"{one!r} is both ends of the cable: each needs a port of its own")
    watch = PtyWatch()
    first, second = (make_port(text, Path.cwd(), watch) for text in (one, other))
    options = CableOptions(rate, noise, drop, latency / 1000, seed, framing)
    event_loop.run(_run(Cable(first, second, options), first, second))


async def _run(cable: Cable, first: Port, second: Port) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stop.set)
    try:
        cable.start()
        click.echo(f"{first.name} <-> {second.name}")
        click.echo("Ready. Ctrl-C here ends it.")
        await stop.wait()
    finally:
        cable.close()
