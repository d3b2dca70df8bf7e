import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.modem.hayes import DteSent, FarAnswered, FarSent, Note, State
from tests.support.modem_driver import ModemDriver, passed_on, said


def online(*commands: str) -> ModemDriver:
    driver = ModemDriver()
    for command in commands:
        driver.command(command)
    driver.type(b"ATDT1\r")
    driver.tell(FarAnswered())
    return driver


@pytest.mark.parametrize("gaps", [(0, 0), (0.3, 0.3), (0.99, 0.99)])
def test_three_pluses_with_silence_around_them_escape_and_reach_the_far_end(gaps: tuple[float, float]):
    driver = online()
    driver.wait(1.0)
    far = passed_on(driver.tell(DteSent(b"+")))
    for gap in gaps:
        driver.wait(gap)
        far += passed_on(driver.tell(DteSent(b"+")))
    assert driver.wait(0.999) == []
    assert said(driver.wait(0.002)) == b"\r\nOK\r\n"
    assert driver.state is State.ONLINE_COMMAND
    assert far == b"+++"


@pytest.mark.parametrize(
    ("before", "sequence", "after"),
    [
        (0.9, b"+++", 2.0),
        (1.1, b"++", 2.0),
        (1.1, b"++++", 2.0),
        (1.1, b"+++x", 2.0),
        (1.1, b"x+++", 2.0),
        (1.1, b"+++", 0.9),
    ],
)
def test_what_is_not_quite_an_escape_is_data(before: float, sequence: bytes, after: float):
    driver = online()
    driver.tell(DteSent(b"data"))
    driver.wait(before)
    assert passed_on(driver.tell(DteSent(sequence))) == sequence
    driver.wait(after)
    assert passed_on(driver.tell(DteSent(b"more"))) == b"more"
    assert driver.state is State.ONLINE


def test_the_trace_says_why_an_escape_was_none():
    driver = online()
    driver.tell(DteSent(b"data"))
    driver.wait(0.4)
    notes = [action.text for action in driver.tell(DteSent(b"+++")) if isinstance(action, Note)]
    assert notes == ["no escape: only 0.40 s of silence before it, 1.00 s are asked for"]


def test_only_what_the_dte_sends_counts_as_noise():
    driver = online()
    driver.wait(0.5)
    driver.tell(FarSent(b"chatter"))
    driver.wait(0.6)
    driver.tell(DteSent(b"+++"))
    driver.tell(FarSent(b"chatter"))
    driver.wait(1.1)
    assert driver.state is State.ONLINE_COMMAND


OTHER_DATA = st.binary(min_size=1, max_size=8).filter(lambda data: data[0] & 0x5F != 0x41 and data[0] & 0x7F != 0x2B)


@given(OTHER_DATA)
def test_the_trace_says_that_data_spoilt_the_silence_after_an_escape(data: bytes):
    driver = online()
    driver.wait(2)
    driver.tell(DteSent(b"+++"))
    driver.wait(0.5)
    notes = [action.text for action in driver.tell(DteSent(data)) if isinstance(action, Note)]
    assert notes == ["no escape: other data came before the silence after it was over"]
    driver.wait(2)
    assert driver.state is State.ONLINE
