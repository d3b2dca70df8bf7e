"""The lines of a host that have no modem of ours: real modems, each on its port, plugged in at the switchboard."""

from pathlib import Path

from offhook.config import RealModem
from offhook.modem.dte import Dialogue, DteSettings
from offhook.port_names import make_dte_port
from offhook.virtual_lines.line_cards import Entries, RealLineCard
from offhook.virtual_lines.switchboard import Switchboard


class OuterLines:
    """Lines by name. `names` are what they are on, once plugged in."""

    def __init__(self, modems: tuple[RealModem, ...], folder: Path, trace: Entries | None = None) -> None:
        """`folder` is where relative paths of ports begin. Raises `PortError` for a port that is none."""
        self._modems = modems
        self._folder = folder
        self._trace = trace
        self._cards: dict[str, RealLineCard] = {}
        self.names: dict[str, str] = {}

    def plug_in(self, switchboard: Switchboard) -> None:
        """Open every port; needs a running event loop. Raises `PortError`."""
        for each in self._modems:
            port, flow = make_dte_port(each.port, self._folder)
            dialogue = Dialogue(_settings(each, flow))
            card = RealLineCard(each.name, port, dialogue, switchboard, each.number, self._trace)
            switchboard.plug_in(each.name, card)
            switchboard.carry(card, each.name)
            card.start()
            self._cards[each.name] = card
            self.names[each.name] = port.name

    def close(self) -> None:
        """Hang up and close every port; idempotent."""
        for card in self._cards.values():
            card.close()


def _settings(modem: RealModem, flow: str) -> DteSettings:
    return DteSettings(
        recipe=modem.recipe,
        init=modem.init,
        rings=modem.answer,
        auto_answer=modem.auto_answer,
        caller_id=modem.caller_id,
        flow=flow,
        dial=modem.dial,
        renew=modem.renew_minutes * 60.0,
        dial_back=frozenset(modem.dial_back),
    )
