"""How a modem's lines run over the pins of a port that has the connector of a DTE, by a null-modem cable.

Such a port has two outputs, DTR and RTS, and four inputs; a modem has four outputs and two inputs. On the
cable our DTR comes out at the DTE's DSR and DCD, our RTS at its CTS; its DTR comes in at our DSR and DCD, its
RTS at our CTS.
"""

from dataclasses import dataclass
from enum import Enum

from offhook.modem.rs232.signals import Signals


class Pin(Enum):
    """A pin of the port, or none; the value is how people write it."""

    DTR = "dtr"
    RTS = "rts"
    DSR = "dsr"
    CTS = "cts"
    DCD = "dcd"
    RI = "ri"
    NONE = "none"


OUTPUTS = (Pin.DTR, Pin.RTS, Pin.NONE)
INPUTS = (Pin.DSR, Pin.DCD, Pin.CTS, Pin.RI, Pin.NONE)


@dataclass(frozen=True, slots=True)
class Wiring:
    """Which output shows DCD and which RI, which input is the DTE's DTR and which its RTS.

    Where they have no task DTR is on and RTS is the DTE's CTS: it waits for both before it talks. An input that is
    `Pin.NONE` is taken to be on. `inverted` names pins of which on and off are exchanged.
    """

    dcd: Pin = Pin.DTR
    ri: Pin = Pin.NONE
    dtr: Pin = Pin.DSR
    rts: Pin = Pin.NONE
    inverted: frozenset[Pin] = frozenset()

    def outputs(self, on: Signals) -> dict[Pin, bool]:
        """What DTR and RTS of the port are to be for the modem's lines."""
        levels = {Pin.DTR: True, Pin.RTS: Signals.CTS in on}
        for pin, line in ((self.dcd, Signals.DCD), (self.ri, Signals.RI)):
            if pin is not Pin.NONE:
                levels[pin] = line in on
        return {pin: level is not (pin in self.inverted) for pin, level in levels.items()}

    def dte(self, inputs: frozenset[Pin]) -> Signals:
        """The DTE's DTR and RTS, with these inputs of the port on."""
        on = Signals.NONE
        for pin, line in ((self.dtr, Signals.DTR), (self.rts, Signals.RTS)):
            if pin is Pin.NONE or (pin in inputs) is not (pin in self.inverted):
                on |= line
        return on
