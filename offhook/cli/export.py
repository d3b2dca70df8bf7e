"""`offhook export`: letters of an account into a Maildir or an mbox file."""

from pathlib import Path

import click

from offhook.cli.config_option import CONFIG
from offhook.cli.conversion import ALL, FOLDER, convert_letters, of_account, one_at_a_time, place_at


@click.command("export")
@click.argument("account")
@click.argument("target", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "kind",
    type=click.Choice(["maildir", "mbox"]),
    default=None,
    help="What TARGET is to be if it is not there yet.  [default: maildir]",
)
@FOLDER
@ALL
@CONFIG
def export(account: str, target: Path, kind: str | None, folder: str, every: bool, file: Path) -> None:
    """Put the letters of ACCOUNT into TARGET, a Maildir or an mbox file; they stay in the mailbox as well.

    Letters that are there already are not put in again.
    """
    source = of_account(account, file)
    with one_at_a_time(file):
        convert_letters(source, place_at(target, kind or "maildir", every), None if every else folder, into=False)
