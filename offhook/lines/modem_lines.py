"""The emulated lines of a host: modems on ports, plugged in at its switchboard, that remember what they store."""

import resource
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from offhook.lines.modem_memory import ModemKeeper
from offhook.modem.hayes import CallsByItself, DialOrdered, HayesModem, NumberStored, Settings
from offhook.modem.ports import Port, SerialPort
from offhook.phone_book_file import PhoneBookFile
from offhook.virtual_lines.line_cards import Ear, EmulatedLineCard, TraceFile
from offhook.virtual_lines.remote_ports import Rfc2217Port
from offhook.virtual_lines.switchboard import Switchboard


class ModemLines:
    """Lines by name, on `ports`; `memories` are the files for what their modems store, for those that have one,
    `charsets` those of the machines on them, where they are old ones'.

    With a phone book the modems share the numbers they store by it. `names` are what to connect to, once plugged in.
    """

    def __init__(
        self,
        ports: Mapping[str, Port],
        settings: Settings,
        memories: Mapping[str, Path],
        book: PhoneBookFile | None = None,
        trace: TraceFile | None = None,
        charsets: Mapping[str, str | None] = MappingProxyType({}),
        ear: Ear | None = None,
        hot_lines: Mapping[str, CallsByItself] = MappingProxyType({}),
        idle_texts: Mapping[str, bytes] = MappingProxyType({}),
    ) -> None:
        """Raises `ConfigError` for a memory that is wrong."""
        self._ports = dict(ports)
        self._keeper = ModemKeeper(memories, book)
        self._settings = {
            name: replace(
                settings,
                stored=self._keeper.stored(name),
                virtual_port=not _has_a_rate(port),
                hot_line=hot_lines.get(name),
                idle_text=idle_texts.get(name, b""),
            )
            for name, port in ports.items()
        }
        self._trace = trace
        self._charsets = charsets
        self._ear = ear
        self._cards: dict[str, EmulatedLineCard] = {}

    @property
    def names(self) -> dict[str, str]:
        """What people connect to, by line."""
        return {name: self._ports[name].name for name in self._cards}

    def plug_in(self, switchboard: Switchboard) -> None:
        """Open every port; needs a running event loop. Raises `PortError` and `OSError`."""
        self._keeper.start(self._tell_others)
        for name, port in self._ports.items():
            modem = HayesModem(self._settings[name])
            card = EmulatedLineCard(
                name, port, modem, switchboard, self._trace, self._keeper, self._charsets.get(name), self._ear
            )
            switchboard.plug_in(name, card)
            card.start()
            self._cards[name] = card

    def dial(self, line: str, number: str) -> None:
        """Have `line` dial, as its DTE could. Raises `KeyError` for a line that is none of these."""
        self._cards[line].happened(DialOrdered(number))

    def trace_to(self, trace: TraceFile | None) -> None:
        """Write what happens from now on to another trace, or to none."""
        for card in self._cards.values():
            card.trace = trace

    def close(self) -> None:
        """Hang up and close every port, and wait for what is being stored; idempotent."""
        for card in self._cards.values():
            card.close()
        self._keeper.close()

    def _tell_others(self, line: str, slot: int, text: str) -> None:
        for name, card in self._cards.items():
            if name != line:
                card.happened(NumberStored(slot, text))


def _has_a_rate(port: Port) -> bool:
    """Whether the DTE's port has a rate of its own, which some programs set to what CONNECT says."""
    return isinstance(port, SerialPort | Rfc2217Port)


def raise_descriptor_limit() -> None:
    """Each line takes two descriptors, and the usual soft limit is 1024."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 65536 if hard == resource.RLIM_INFINITY else min(hard, 65536)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
