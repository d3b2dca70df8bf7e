"""Ports as people name them: `pty:./modem0`, `tcp:HOST:PORT`, and so on, made into the port that is meant."""

from pathlib import Path

from offhook.modem.ports import Port, PortError, PtyPort, PtyWatch, TcpPort
from offhook.virtual_lines.remote_ports import Rfc2217Port

KINDS = "pty:PATH, tcp:HOST:PORT, rfc2217:HOST:PORT"
"""What is known, for those who wrote something else."""


def make_port(text: str, folder: Path, watch: PtyWatch, mode: int | None = None) -> Port:
    """The port that `text` names, not yet opened; a relative path begins in `folder`, `mode` is that of a pty.

    Raises `PortError` if it names none.
    """
    kind, colon, where = text.partition(":")
    if not colon or not where or "\0" in where:
        raise PortError(f"{text!r} is no port: write one of {KINDS}")
    match kind:
        case "pty":
            return PtyPort(folder / where, watch, mode=mode)
        case "tcp":
            return TcpPort(*split_address(where))
        case "rfc2217":
            return Rfc2217Port(*split_address(where))
    raise PortError(f"{text!r}: there are no ports of the kind {kind!r}: write one of {KINDS}")


def split_address(text: str) -> tuple[str, int]:
    """Host and port of `HOST:PORT`, an IPv6 address in brackets; raises `PortError`."""
    host, colon, port = text.rpartition(":")
    if not (colon and host and port.isascii() and port.isdigit() and int(port) <= 65535):
        raise PortError(f"{text!r} is no address: write HOST:PORT, as in 127.0.0.1:2323")
    return host.removeprefix("[").removesuffix("]"), int(port)


def short_name(text: str) -> str:
    """A line's name after its port: `modem0` for `pty:./modem0`, `ttyUSB0` for `serial:/dev/ttyUSB0?rate=9600`."""
    kind, _, where = text.partition(":")
    last = where.partition("?")[0].rstrip("/").rpartition("/")[2]
    name = "".join(each if each.isascii() and (each.isalnum() or each in "-_") else "-" for each in last)
    return name.strip("-")[:32] if kind in ("pty", "serial") and name.strip("-") else f"{kind}-{name.strip('-')}"[:32]


def memory_name(text: str, folder: Path) -> str:
    """The name of the file for what the modem on a port stores: the same for a port however its path is written."""
    kind, _, where = text.partition("?")[0].partition(":")
    whole = f"{kind}-{(folder / where).resolve() if kind == 'pty' else where}"
    plain = "".join(each if each.isascii() and (each.isalnum() or each in "._-") else "-" for each in whole)
    return f"{plain.replace('--', '-')[-200:]}.toml"
