import pytest
from panel import ACK, NAK, Panel, message

from offhook.testing import Cause

BURGLARY = message(1234, 130, 5)


@pytest.fixture
def panel(turned_clock, modem):
    panel = Panel(modem.open(), ["5550101", "5550102"], 1234, clock=turned_clock)
    panel.alarm(130, 5)
    return panel


def test_the_digits_of_a_message_sum_up():
    assert BURGLARY[:15] == b"123418113001005"
    values = [10 if digit == 0x30 else int(chr(digit)) for digit in BURGLARY[:15]]
    assert (sum(values) + b"0123456789BCDEF".index(BURGLARY[15])) % 15 == 0


def test_an_alarm_is_reported_and_acknowledged(panel, modem):
    modem.far.answer(300).expect(BURGLARY).send(ACK)
    assert panel.report()
    modem.far.finish()
    assert modem.far.dialled == ["5550101"]


def test_a_message_that_was_not_read_is_sent_again(panel, modem):
    modem.far.answer(300).expect(BURGLARY).send(NAK).expect(BURGLARY).send(ACK)
    assert panel.report()


def test_a_centre_that_is_busy_has_a_second_number(panel, modem):
    modem.far.refuse(Cause.BUSY).answer(300).expect(BURGLARY).send(ACK)
    assert panel.report()
    assert modem.far.dialled == ["5550101", "5550102"]


def test_an_alarm_outlives_a_call_that_is_cut(panel, modem):
    modem.far.answer(300).expect(BURGLARY[:4]).hang_up().answer(300).expect(BURGLARY).send(ACK)
    assert panel.report()


def test_a_centre_that_never_acknowledges_is_given_up_and_the_alarm_kept(panel, modem, turned_clock):
    modem.far.answer(300).answer(300)
    began = turned_clock.monotonic()
    assert not panel.report(rounds=1)
    assert panel.queue == [BURGLARY]
    assert turned_clock.monotonic() - began < 60


def test_two_alarms_go_in_one_call(panel, modem):
    panel.alarm(110, 7)
    modem.far.answer(300).expect(BURGLARY).send(ACK).expect(message(1234, 110, 7)).send(ACK)
    assert panel.report()
    assert len(modem.far.dialled) == 1
