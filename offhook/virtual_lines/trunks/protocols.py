"""What callers from the network may speak, and the machine for each."""

from collections.abc import Callable, Mapping
from enum import Enum
from types import MappingProxyType
from typing import Protocol

from offhook.virtual_lines.telnet import Action, AutoServer, Event, RawServer, TelnetServer


class ListenProtocol(Enum):
    """What callers speak; the value is how the command line and the configuration write it."""

    TELNET = "telnet"
    RAW = "raw"
    AUTO = "auto"
    """Telnet if the caller begins with it, raw if not."""


class Machine(Protocol):
    """A caller's line."""

    @property
    def speaks_telnet(self) -> bool:
        """Whether the caller's line is a Telnet line, as far as is known."""

    @property
    def deadline(self) -> float | None:
        """When it wants a `Tick`."""

    def handle(self, event: Event, now: float) -> list[Action]:
        """Take what happened at `now`; what is to be done, in order."""


MACHINES: Mapping[ListenProtocol, Callable[[], Machine]] = MappingProxyType(
    {
        ListenProtocol.TELNET: TelnetServer,
        ListenProtocol.RAW: RawServer,
        ListenProtocol.AUTO: AutoServer,
    }
)
