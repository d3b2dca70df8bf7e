"""`offhook serve`: the host from a configuration of one's own; and what every command that serves shares."""

import asyncio
import signal
from collections.abc import Callable
from pathlib import Path

import click

from offhook import event_loop
from offhook.config import Config, check_surroundings, load
from offhook.host import Host


@click.command()
@click.option(
    "--config", "file", type=click.Path(path_type=Path), required=True, help="The configuration, a TOML file."
)
@click.option(
    "--trace", type=click.Path(path_type=Path), help="Write every event and action of each line to this file."
)
@click.option("--control", type=click.Path(path_type=Path), help="Take orders of `offhook control` at this socket.")
def serve(file: Path, trace: Path | None, control: Path | None) -> None:
    """Serve the lines, numbers and mail of a configuration until interrupted."""
    config = load(file)
    check_surroundings(config, file)
    run_host(config, file.resolve().parent, trace, _say, control)


def _say(facts: dict[str, str]) -> None:
    for name, value in facts.items():
        click.echo(f"{name}: {value}")
    click.echo("Ready.")


def run_host(
    config: Config,
    folder: Path,
    trace: Path | None,
    ready: Callable[[dict[str, str]], None],
    control: Path | None = None,
) -> None:
    """Run a host until SIGINT, SIGTERM or SIGHUP; `ready` is called with its facts when everything answers."""
    event_loop.run(_run(Host(config, folder, trace=trace, control=control), ready))


async def _run(host: Host, say: Callable[[dict[str, str]], None]) -> None:
    stop, ready = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stop.set)
    serving = asyncio.create_task(host.run(stop, ready))
    waiting = asyncio.create_task(ready.wait())
    await asyncio.wait({serving, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if ready.is_set():
        say(host.facts)
    await serving
