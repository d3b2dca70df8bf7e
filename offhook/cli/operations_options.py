"""Options of `offhook modem` for whoever runs it: traces, orders, figures and records."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click

from offhook.operations import OperationsOptions
from offhook.port_names import split_address

Command = TypeVar("Command", bound=Callable[..., Any])

OPTIONS = (
    click.option(
        "--trace", type=click.Path(path_type=Path), help="Write every event and action of each line to this file."
    ),
    click.option("--control", type=click.Path(path_type=Path), help="Take orders of `offhook control` at this socket."),
    click.option("--metrics", metavar="HOST:PORT", help="Figures for Prometheus, by HTTP at /metrics."),
    click.option("--records", type=click.Path(path_type=Path, dir_okay=False), help="Write call records to this file."),
)


def operations_options(command: Command) -> Command:
    """Give a command these options; it takes them as keywords, for `operations_of`."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command


def operations_of(given: Mapping[str, Any]) -> OperationsOptions:
    """What was given. Raises `PortError` for an address that is none."""
    page = split_address(given["metrics"]) if given["metrics"] is not None else None
    return OperationsOptions(given["records"], control=given["control"], metrics=page)
