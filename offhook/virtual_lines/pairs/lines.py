"""The lines of this process by name, and what a URL says of one: `offhook://NAME/a?rate=2400&noise=1e-4&seed=1`."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import parse_qsl, urlsplit

from offhook.modem.rs232 import Signals
from offhook.virtual_lines.pairs.cable import CableOptions
from offhook.virtual_lines.pairs.wire import Holder, Wire

FORM = "offhook://NAME/a or offhook://NAME/b, with options as in ?rate=2400&noise=1e-4&drop=0.01&latency=50&seed=1"
Held = TypeVar("Held", bound=Holder)
_KEYS = ("rate", "noise", "drop", "latency", "seed")


@dataclass(frozen=True, slots=True)
class LineUrl:
    """What a URL says: the line, the number of the end, and the options, if it has any."""

    name: str
    end: int
    options: CableOptions | None


def parse_url(url: str) -> LineUrl:
    """Read a URL; raises `ValueError` that says what would be right."""
    parts = urlsplit(url)
    end = {"/a": 0, "/b": 1}.get(parts.path)
    if parts.scheme != "offhook" or not parts.netloc or end is None:
        raise ValueError(f"{url!r} is no line: write {FORM}")
    given = dict(parse_qsl(parts.query, keep_blank_values=True))
    for key in given:
        if key not in _KEYS:
            raise ValueError(f"{url!r}: there is no option {key!r}: known are {', '.join(_KEYS)}")
    return LineUrl(parts.netloc, end, _options(url, given) if given else None)


def _options(url: str, given: dict[str, str]) -> CableOptions:
    try:
        options = CableOptions(
            rate=int(given["rate"]) if "rate" in given else None,
            noise=float(given.get("noise", "0")),
            drop=float(given.get("drop", "0")),
            latency=float(given.get("latency", "0")) / 1000,
            seed=int(given.get("seed", "0")),
        )
    except ValueError as error:
        raise ValueError(f"{url!r}: an option is no number: write {FORM}") from error
    if not (
        (options.rate is None or 50 <= options.rate <= 10_000_000)
        and 0 <= options.noise <= 1
        and 0 <= options.drop <= 1
        and 0 <= options.latency <= 60
    ):
        raise ValueError(f"{url!r}: rate is 50 to 10000000, noise and drop are 0 to 1, latency is 0 to 60000 ms")
    return options


class Lines:
    """Wires by name. One that nobody put there is there from its first opening until both ends are closed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._wires: dict[str, Wire] = {}
        self._kept: set[str] = set()

    def put(self, name: str, wire: Wire) -> None:
        """Have `name` be this wire until `remove`; a `ValueError` if it is in use."""
        with self._lock:
            if name in self._wires:
                raise ValueError(f"there is a line {name!r} already")
            self._wires[name] = wire
            self._kept.add(name)

    def remove(self, name: str) -> None:
        """Forget a line that was put there; who has an end open keeps it."""
        with self._lock:
            self._wires.pop(name, None)
            self._kept.discard(name)

    def take(self, url: LineUrl, holder: Callable[[Wire], Held]) -> tuple[Wire, Held]:
        """Hold the end that a URL means, by what `holder` makes; the wire is made if it is not there.

        A `ValueError` says that the end is held already, or that the line has other options.
        """
        with self._lock:
            wire = self._wires.get(url.name)
            if wire is None:
                wire = Wire(url.options)
            elif url.options is not None and url.options != wire.options:
                raise ValueError(f"the line {url.name!r} has other options: give them once, or the same at both ends")
            held = holder(wire)
            with wire.changed:
                if not wire.take(url.end, held):
                    raise ValueError(f"end {'ab'[url.end]} of {url.name!r} is in use: close what has it open")
            self._wires[url.name] = wire
            return wire, held

    def left(self, name: str, wire: Wire) -> None:
        """An end was let go of: a line that nobody holds any more is forgotten."""
        with self._lock:
            if name not in self._kept and self._wires.get(name) is wire and not wire.held:
                del self._wires[name]

    def set_ring_indicator(self, url: str, on: bool | None) -> None:
        """What an end of a line sees of RI, which no null-modem cable has; None takes it away again.

        It ends when that end is closed. A `ValueError` says that the end is not open, or no line.
        """
        parsed = parse_url(url)
        with self._lock:
            wire = self._wires.get(parsed.name)
        if wire is None:
            raise ValueError(f"nobody has {url} open: open it first")
        with wire.changed:
            wire.force(parsed.end, Signals.RI, on)


LINES = Lines()
"""Those of this process: a URL is all that pyserial hands on, so a name has to be enough to find a line by."""
