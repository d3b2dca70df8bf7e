"""Whatever a caller sends, with NO CARRIER in it or not, it is passed on once and in order while the call is up."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offhook.modem.dte import CallWanted, DceSignals, EndCall, State
from offhook.modem.rs232 import Signals
from tests.support.dte_driver import DteDriver, set_up

LINES = Signals.DSR | Signals.CTS
MARKED = [b"\r\nNO CARRIER\r\n", b"\r\nNO", b" CARRIER", b"\r\n", b"N", b"O", b"\r\nERROR\r\n"]
PIECES = st.sampled_from([*MARKED, b"+++", b"\x00\xff", b"NOTE", b"x" * 40])
PAUSES = st.sampled_from([0.0, 0.0, 0.1, 0.5, 1.2, 4.0])
STREAMS = st.lists(st.tuples(PIECES | st.binary(max_size=6), PAUSES), max_size=20)


def in_a_call(lines: bool) -> DteDriver:
    driver = DteDriver()
    set_up(driver, lines=lines)
    driver.tell(CallWanted("5"))
    if lines:
        driver.tell(DceSignals(LINES | Signals.DCD))
    driver.hear(b"\r\nCONNECT 2400\r\n")
    driver.wait(1)
    assert driver.state is State.ONLINE
    return driver


@pytest.mark.parametrize("lines", [True, False])
@settings(max_examples=80, deadline=None)
@given(stream=STREAMS)
def test_while_the_call_is_up_every_byte_is_passed_on_in_order(lines: bool, stream: list[tuple[bytes, float]]):
    driver = in_a_call(lines)
    passed = 0
    for piece, pause in stream:
        if piece:
            if driver.dialogue.far_chunk(piece):
                driver.passed_straight(piece)
            else:
                driver.hear(piece)
        driver.wait(pause)
        assert driver.passed[:passed] == b"".join(each for each, _ in stream)[:passed]
        passed = len(driver.passed)
    driver.wait(10)
    assert driver.passed == b"".join(piece for piece, _ in stream)
    assert driver.of(EndCall) == []
    assert driver.dialogue.deadline is None, "nothing is held any longer"


@given(before=st.binary(max_size=30), cut=st.integers(0, 14))
def test_the_end_of_a_call_is_known_by_the_modems_answer_and_its_words_are_not_the_callers(before: bytes, cut: int):
    driver = in_a_call(lines=False)
    mark = b"\r\nNO CARRIER\r\n"
    for piece in (before, mark[:cut], mark[cut:]):
        if piece:
            driver.hear(piece)
    driver.wait(1.1)
    driver.hear(b"AT\r\r\nOK\r\n")
    assert driver.of(EndCall) == [EndCall("NO CARRIER")]
    assert driver.passed.startswith(before)
    assert (before + mark).startswith(driver.passed)
