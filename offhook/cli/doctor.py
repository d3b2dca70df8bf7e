"""`offhook doctor`: what is wrong with a port or the machine, and the remedy."""

import sys
from pathlib import Path

import click

from offhook.doctor import (
    Finding,
    Level,
    address_facts,
    device_facts,
    look_at_address,
    look_at_device,
    look_at_machine,
    look_at_server,
    machine_facts,
    server_facts,
)
from offhook.modem.ports import PtyWatch
from offhook.port_names import check_dte_port, make_port, split_address


@click.command()
@click.argument("port", required=False)
@click.option("--host", help="A name to look up, as calls by name do.")
@click.option("--real-modem", is_flag=True, help="A real modem is to be at PORT, for offhook to answer by.")
def doctor(port: str | None, host: str | None, real_modem: bool) -> None:
    """Look at PORT, or at the machine, and say what is wrong and what to do about it.

    PORT is as `offhook modem` takes it, or the path of a tty. The exit status is 1 if there is trouble.
    """
    found = look_at_machine(machine_facts(host)) if port is None or host else []
    if port is not None:
        found += _port(port, real_modem)
    for finding in found:
        click.echo(_printable(str(finding)))
    sys.exit(any(finding.level is Level.TROUBLE for finding in found))


def _port(text: str, real_modem: bool) -> list[Finding]:
    """Raises `PortError` for what is no port."""
    if ":" not in text or text.startswith(("/", ".")):
        return look_at_device(device_facts(text), modem=real_modem)
    kind, _, where = text.partition(":")
    if real_modem:
        check_dte_port(text)
    else:
        make_port(text, Path.cwd(), PtyWatch())
    if kind in ("tcp", "rfc2217") and (real_modem or where.endswith("?connect")):
        address = where.partition("?")[0]
        return look_at_server(server_facts(address, *split_address(address)), bare=kind == "tcp")
    if kind in ("tcp", "rfc2217", "ip232"):
        return look_at_address(address_facts(where, *split_address(where)))
    path = Path.cwd() / where.partition("?")[0]
    if kind == "pty" and not path.is_symlink():
        return _new_pty(path)
    return look_at_device(device_facts(str(path)), modem=real_modem)


def _new_pty(path: Path) -> list[Finding]:
    if path.exists():
        text = f"{path} is there and is no modem's tty"
        return [Finding(Level.TROUBLE, text, "write another path: offhook does not replace files")]
    if not path.parent.is_dir():
        return [Finding(Level.NOTE, f"the folder {path.parent} is not there", "offhook will make it")]
    return [Finding(Level.OK, f"{path} is free: offhook makes a tty of that name")]


def _printable(text: str) -> str:
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)
