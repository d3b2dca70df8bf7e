import itertools

from offhook.modem.rs232 import Signals
from offhook.virtual_lines.null_modem import crossed

OUTPUTS = [Signals.NONE, Signals.DTR, Signals.RTS, Signals.DTR | Signals.RTS]


def test_dtr_is_dsr_and_dcd_at_the_other_end_and_rts_is_cts():
    assert crossed(Signals.DTR) == Signals.DSR | Signals.DCD
    assert crossed(Signals.RTS) == Signals.CTS
    assert crossed(Signals.NONE) == Signals.NONE


def test_crossing_is_its_own_inverse():
    for mine, theirs in itertools.product(OUTPUTS, OUTPUTS):
        assert crossed(crossed(mine | crossed(theirs))) == mine | crossed(theirs)
