"""`offhook import`: letters of a Maildir or of mbox files into an account's mailbox."""

from pathlib import Path

import click

from offhook.cli.config_option import CONFIG
from offhook.cli.conversion import ALL, FOLDER, convert_letters, of_account, one_at_a_time, place_at
from offhook.cli.lying_there import kind_of


@click.command("import")
@click.argument("account")
@click.argument("source", type=click.Path(exists=True, path_type=Path))
@FOLDER
@ALL
@CONFIG
def import_letters(account: str, source: Path, folder: str, every: bool, file: Path) -> None:
    """Put the letters of SOURCE (a Maildir, an mbox file, or a directory of them) into the mailbox of ACCOUNT.

    SOURCE is only read. Letters that are there already are not put in again, so an import that was interrupted is
    simply done again.
    """
    if not every and kind_of(source) == "mbox folders" and not (source / "inbox").exists():
        raise click.ClickException(f"{source} is a directory, and there is no inbox in it: --all takes its folders.")
    target = of_account(account, file)
    with one_at_a_time(file):
        convert_letters(place_at(source), target, None if every else folder, into=True)
