import pytest
from dialler import CallFailed, Dialler

from offhook.testing import Cause


@pytest.fixture
def dialler(turned_clock, modem):
    return Dialler(modem.open(), clock=turned_clock)


def test_a_call_has_the_speed_of_the_line(dialler, modem):
    modem.far.answer(2400, after=12)
    assert dialler.call("5550100") == 2400
    assert modem.far.dialled == ["5550100"]


def test_a_busy_number_is_tried_again_after_half_a_minute(dialler, modem, turned_clock):
    modem.far.refuse(Cause.BUSY).answer(1200)
    began = turned_clock.monotonic()
    assert dialler.call("5550100") == 1200
    assert 30 <= turned_clock.monotonic() - began < 35


def test_without_carrier_it_gives_up_after_three_times_a_minute(dialler, modem, turned_clock):
    modem.far.silence().finish()
    began = turned_clock.monotonic()
    with pytest.raises(CallFailed, match=r"^$"):
        dialler.call("5550100")
    assert 240 <= turned_clock.monotonic() - began < 250
    assert len(modem.far.dialled) == 3


def test_a_dead_line_is_not_tried_again(dialler, modem):
    modem.far.refuse(Cause.NO_ROUTE)
    with pytest.raises(CallFailed, match="NO DIALTONE"):
        dialler.call("5550100")
    assert len(modem.far.dialled) == 1


def test_a_garbled_connect_is_hung_up_and_dialled_again(dialler, modem):
    modem.garble("CONNECT")
    modem.far.answer(2400).answer(2400)
    assert dialler.call("5550100") == 2400
    assert len(modem.far.dialled) == 2


def test_a_modem_that_swallows_a_result_is_survived(dialler, modem):
    modem.withhold("\r\nOK\r\n")
    modem.far.answer(300)
    assert dialler.call("5550100") == 300


def test_a_glitch_of_dtr_that_is_short_does_not_end_the_call(dialler, modem, turned_clock):
    modem.far.answer(2400)
    dialler.call("5550100")
    modem.glitch("dtr", 0.030)
    turned_clock.sleep(1)
    assert dialler.port.cd
    assert modem.far.in_call
