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


@given(st.integers(1, 255), st.floats(-0.02, 0.02), st.booleans())
def test_guard_times_are_exact(units: int, off: float, before: bool):
    guard = units * 0.02
    off = off if abs(off) > 1e-6 else 1e-3
    driver = online(f"S12={units}")
    driver.wait(max(guard + off, 0) if before else guard + 1)
    driver.tell(DteSent(b"+++"))
    driver.wait(guard + 1 if before else max(guard + off, 0))
    assert (driver.state is State.ONLINE_COMMAND) is (guard + off >= guard)


@pytest.mark.parametrize("value", [128, 255])
def test_an_escape_character_above_127_means_there_is_none(value: int):
    driver = online(f"S2={value}")
    driver.wait(2)
    assert driver.modem.online_chunk(b"+++", driver.now)
    driver.tell(DteSent(bytes([value & 127]) * 3))
    driver.wait(2)
    assert driver.state is State.ONLINE


def test_another_escape_character_is_used():
    driver = online("S2=42")
    driver.wait(2)
    driver.tell(DteSent(b"***"))
    driver.wait(2)
    assert driver.state is State.ONLINE_COMMAND


@pytest.mark.parametrize("cut", range(1, 7))
def test_without_a_guard_time_three_in_a_row_suffice_however_they_are_cut(cut: int):
    driver = online("S12=0")
    stream = b"ab+++ATH\r"
    far = passed_on(driver.tell(DteSent(stream[:cut])))
    far += passed_on(driver.tell(DteSent(stream[cut:])))
    assert far == b"ab+++"
    assert driver.state is State.IDLE


def test_the_parity_bit_of_the_escape_characters_is_not_looked_at():
    for guard, sequence in (("S12=50", b"\xab+\xab"), ("S12=0", b"\xab+\xab")):
        driver = online(guard)
        driver.wait(2)
        assert passed_on(driver.tell(DteSent(sequence))) == sequence
        driver.wait(2)
        assert driver.state is State.ONLINE_COMMAND


def test_a_tick_that_comes_late_changes_nothing():
    driver = online()
    driver.wait(2)
    driver.tell(DteSent(b"+++"))
    driver.now += 1.5
    assert not driver.modem.online_chunk(b"ATH\r", driver.now)
    actions = driver.tell(DteSent(b"ATH\r"))
    assert passed_on(actions) == b""
    assert said(actions) == b"\r\nOK\r\nATH\r\r\nOK\r\n"
    assert driver.state is State.IDLE


def test_a_new_sequence_may_begin_after_a_silence_that_broke_the_last():
    driver = online()
    driver.wait(2)
    driver.tell(DteSent(b"++"))
    driver.wait(1.5)
    driver.tell(DteSent(b"+++"))
    driver.wait(1.1)
    assert driver.state is State.ONLINE_COMMAND


@given(st.binary(min_size=1, max_size=8).filter(lambda data: data.count(b"+") < len(data)))
def test_the_trace_says_that_data_spoilt_the_silence_after_an_escape(data: bytes):
    driver = online()
    driver.wait(2)
    driver.tell(DteSent(b"+++"))
    driver.wait(0.5)
    notes = [action.text for action in driver.tell(DteSent(data)) if isinstance(action, Note)]
    assert notes == ["no escape: other data came before the silence after it was over"] or not data.strip(b"+\xab")
    driver.wait(2)
    assert driver.state is State.ONLINE
