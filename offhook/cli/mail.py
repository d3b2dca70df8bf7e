"""`offhook mail`: the same session on the terminal one sits at, as if logged in on the mail server itself."""

import asyncio
import getpass
import signal
from pathlib import Path

import click

from offhook.cli.config_option import CONFIG
from offhook.config import load
from offhook.mail_room import MailRoom
from offhook.mailbox.accounts import folded
from offhook.mailbox.letters import MaildropFailure
from offhook.reception import FrontDesk
from offhook.terminal.session import hold_session
from offhook.terminal.teletype import Teletype, console_capabilities, opened, window_size


@click.command()
@click.option("--account", "name", default=None, help="Whose letters; by default those of your own login name.")
@CONFIG
def mail(name: str | None, file: Path) -> None:
    """Read and write mail here; whoever can read the mailbox's files needs no password."""
    room = MailRoom(load(file), file.resolve().parent)
    wanted = folded(name or getpass.getuser())
    if room.sorting.residents.find(wanted) is None:
        raise click.ClickException(f"There is no account {wanted}: name one with --account.")
    asyncio.run(_session(room, wanted))


async def _session(room: MailRoom, name: str) -> None:
    account = room.sorting.residents.find(name)
    assert account is not None
    origin = f"console of {getpass.getuser()}"
    desk = FrontDesk(room.config.host.name, "", room.check, room.visitor, origin, origin)
    try:
        visitor = room.visitor(account, origin)
    except MaildropFailure as why:
        raise click.ClickException(str(why)) from None
    with opened() as console:
        teletype = Teletype(console, console_capabilities())
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGWINCH, lambda: teletype.resize(*window_size()))
        for number in (signal.SIGHUP, signal.SIGTERM):
            loop.add_signal_handler(number, teletype.far_closed)
        await hold_session(teletype, desk, visitor)
