"""Routes as people write them: `telnet:bbs.example.org:23`, `raw:10.0.0.1:6400`, `bbs.example.org`, `modem:usr:555`."""

import re

from offhook.virtual_lines.exchange import Route, Transport

TELNET_PORT = 23
TELNETS_PORT = 992
"""Telnet inside TLS (the port registered for it)."""
LONGEST = 300
"""Characters of a route."""

_FORM = re.compile(
    r"(?:(?P<scheme>[A-Za-z][A-Za-z0-9]*):(?:(?=//)//|(?!\d+/?\Z)))?"
    r"(?:\[(?P<six>[0-9A-Fa-f:.]+(?:%[A-Za-z0-9._-]+)?)\]|(?P<host>[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,252})))"
    r"(?::(?P<port>\d{1,5}))?/?",
    re.ASCII,
)
_BY_MODEM = re.compile(r"modem:(?P<name>[A-Za-z][A-Za-z0-9_-]{0,31}):(?P<number>[0-9*#A-DW,@! -]{1,40})", re.ASCII)


def parse_route(text: str, terminal_type: str | None = None, rate: int | None = None) -> Route:
    """The route that `text` stands for: `[TRANSPORT:][//]HOST[:PORT][/]`, IPv6 in brackets.

    Without a port it is 23, or 992 for tls. Without a transport, port 23 means telnet and any other auto.
    `modem:NAME:NUMBER` is a number that the real modem of that name dials.
    Raises `ValueError` with a text that says what would be right.
    """
    by_modem = _BY_MODEM.fullmatch(text.strip()) if len(text) <= LONGEST else None
    if by_modem is not None:
        return Route(Transport.MODEM, by_modem["name"], 0, rate=rate, number=by_modem["number"])
    found = _FORM.fullmatch(text.strip()) if len(text) <= LONGEST else None
    if found is None:
        raise ValueError('write TRANSPORT:HOST:PORT, as in "telnet:bbs.example.org:23"')
    transport = _transport(found["scheme"], found["port"])
    port = int(found["port"] or (TELNETS_PORT if transport is Transport.TLS else TELNET_PORT))
    if not 1 <= port <= 65535:
        raise ValueError("a port is a number from 1 to 65535")
    return Route(transport, found["six"] or found["host"], port, terminal_type, rate)


def _transport(scheme: str | None, port: str | None) -> Transport:
    if scheme is None:
        return Transport.TELNET if int(port or TELNET_PORT) == TELNET_PORT else Transport.AUTO
    if scheme.lower() in ("telnets", "ssl"):
        return Transport.TLS
    if scheme.lower() == "tcp":
        return Transport.RAW
    if scheme.lower() == Transport.MODEM.value:
        raise ValueError('write modem:NAME:NUMBER, as in "modem:courier:5551234"')
    try:
        return Transport(scheme.lower())
    except ValueError:
        known = ", ".join(each.value for each in Transport)
        raise ValueError(f"the transport {scheme!r} is not known here: known are {known}") from None
