"""The lines of a host that have no modem of ours, plugged in at the switchboard: real modems, terminals on a cable."""

from pathlib import Path

from offhook.config import Config, Direct, RealModem
from offhook.modem.dte import Dialogue, DteSettings
from offhook.modem.ports import PtyWatch
from offhook.modem.rs232 import Parity
from offhook.port_names import WayToModem, make_dte_port, make_port
from offhook.virtual_lines.direct import BREAK_HANGS_UP, TerminalLine, TerminalSettings
from offhook.virtual_lines.line_cards import DirectLineCard, Entries, RealLineCard
from offhook.virtual_lines.switchboard import Switchboard


class OuterLines:
    """Lines by name. `names` are what they are on, once plugged in."""

    def __init__(self, config: Config, folder: Path, trace: Entries | None = None) -> None:
        """`folder` is where relative paths of ports begin."""
        self._modems = config.real_modems
        self._terminals = config.direct_cables
        self._folder = folder
        self._trace = trace
        self._cards: dict[str, RealLineCard | DirectLineCard] = {}
        self.names: dict[str, str] = {}

    def plug_in(self, switchboard: Switchboard) -> None:
        """Open every port; needs a running event loop. Raises `PortError`."""
        for modem in self._modems:
            way = make_dte_port(modem.port, self._folder)
            dialogue = Dialogue(_dte_settings(modem, way))
            real = RealLineCard(modem.name, way.port, dialogue, switchboard, modem.number, self._trace)
            switchboard.carry(real, modem.name)
            self._start(modem.name, real, switchboard)
            self.names[modem.name] = way.port.name
        watch = PtyWatch()
        for each in self._terminals:
            cable = make_port(each.port, self._folder, watch, each.mode, terminal=True)
            terminal = TerminalLine(_terminal_settings(each))
            direct = DirectLineCard(each.name, cable, terminal, switchboard, each.number, self._trace)
            self._start(each.name, direct, switchboard)
            self.names[each.name] = cable.name

    def _start(self, name: str, card: RealLineCard | DirectLineCard, switchboard: Switchboard) -> None:
        self._cards[name] = card
        switchboard.plug_in(name, card)
        card.start()

    def close(self) -> None:
        """Hang up and close every port; idempotent."""
        for card in self._cards.values():
            card.close()


def _dte_settings(modem: RealModem, way: WayToModem) -> DteSettings:
    return DteSettings(
        recipe=modem.recipe,
        init=modem.init,
        rings=modem.answer,
        auto_answer=modem.auto_answer,
        caller_id=modem.caller_id,
        flow=way.flow,
        dtr=way.dtr,
        dial=modem.dial,
        renew=modem.renew_minutes * 60.0,
        dial_back=frozenset(modem.dial_back),
    )


def _terminal_settings(direct: Direct) -> TerminalSettings:
    key = direct.hang_up
    return TerminalSettings(
        by_key=direct.start == "key",
        parity=None if direct.parity == "auto" else Parity(direct.parity),
        hang_up=key if key in ("", BREAK_HANGS_UP) else chr(ord(key[1]) - 64),
    )
