"""Where a call leaves the exchange: a host on a network, a number that a modem dials, a program of this machine."""

from dataclasses import dataclass
from enum import Enum


class Transport(Enum):
    """How bytes travel to a host; the value is how a dial string and the phone book write it."""

    AUTO = "auto"
    """Telnet if the host begins to negotiate, raw if not."""
    TELNET = "telnet"
    RAW = "raw"
    TLS = "tls"
    """TLS with the certificate checked; inside it as AUTO."""
    MODEM = "modem"
    """A real modem of this host, which dials a number of the telephone network."""


@dataclass(frozen=True, slots=True)
class Route:
    """A host to call; `port` is 1 to 65535, `rate` the line rate told to the modem, in bit/s, None for its own.

    `charset` is the one the host speaks where it is that of an old machine, None for ASCII or UTF-8.
    By MODEM, `host` is the modem's name, `port` 0, and `number` what it dials.
    """

    transport: Transport
    host: str
    port: int
    terminal_type: str | None = None
    rate: int | None = None
    charset: str | None = None
    number: str = ""

    def __str__(self) -> str:
        """As a dial string may have it."""
        if self.transport is Transport.MODEM:
            return f"{self.transport.value}:{self.host}:{self.number}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.transport.value}:{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Program:
    """A program of this machine that takes calls, by its name."""

    name: str

    def __str__(self) -> str:
        """As a numbering plan has it."""
        return f"exec:{self.name}"


Away = Route | Program
"""What a call is placed to by somebody else, who says how it went."""
