"""Ports as people name them: `pty:./modem0`, `tcp:HOST:PORT`, and so on, made into the port that is meant."""

from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from offhook.modem.ports import (
    FLOWS,
    DtePort,
    Ip232Port,
    ModemPort,
    Port,
    PortError,
    PtyPort,
    PtyWatch,
    SerialOptions,
    SerialPort,
    TcpPort,
)
from offhook.modem.rs232 import INPUTS, OUTPUTS, Pin, Wiring
from offhook.virtual_lines.remote_ports import ReachedPort, RemoteModem, Rfc2217Port

KINDS = "pty:PATH, serial:PATH, tcp:HOST:PORT, rfc2217:HOST:PORT, ip232:HOST:PORT"
"""What is known, for those who wrote something else."""


def make_port(text: str, folder: Path, watch: PtyWatch, mode: int | None = None, *, terminal: bool = False) -> Port:
    """The port that `text` names, not yet opened; a relative path begins in `folder`, `mode` is that of a pty.

    `terminal`: there is no modem of ours behind it, so that a serial port's rate is found without AT, and a server that
    greets begins no call.

    Raises `PortError` if it names none.
    """
    kind, colon, where = text.partition(":")
    if not colon or not where or "\0" in where:
        raise PortError(f"{text!r} is no port: {_meant(text)}")
    match kind:
        case "pty":
            return PtyPort(folder / where, watch, mode=mode)
        case "tcp":
            return _tcp_port(text, where, keeps_early=not terminal)
        case "serial":
            path, _, options = where.partition("?")
            return SerialPort(str(folder / path), replace(_serial_options(text, options), terminal=terminal))
        case "rfc2217":
            return Rfc2217Port(*split_address(where))
        case "ip232":
            return Ip232Port(*split_address(where))
    raise PortError(f"{text!r}: there are no ports of the kind {kind!r}: {_meant(text)}")


def _tcp_port(text: str, where: str, *, keeps_early: bool) -> Port:
    """Where a DTE connects to us; with `?connect` we connect to it."""
    address, asked, option = where.partition("?")
    if not asked:
        return TcpPort(*split_address(address))
    if option != "connect":
        raise PortError(f"{text!r}: there is no {option!r}: known is connect, to be the one who connects")
    return ReachedPort(*split_address(address), keeps_early=keeps_early)


def _meant(text: str) -> str:
    """What to write for something that people write in place of a port: a path or an address."""
    if text.startswith("/dev/"):
        return f"for that device write serial:{text}"
    if "/" in text and ":" not in text:
        return f"for a tty of that name write pty:{text}, for a device serial:{text}"
    with suppress(PortError):
        split_address(text)
        return f"to be connected to there write tcp:{text}"
    return f"write one of {KINDS}"


def check_port(text: str) -> None:
    """Raises `PortError` if `text` names no port."""
    make_port(text, Path("/"), PtyWatch())


@dataclass(frozen=True, slots=True)
class WayToModem:
    """How a real modem is reached: its port, the flow control on it, and whether DTR crosses."""

    port: ModemPort
    flow: str
    dtr: bool


def make_dte_port(text: str, folder: Path) -> WayToModem:
    """The way to a real modem that `text` names, not yet opened. Raises `PortError`."""
    kind, _, where = text.partition(":")
    place, _, options = where.partition("?")
    if kind not in ("serial", "rfc2217", "tcp") or not place or "\0" in place:
        remedy = 'write "serial:PATH?rate=115200&flow=rtscts", or HOST:PORT in place of PATH with "rfc2217:" or "tcp:"'
        raise PortError(f"{text!r} leads to no real modem: {remedy}")
    unknown = [key for key in _keys(options) if key not in ("rate", "flow")]
    if unknown:
        raise PortError(f"{text!r}: there is no {unknown[0]!r} on the way to a real modem: known are rate, flow")
    chosen = _serial_options(text, options)
    if kind == "serial":
        return WayToModem(DtePort(str(folder / place), chosen.rates[0], chosen.flow), chosen.flow, dtr=True)
    bare = kind == "tcp"
    port = RemoteModem(*split_address(place), chosen.rates[0], chosen.flow, bare=bare)
    return WayToModem(port, chosen.flow, dtr=not bare)


def check_dte_port(text: str) -> None:
    """Raises `PortError` if `text` names no port to a real modem."""
    make_dte_port(text, Path("/"))


def _keys(options: str) -> list[str]:
    return [option.partition("=")[0] for option in options.split("&") if option]


def _serial_options(text: str, options: str) -> SerialOptions:
    """What stands behind the `?` of a serial port."""
    given: dict[str, str] = {}
    for option in filter(None, options.split("&")):
        key, equals, value = option.partition("=")
        if key not in _SERIAL_KEYS:
            raise PortError(f"{text!r}: there is no {key!r}: known are {', '.join(_SERIAL_KEYS)}")
        if not equals or not value:
            raise PortError(f"{text!r}: {key} wants a value, as in {_SERIAL_KEYS[key]}")
        given[key] = value
    if "rate" in given and "autobaud" in given:
        raise PortError(f"{text!r}: write rate or autobaud, not both")
    rates = given.get("autobaud", given.get("rate", "115200")).split(",")
    if not all(rate.isascii() and rate.isdigit() and 50 <= int(rate) <= 4_000_000 for rate in rates):
        raise PortError(f"{text!r}: a rate is a number of bit/s, as in rate=9600 or autobaud=9600,2400,1200")
    flow = given.get("flow", "none")
    if flow not in FLOWS:
        raise PortError(f"{text!r}: flow is one of {', '.join(FLOWS)}")
    wiring = Wiring(
        dcd=_pin(text, "dcd", given.get("dcd", "dtr"), OUTPUTS),
        ri=_pin(text, "ri", given.get("ri", "none"), OUTPUTS),
        dtr=_pin(text, "dtr", given.get("dtr", "dsr"), INPUTS),
        rts=_pin(text, "rts", given.get("rts", "none"), INPUTS),
        inverted=frozenset(
            _pin(text, "invert", pin, OUTPUTS + INPUTS) for pin in filter(None, given.get("invert", "").split(","))
        ),
    )
    if wiring.ri is wiring.dcd is not Pin.NONE or (flow == "rtscts" and Pin.RTS in (wiring.dcd, wiring.ri)):
        raise PortError(f"{text!r}: one output has two tasks: give dcd and ri others (flow=rtscts needs rts)")
    return SerialOptions(tuple(map(int, rates)), flow, wiring)


_SERIAL_KEYS = {
    "rate": "rate=9600",
    "autobaud": "autobaud=9600,2400,1200",
    "flow": "flow=rtscts",
    "dcd": "dcd=dtr",
    "ri": "ri=rts",
    "dtr": "dtr=dsr",
    "rts": "rts=cts",
    "invert": "invert=dtr",
}


def _pin(text: str, key: str, value: str, pins: tuple[Pin, ...]) -> Pin:
    for pin in pins:
        if pin.value == value:
            return pin
    raise PortError(f"{text!r}: {key} is one of {', '.join(pin.value for pin in pins)}")


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
