"""`offhook check-config`: says what is wrong with a configuration, where, and what would be right."""

from pathlib import Path

import click

from offhook.config import check_addresses, check_surroundings, load


@click.command("check-config")
@click.argument("file", type=click.Path(path_type=Path))
def check_config(file: Path) -> None:
    """Check FILE; each error names its line, its key and the remedy."""
    config = load(file)
    check_surroundings(config, file)
    check_addresses(config, file)
    modems = len(config.modem_lines)
    lines = f"{modems} line{'s' if modems != 1 else ''}"
    outer = [(len(config.real_modems), "real modem"), (len(config.direct_cables), "direct cable")]
    real = "".join(f", {count} {what}{'s' if count > 1 else ''}" for count, what in outer if count)
    click.echo(f"{file}: correct; {lines}{real}, {len(config.number)} number(s) besides.")
