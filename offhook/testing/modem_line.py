"""A modem on a line in memory, with faults made to order; and one whose telephone line leads to a far end."""

from collections.abc import Callable
from typing import Any

from serial.serialutil import SerialBase

from offhook.modem.hayes import Action, Event, HayesModem, Profile, Settings, State, Stored, format_entry
from offhook.modem.rs232 import Signals
from offhook.testing.ends import DteEnd
from offhook.testing.far_end import FarEnd
from offhook.testing.faulty_port import FaultyPort
from offhook.testing.stage import Stage
from offhook.testing.telephone import Telephone
from offhook.virtual_lines.exchange import Quality
from offhook.virtual_lines.line_cards import EmulatedLineCard, Exchange


class _Notes:
    """A trace that keeps its entries."""

    def __init__(self) -> None:
        self.entries: list[str] = []

    def event(self, line: str, now: float, event: Event) -> None:
        self.entries.append(format_entry(now, event))

    def action(self, line: str, now: float, action: Action) -> None:
        self.entries.append(format_entry(now, action))


def line_rate_told() -> Settings:
    """Settings of a modem whose CONNECT tells the rate of the line (W2), after ATZ too; after AT&F, the DTE's."""
    profile = Profile()
    profile.options["W"] = 2
    return Settings(stored=Stored({0: profile}))


class ModemLine:
    """A modem, with its DTE's end of the line: `url` is what that opens. Its faults are ordered here."""

    def __init__(self, stage: Stage, exchange: Exchange, line: str, end: DteEnd, settings: Settings | None) -> None:
        self._stage = stage
        self._end = end
        self._modem = HayesModem(settings or line_rate_told())
        self._port = FaultyPort(end.port)
        self._notes = _Notes()
        self.card = EmulatedLineCard(line, self._port, self._modem, exchange, self._notes)

    def start(self) -> None:
        """Switch the modem on."""
        self._stage.call(self.card.start)

    @property
    def url(self) -> str:
        """What the program under test opens with `serial.serial_for_url`."""
        return self._end.url

    @property
    def state(self) -> State:
        """Where the modem is."""
        return self._modem.state

    @property
    def transcript(self) -> str:
        """All that happened to the modem and all it did, an entry a line."""
        return "\n".join(self._notes.entries)

    @property
    def transcripts(self) -> list[str]:
        """That one, where there may be several."""
        return [self.transcript]

    def open(self, **settings: Any) -> SerialBase:
        """A pyserial object on the modem's line, with a `timeout` of 10 s if none is given."""
        return self._end.open(settings)

    def garble(self, words: bytes | str, instead: bytes | None = None, times: int = 1) -> None:
        """The next so many times that the modem says `words`, they arrive garbled; or as something else."""
        heard = _bytes(words)
        middle = len(heard) // 2
        wrong = heard[:middle] + bytes([heard[middle] ^ 0x80]) + heard[middle + 1 :]
        self._call(lambda: self._port.replace(heard, wrong if instead is None else instead, times))

    def withhold(self, words: bytes | str, times: int = 1) -> None:
        """The modem's `words` do not arrive."""
        self._call(lambda: self._port.replace(_bytes(words), b"", times))

    def double(self, words: bytes | str, times: int = 1) -> None:
        """They arrive twice."""
        self._call(lambda: self._port.replace(_bytes(words), _bytes(words) * 2, times))

    def delay(self, words: bytes | str, seconds: float, times: int = 1) -> None:
        """They arrive so much later, and all that follows behind them."""
        self._call(lambda: self._port.delay(_bytes(words), seconds, times))

    def glitch(self, line: str, seconds: float) -> None:
        """A line is off for so long: `dtr` or `rts` as the modem sees it, `dsr`, `cts` or `dcd` as the DTE does."""
        signal = Signals[line.upper()]
        if signal in Signals.DTR | Signals.RTS:
            self._call(lambda: self._port.glitch(signal, seconds))
        else:
            self._call(lambda: self._end.glitch(signal, seconds))

    def _call(self, what: Callable[[], None]) -> None:
        self._stage.call(what)

    def close(self) -> None:
        """Switch the modem off and take the line away."""
        self._end.close()
        self._stage.call(self.card.close)


class Modem(ModemLine):
    """A modem whose telephone line leads to `far`, whatever number it dials."""

    def __init__(self, stage: Stage, end: DteEnd, settings: Settings | None, line: Quality | None) -> None:
        telephone = Telephone()
        super().__init__(stage, telephone, "modem", end, settings)
        telephone.modem = self.card
        self.far = FarEnd(stage, telephone, line)

    def check(self) -> None:
        """Raises `AssertionError` if a step of its far end has failed."""
        self.far.check()

    def close(self) -> None:
        """Switch all of it off."""
        self._stage.call(self.far.close)
        super().close()


def _bytes(words: bytes | str) -> bytes:
    return words.encode("latin-1") if isinstance(words, str) else words
