import threading

import pytest
from reader import ACK, ETX, STX, MeterError, check, read_meter

BLOCK = b"1.8.0(001234.5*kWh)\r\n2.8.0(000000.0*kWh)\r\n!\r\n" + ETX


class Meter(threading.Thread):
    """A meter at the other end of the cable, in a thread of its own."""

    def __init__(self, port, end=None):
        super().__init__(daemon=True)
        self.port = port
        self.port.apply_settings({"bytesize": 7, "parity": "E", "timeout": 5})
        self.end = check(BLOCK) if end is None else end

    def run(self):
        if self.port.read_until(b"\r\n") != b"/?!\r\n":
            return
        self.port.write(b"/LGZ4ZMD120\r\n")
        if self.port.read_until(b"\r\n") == ACK + b"040\r\n":
            self.port.write(STX + BLOCK + bytes([self.end]))


@pytest.fixture
def cable(turned_clock, line_bench):
    return line_bench.null_modem(rate=300)


def test_a_meter_is_read_at_the_rate_of_its_line(cable, turned_clock):
    port = cable.open_a()
    meter = Meter(cable.open_b())
    meter.start()
    began = turned_clock.monotonic()
    maker, registers = read_meter(port)
    meter.join(10)
    assert maker == "LGZ"
    assert registers == {"1.8.0": "001234.5*kWh", "2.8.0": "000000.0*kWh"}
    characters = len(b"/?!\r\n/LGZ4ZMD120\r\n\x06040\r\n") + len(BLOCK) + 2
    assert turned_clock.monotonic() - began == pytest.approx(characters / 30, abs=0.1)


def test_a_block_that_is_damaged_is_refused(cable):
    meter = Meter(cable.open_b(), end=0x55)
    meter.start()
    with pytest.raises(MeterError, match="damaged"):
        read_meter(cable.open_a())
    meter.join(10)


def test_where_no_meter_answers_it_says_so_after_its_timeout(cable, turned_clock):
    began = turned_clock.monotonic()
    with pytest.raises(MeterError, match="no meter"):
        read_meter(cable.open_a())
    assert turned_clock.monotonic() - began == pytest.approx(2.5, abs=0.5)
