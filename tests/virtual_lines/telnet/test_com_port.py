"""What a client asks of a serial port, and what it is answered (RFC 2217)."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offhook.modem.rs232 import Signals
from offhook.virtual_lines.telnet.com_port import (
    Answer,
    ComPort,
    ModemState,
    Purge,
    Request,
    ShowLineState,
    ShowModemState,
    Suspend,
    TellBreak,
    TellRate,
    TellSignals,
    modem_state,
)

NONE, DTR, RTS = Signals.NONE, Signals.DTR, Signals.RTS


@pytest.fixture
def port() -> ComPort:
    return ComPort(19200)


def answered(port: ComPort, *content: int) -> list[int]:
    """The one answer to a request."""
    [answer] = [step for step in port.heard(bytes(content)) if isinstance(step, Answer)]
    return list(answer.content)


def test_who_asks_for_the_signature_is_told_it_and_who_tells_its_own_is_heard(port: ComPort):
    assert port.heard(b"\0") == [Answer(b"\x64offhook")]
    assert port.heard(b"\0pySerial") == []


def test_a_rate_is_set_told_and_confirmed(port: ComPort):
    assert port.heard(bytes((1, 0, 0, 0x25, 0x80))) == [TellRate(9600), Answer(bytes((101, 0, 0, 0x25, 0x80)))]
    assert answered(port, 1, 0, 0, 0, 0) == [101, 0, 0, 0x25, 0x80]


@pytest.mark.parametrize("value", [(), (7,), (0, 0x25, 0x80), (0, 0, 0, 0)])
def test_a_rate_of_nothing_asks_for_the_one_in_force(port: ComPort, value: tuple[int, ...]):
    assert port.heard(bytes((1, *value))) == [Answer(bytes((101, 0, 0, 0x4B, 0)))]


@pytest.mark.parametrize("rate", [1, 45, 12345, 115200, 2**32 - 1])
def test_any_rate_may_be_set(port: ComPort, rate: int):
    assert port.heard(b"\1" + rate.to_bytes(4))[0] == TellRate(rate)
    assert port.rate == rate


@pytest.mark.parametrize(
    ("request_code", "first", "possible", "impossible"),
    [
        (Request.SET_DATASIZE, 8, (5, 6, 7, 8), (4, 9, 255)),
        (Request.SET_PARITY, 1, (1, 2, 3, 4, 5), (6, 255)),
        (Request.SET_STOPSIZE, 1, (1, 2, 3), (4, 255)),
    ],
)
def test_framing_is_confirmed_and_what_no_port_has_is_answered_with_what_is_in_force(
    port: ComPort, request_code: int, first: int, possible: tuple[int, ...], impossible: tuple[int, ...]
):
    assert answered(port, request_code, 0) == [100 + request_code, first]
    for value in possible:
        assert answered(port, request_code, value) == [100 + request_code, value]
        assert answered(port, request_code, 0) == [100 + request_code, value]
        for other in impossible:
            assert answered(port, request_code, other) == [100 + request_code, value]
    assert answered(port, request_code) == [100 + request_code, possible[-1]]


def test_flow_control_for_both_directions_sets_the_inbound_one_too_and_each_is_told(port: ComPort):
    assert (answered(port, 5, 0), answered(port, 5, 13)) == ([105, 1], [105, 14])
    assert answered(port, 5, 3) == [105, 3]
    assert (answered(port, 5, 0), answered(port, 5, 13)) == ([105, 3], [105, 16])
    assert answered(port, 5, 15) == [105, 15]
    assert (answered(port, 5, 0), answered(port, 5, 13)) == ([105, 3], [105, 15])
    for outbound in (17, 19):
        assert answered(port, 5, outbound) == [105, outbound] == answered(port, 5, 0)
    assert answered(port, 5, 18) == [105, 18] == answered(port, 5, 13)
    assert answered(port, 5, 2) == [105, 2]
    assert (answered(port, 5, 0), answered(port, 5, 13)) == ([105, 2], [105, 15])


def test_dtr_and_rts_are_on_at_first_and_go_as_they_are_set(port: ComPort):
    assert (answered(port, 5, 7), answered(port, 5, 10)) == ([105, 8], [105, 11])
    assert port.heard(b"\5\x09") == [TellSignals(RTS), Answer(b"\x69\x09")]
    assert port.heard(b"\5\x0c") == [TellSignals(NONE), Answer(b"\x69\x0c")]
    assert (answered(port, 5, 7), answered(port, 5, 10)) == ([105, 9], [105, 12])
    assert port.heard(b"\5\x08") == [TellSignals(DTR), Answer(b"\x69\x08")]
    assert port.heard(b"\5\x0b") == [TellSignals(DTR | RTS), Answer(b"\x69\x0b")]


def test_a_break_is_told_when_it_begins(port: ComPort):
    assert answered(port, 5, 4) == [105, 6]
    assert port.heard(b"\5\5") == [TellBreak(), Answer(b"\x69\5")]
    assert port.heard(b"\5\5") == [Answer(b"\x69\5")]
    assert answered(port, 5, 4) == [105, 5]
    assert port.heard(b"\5\6") == [Answer(b"\x69\6")]
    assert port.heard(b"\5\5") == [TellBreak(), Answer(b"\x69\5")]


def test_masks_are_confirmed_and_that_of_the_modem_shows_its_state(port: ComPort):
    assert port.heard(b"\x0b\xb0") == [Answer(b"\x6f\xb0"), ShowModemState()]
    assert port.heard(b"\x0a\x10") == [Answer(b"\x6e\x10")]
    assert (port.modem_mask, port.line_mask) == (0xB0, 0x10)
    assert answered(port, 10) == [110, 0x10]
    assert answered(port, 11) == [111, 0xB0]


def test_states_can_be_polled_and_data_suspended(port: ComPort):
    assert port.heard(b"\6") == [ShowLineState()]
    assert port.heard(b"\7") == [ShowModemState()]
    assert port.heard(b"\x08") == [Suspend(True)]
    assert port.heard(b"\x09") == [Suspend(False)]


@pytest.mark.parametrize(("value", "purge"), [(1, Purge(True, False)), (2, Purge(False, True)), (3, Purge(True, True))])
def test_a_purge_says_which_side(port: ComPort, value: int, purge: Purge):
    assert port.heard(bytes((12, value))) == [purge, Answer(bytes((112, value)))]


@pytest.mark.parametrize("content", [b"", b"\5", b"\5\x14", b"\5\xff", b"\x0c", b"\x0c\0", b"\x0c\4", b"\x0d", b"\x65"])
def test_what_the_rfc_does_not_name_has_no_answer(port: ComPort, content: bytes):
    assert port.heard(content) == []


@settings(max_examples=300, deadline=None)
@given(st.lists(st.binary(max_size=8), max_size=20))
def test_no_content_raises_and_every_answer_is_one_of_the_server(contents: list[bytes]):
    port = ComPort(9600)
    for content in contents:
        for step in port.heard(content):
            if isinstance(step, Answer):
                assert step.content[0] == 100 + content[0]
            if isinstance(step, TellRate):
                assert step.rate > 0


def test_the_modem_state_has_levels_and_what_changed():
    every = Signals.CTS | Signals.DSR | Signals.DCD | Signals.RI
    assert modem_state(every, every) == 0xF0
    assert modem_state(NONE, NONE) == 0
    assert modem_state(Signals.CTS | Signals.DCD, Signals.CTS) == ModemState.CTS | ModemState.DCD | ModemState.DELTA_DCD
    assert modem_state(NONE, Signals.CTS | Signals.DSR) == ModemState.DELTA_CTS | ModemState.DELTA_DSR


def test_only_the_end_of_a_ring_has_a_delta():
    assert modem_state(Signals.RI, NONE) == ModemState.RI
    assert modem_state(NONE, Signals.RI) == ModemState.END_OF_RING


def test_the_framing_is_what_the_client_has_set(port: ComPort):
    assert str(port.framing) == "8N1"
    for request, value in ((Request.SET_DATASIZE, 7), (Request.SET_PARITY, 3), (Request.SET_STOPSIZE, 3)):
        port.heard(bytes((request, value)))
    assert str(port.framing) == "7E1.5"
    port.heard(bytes((Request.SET_PARITY, 5)))
    port.heard(bytes((Request.SET_STOPSIZE, 2)))
    assert str(port.framing) == "7S2"
