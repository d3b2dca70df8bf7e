"""`offhook demo`: a whole host in one folder, with two accounts and some letters, and nothing to configure."""

import asyncio
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import click

from offhook.cli.demo_letters import sample_letters
from offhook.cli.serve import run_host
from offhook.config import Config, load
from offhook.mail_room import MailRoom
from offhook.mailbox.accounts import Account, make_hash
from offhook.mailbox.letters import received_line

PASSWORD = "letmein"
CONFIG = """\
# A host for trying offhook out: it listens on this machine only. `offhook check-config` checks this file.

[host]
name = "localhost"
greeting = "offhook demo. Log in as alice or bob, password letmein."

[accounts]
file = "accounts"

[mail]
domains = ["localhost"]
maildrops = "mail/{user}"
spool = "spool"

[telnet]
listen = "127.0.0.1:2323"

[smtp]
listen = "127.0.0.1:2525"

[lmtp]
socket = "lmtp.sock"

# What answers which number. 100 is login and mail.
[[number]]
number = "100"
to = "mail"

# Two lines, each a modem on a tty of its own.
[[line]]
name = "modem0"
port = "pty:modem0"
number = "201"

[[line]]
name = "modem1"
port = "pty:modem1"
number = "202"
"""


@click.command()
@click.option(
    "--directory",
    type=click.Path(path_type=Path),
    default=Path("demo"),
    show_default=True,
    help="Where everything is kept.",
)
@click.option("--telnet-port", type=click.IntRange(0, 65535), help="Another port for Telnet; 0 picks a free one.")
@click.option("--smtp-port", type=click.IntRange(0, 65535), help="Another port for SMTP; 0 picks a free one.")
@click.option(
    "--trace", type=click.Path(path_type=Path), help="Write every event and action of each line to this file."
)
def demo(directory: Path, telnet_port: int | None, smtp_port: int | None, trace: Path | None) -> None:
    """Try offhook out: two modem ttys, Telnet, SMTP and LMTP, on this machine only."""
    if not directory.exists():
        directory.mkdir(parents=True)
        directory.chmod(0o755)  # cu, and others that run as a user of their own, have to reach the ttys in it
    file = directory / "offhook.toml"
    if not file.exists():
        file.write_text(CONFIG, encoding="utf-8")
    config = _on_other_ports(load(file), telnet_port, smtp_port)
    folder = directory.resolve()
    with _alone_in(file, directory):
        _serve(config, folder, directory, trace)
    click.echo("Stopped. The letters are still there.")


@contextmanager
def _alone_in(file: Path, directory: Path) -> Iterator[None]:
    """Keep a second demo out of the directory, before it changes anything there."""
    with file.open() as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise click.ClickException(
                f"A demo host is running in {directory}: stop it, or choose another --directory."
            ) from None
        yield


def _serve(config: Config, folder: Path, directory: Path, trace: Path | None) -> None:
    ready = folder / "ready"
    ready.unlink(missing_ok=True)
    asyncio.run(_furnish(MailRoom(config, folder)))

    def announce(facts: dict[str, str]) -> None:
        temporary = ready.with_name(".ready.new")
        temporary.write_text("".join(f"{name}={value}\n" for name, value in facts.items()), encoding="utf-8")
        temporary.replace(ready)
        click.echo(_what_to_type(directory, facts))

    try:
        run_host(config, folder, trace, announce)
    finally:
        ready.unlink(missing_ok=True)


def _on_other_ports(config: Config, telnet_port: int | None, smtp_port: int | None) -> Config:
    changes: dict[str, object] = {}
    for name, port in (("telnet", telnet_port), ("smtp", smtp_port)):
        section = getattr(config, name)
        if port is not None and section is not None:
            changes[name] = section.model_copy(update={"listen": f"127.0.0.1:{port}"})
    return config.model_copy(update=changes)


async def _furnish(mail: MailRoom) -> None:
    """Make the accounts and their letters, unless they are there already."""
    new = [name for name in ("alice", "bob") if mail.accounts.find(name) is None]
    for name in new:
        mail.accounts.add(Account(name, make_hash(PASSWORD), name.capitalize()))
    now = datetime.now().astimezone()
    received = received_line(
        helo="", peer="demo", by="localhost", protocol="demo", ident="sample", recipient="", date=now
    )
    for sample in sample_letters(now):
        if sample.account in new:
            recipient = f"{sample.account}@localhost"
            await mail.delivery.deliver(sample.account, sample.sender, recipient, sample.letter, received)


def _what_to_type(directory: Path, facts: dict[str, str]) -> str:
    host, _, port = facts.get("telnet", "").rpartition(":")
    modem = next((name for name in facts if name not in ("telnet", "smtp", "lmtp")), None)
    lines = ["", "offhook is ready. In another terminal, one of these:", ""]
    if modem is not None:
        lines += [
            f"  minicom -D {os.path.join('.', directory, modem)}     then type ATDT100",
            f"  screen {os.path.join('.', directory, modem)}         then type ATDT100",
        ]
    if host:
        lines.append(f"  telnet {host} {port}")
    lines += [
        "",
        f"Log in as alice or bob, password {PASSWORD}. Type a number to read a letter, ? for help, q to hang up.",
    ]
    if "smtp" in facts:
        lines.append(f"Letters for alice@localhost and bob@localhost are taken by SMTP on {facts['smtp']}.")
    lines.append("Ctrl-C here ends it.")
    return "\n".join(lines)
