import pytest
from payment import ACK, ENQ, EOT, NAK, Terminal, framed

REQUEST, REVERSAL = framed(b"PAY 4111 1250"), framed(b"REV 4111 1250")


@pytest.fixture
def terminal(turned_clock, modem):
    modem.far.framed("7E1")
    return Terminal(modem.open(), "5550100", clock=turned_clock)


@pytest.mark.parametrize(("code", "result"), [(b"00 APPROVED", "approved"), (b"51 FUNDS", "declined")])
def test_the_host_decides(terminal, modem, code, result):
    modem.far.answer(1200).send(ENQ).expect(REQUEST).send(ACK).send(framed(code)).expect(ACK).expect(EOT)
    assert terminal.charge("4111", 1250) == result
    modem.far.finish()


def test_a_request_that_was_not_read_is_sent_again(terminal, modem):
    modem.far.answer(1200).send(ENQ).expect(REQUEST).send(NAK).expect(REQUEST).send(ACK).send(framed(b"00"))
    assert terminal.charge("4111", 1250) == "approved"


def test_an_answer_that_is_damaged_is_asked_for_again(terminal, modem):
    damaged = framed(b"00").replace(b"0", b"1", 1)
    modem.far.answer(1200).send(ENQ).expect(REQUEST).send(ACK + damaged).expect(NAK).send(framed(b"51"))
    assert terminal.charge("4111", 1250) == "declined"


def test_a_line_lost_before_the_answer_is_reversed_in_the_next_call(terminal, modem):
    modem.far.answer(1200).send(ENQ).expect(REQUEST).send(ACK).hang_up()
    assert terminal.charge("4111", 1250) == "offline"
    modem.far.answer(1200).send(ENQ).expect(REVERSAL).send(ACK).send(framed(b"00")).expect(ACK)
    modem.far.expect(framed(b"PAY 4222 300")).send(ACK).send(framed(b"00"))
    assert terminal.charge("4222", 300) == "approved"
    modem.far.finish()


def test_a_host_that_says_nothing_is_given_up_after_ten_seconds(terminal, modem, turned_clock):
    modem.far.answer(1200)
    began = turned_clock.monotonic()
    assert terminal.charge("4111", 1250) == "offline"
    assert 10 <= turned_clock.monotonic() - began < 15
    assert terminal.reversal is None


def test_the_answer_takes_the_time_of_1200_bits_a_second(terminal, modem, turned_clock):
    modem.far.answer(1200).send(ENQ).expect(REQUEST).send(ACK).send(framed(b"00" + bytes(b"x" * 237)))
    began = turned_clock.monotonic()
    assert terminal.charge("4111", 1250) == "approved"
    assert 2 < turned_clock.monotonic() - began < 6
