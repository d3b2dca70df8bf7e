"""The option that names the host's configuration, for every command that works on a host's files."""

from pathlib import Path

import click

CONFIG = click.option(
    "--config",
    "file",
    type=click.Path(path_type=Path),
    default=Path("offhook.toml"),
    show_default=True,
    help="The host's configuration.",
)
