"""Which line of one end comes out at which of the other."""

from offhook.modem.rs232 import Signals


def crossed(on: Signals) -> Signals:
    """What one end's lines are at the other: DTR is its DSR and DCD, RTS its CTS; and the other way round."""
    there = Signals.NONE
    for own, others in ((Signals.DTR, Signals.DSR | Signals.DCD), (Signals.RTS, Signals.CTS)):
        if own in on:
            there |= others
        if others in on:
            there |= own
    return there
