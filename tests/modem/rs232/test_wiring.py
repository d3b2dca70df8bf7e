import pytest

from offhook.modem.rs232 import Pin, Signals, Wiring


@pytest.mark.parametrize("dcd", [False, True])
@pytest.mark.parametrize("cts", [False, True])
def test_on_a_null_modem_cable_our_dtr_is_their_carrier_and_our_rts_their_cts(dcd: bool, cts: bool):
    on = Signals.DSR | (Signals.CTS if cts else Signals.NONE) | (Signals.DCD if dcd else Signals.NONE)
    assert Wiring().outputs(on) == {Pin.DTR: dcd, Pin.RTS: cts}
    assert Wiring(dcd=Pin.RTS).outputs(on) == {Pin.DTR: True, Pin.RTS: dcd}


def test_ring_has_an_output_where_it_is_given_one():
    wiring = Wiring(ri=Pin.RTS)
    assert wiring.outputs(Signals.RI) == {Pin.DTR: False, Pin.RTS: True}
    assert wiring.outputs(Signals.NONE) == {Pin.DTR: False, Pin.RTS: False}


def test_the_dtes_dtr_comes_in_at_dsr_and_rts_is_taken_to_be_on():
    assert Wiring().dte(frozenset({Pin.DSR})) == Signals.DTR | Signals.RTS
    assert Wiring().dte(frozenset({Pin.CTS, Pin.DCD})) == Signals.RTS
    assert Wiring(rts=Pin.CTS, dtr=Pin.NONE).dte(frozenset()) == Signals.DTR


def test_an_inverted_pin_means_the_opposite():
    wiring = Wiring(inverted=frozenset({Pin.DTR, Pin.DSR}))
    assert wiring.outputs(Signals.DCD)[Pin.DTR] is False
    assert wiring.dte(frozenset({Pin.DSR})) == Signals.RTS
    assert wiring.dte(frozenset()) == Signals.DTR | Signals.RTS
