"""`offhook check-mailbox`: what is damaged in a mailbox, and what of that can be mended."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

import click

from offhook.cli.lying_there import kind_of
from offhook.mailbox.maildir import check_maildir
from offhook.mailbox.mbox import check_mbox
from offhook.mailbox.store import Finding, mended


@click.command("check-mailbox")
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--repair", is_flag=True, help="Mend what can be mended without touching a letter.")
def check_mailbox(paths: tuple[Path, ...], repair: bool) -> None:
    """Look for damage in Maildirs, mbox files and directories of them.

    The exit status is 1 if anything is amiss that was not mended.
    """
    amiss = False
    for finding in _findings(paths):
        told = mended(finding) if repair else finding
        amiss = amiss or not told.mended
        note = " Mended." if told.mended else " (--repair mends it.)" if told.mend else ""
        click.echo("".join(each if each.isprintable() else ascii(each)[1:-1] for each in told.sentence + note))
    if amiss:
        raise SystemExit(1)


def _findings(paths: Iterable[Path]) -> Iterator[Finding]:
    for path in paths:
        match kind_of(path):
            case "maildir":
                yield from check_maildir(path)
                for inner in sorted(each for each in path.glob(".*") if _looks_like_a_folder(each)):
                    yield from _one_of_many(inner, partial(check_maildir, within=True))
            case "mbox":
                yield from check_mbox(path)
            case _:
                for box in sorted(each for each in path.rglob("*") if _looks_like_a_box(each)):
                    yield from _one_of_many(box, check_mbox)


def _one_of_many(path: Path, check: Callable[[Path], Iterator[Finding]]) -> Iterator[Finding]:
    """What is amiss there; that it cannot be read keeps nobody from looking at the next."""
    try:
        yield from check(path)
    except OSError as error:
        yield Finding(f"{path} could not be looked at: {error.strerror or error}.")


def _looks_like_a_folder(path: Path) -> bool:
    try:
        return (path / "cur").is_dir()
    except PermissionError:
        return True  # that it cannot be looked at is told


def _looks_like_a_box(path: Path) -> bool:
    if path.name.startswith(".") or path.name.endswith(".lock") or path.is_symlink() or not path.is_file():
        return False
    try:
        with path.open("rb") as file:
            return file.read(5) in (b"", b"From ", b"\1\1\1\1\n")
    except PermissionError:
        return True
    except OSError:
        return False  # it has gone meanwhile
