from offhook.modem.rs232 import Signals


def test_each_signal_is_a_bit_of_its_own():
    bits = [signal.value for signal in Signals]
    assert len(bits) == 6
    assert sum(bits) == 63


def test_signals_combine_and_are_told_apart():
    on = Signals.DTR | Signals.RTS
    assert Signals.DTR in on
    assert Signals.DCD not in on
    assert on & ~Signals.DTR == Signals.RTS
