"""`offhook account`: who may log in and get letters."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import click

from offhook.cli.config_option import CONFIG
from offhook.config import load
from offhook.mailbox.accounts import Account, AccountError, AccountFile, folded, make_hash

STDIN = click.option("--password-stdin", is_flag=True, help="Read the password from the first line of standard input.")


@click.group()
def account() -> None:
    """Add, change, list, lock and remove accounts; a running host notices at once."""


@contextmanager
def _accounts(file: Path) -> Iterator[AccountFile]:
    config = load(file)
    try:
        yield AccountFile(file.resolve().parent / config.accounts.file)
    except AccountError as error:
        raise click.ClickException(str(error)) from None


def _password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    typed: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return typed


@account.command()
@click.argument("name")
@click.option("--full-name", default="", help="The name shown in letters.")
@CONFIG
@STDIN
def add(name: str, full_name: str, file: Path, password_stdin: bool) -> None:
    """Add the account NAME."""
    with _accounts(file) as accounts:
        name = folded(name)
        if accounts.find(name) is not None:
            raise AccountError(f"There is an account {name} already.")
        accounts.add(Account(name, make_hash(_password(password_stdin)), full_name))
    click.echo(f"Account {name} added.")


@account.command()
@click.argument("name")
@CONFIG
@STDIN
def passwd(name: str, file: Path, password_stdin: bool) -> None:
    """Set another password for NAME."""
    with _accounts(file) as accounts:
        if accounts.find(name) is None:
            raise AccountError(f"There is no account {folded(name)}.")
        new = make_hash(_password(password_stdin))
        accounts.update(name, lambda known: replace(known, hash=new))
    click.echo(f"Password of {folded(name)} set.")


@account.command("list")
@CONFIG
def list_(file: Path) -> None:
    """List the accounts."""
    with _accounts(file) as accounts:
        for each in accounts.all():
            notes = [each.full_name] * bool(each.full_name) + ["locked"] * each.locked
            click.echo(f"{each.name:20} {', '.join(notes)}".rstrip())


@account.command()
@click.argument("name")
@click.option("--undo", is_flag=True, help="Unlock it again.")
@CONFIG
def lock(name: str, undo: bool, file: Path) -> None:
    """Keep NAME from logging in; letters still come."""
    with _accounts(file) as accounts:
        accounts.update(name, lambda known: replace(known, locked=not undo))
    click.echo(f"Account {folded(name)} {'unlocked' if undo else 'locked'}.")


@account.command()
@click.argument("name")
@CONFIG
def remove(name: str, file: Path) -> None:
    """Remove the account NAME; its letters stay on the disk."""
    with _accounts(file) as accounts:
        accounts.remove(name)
    click.echo(f"Account {folded(name)} removed; its letters are still there.")
