import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.modem.hayes import DteSent, EscapeStyle, FarAnswered, Settings, State
from tests.support.modem_driver import ModemDriver, passed_on, said


def online(style: EscapeStyle) -> ModemDriver:
    driver = ModemDriver(Settings(escape=style))
    driver.type(b"ATDT1\r")
    driver.tell(FarAnswered())
    driver.wait(2)
    return driver


@pytest.mark.parametrize("cut", range(1, 12))
def test_ties_escapes_with_a_command_glued_to_the_sequence_wherever_it_stands(cut: int):
    driver = online(EscapeStyle.TIES)
    stream = b"ab+++ATH0\rAT\r"
    heard, far = b"", b""
    for piece in (stream[:cut], stream[cut:]):
        actions = driver.tell(DteSent(piece))
        heard += said(actions)
        far += passed_on(actions)
    assert far == b"ab+++ATH0\r"
    assert heard == b"ATH0\r\r\nOK\r\nAT\r\r\nOK\r\n"
    assert driver.state is State.IDLE


def test_ties_wants_no_silence_and_takes_none_for_an_escape():
    driver = online(EscapeStyle.TIES)
    driver.tell(DteSent(b"+++"))
    driver.wait(5)
    assert driver.state is State.ONLINE
    driver.tell(DteSent(b"ATH\r"))
    assert driver.state is State.IDLE


@given(st.lists(st.sampled_from([b"+", b"++", b"+++", b"A", b"AT", b"ATI", b"x" * 39, b"\r", b"y"]), max_size=20))
def test_how_bytes_are_cut_does_not_matter_to_ties(pieces: list[bytes]):
    results = []
    stream = b"".join(pieces)
    for chunks in (pieces, [stream], [bytes([byte]) for byte in stream]):
        driver = online(EscapeStyle.TIES)
        far = b""
        for chunk in chunks:
            if driver.modem.online_chunk(chunk, driver.now):
                far += chunk
            else:
                far += passed_on(driver.tell(DteSent(chunk)))
        results.append((far, driver.heard, driver.state))
    assert results[0] == results[1] == results[2]


def test_withheld_characters_reach_nobody_when_they_are_an_escape():
    driver = online(EscapeStyle.WITHHELD)
    assert passed_on(driver.tell(DteSent(b"+"))) == b""
    assert passed_on(driver.tell(DteSent(b"++"))) == b""
    assert said(driver.wait(1.1)) == b"\r\nOK\r\n"
    assert b"+" not in passed_on([thing for _, thing in driver.log])


@pytest.mark.parametrize(
    ("sequence", "after"), [(b"++", b""), (b"+", b"x"), (b"+++", b"x"), (b"+++", b"+"), (b"+++A", b"")]
)
def test_withheld_characters_arrive_when_they_are_none(sequence: bytes, after: bytes):
    driver = online(EscapeStyle.WITHHELD)
    far = passed_on(driver.tell(DteSent(sequence)))
    assert far == b""
    far += passed_on(driver.tell(DteSent(after))) if after else b""
    far += passed_on(driver.wait(1.1))
    assert far == sequence + after
    assert driver.state is State.ONLINE
    assert driver.modem.online_chunk(b"more", driver.now)


@given(
    st.lists(
        st.tuples(
            st.sampled_from([0.0, 0.4, 1.2]),
            st.sampled_from([b"+", b"++", b"+++", b"+++A", b"T", b"ATX1", b"\x01", b"z"]),
        ),
        max_size=15,
    )
)
def test_withholding_changes_when_data_arrives_and_not_what(stream: list[tuple[float, bytes]]):
    ends = []
    for style in (EscapeStyle.HAYES, EscapeStyle.WITHHELD):
        driver = online(style)
        far = b""
        for seconds, data in stream:
            far += passed_on(driver.wait(seconds))
            if driver.state is not State.ONLINE:
                break
            if driver.modem.online_chunk(data, driver.now):
                far += data
            else:
                far += passed_on(driver.tell(DteSent(data)))
        far += passed_on(driver.wait(2))
        ends.append((far, driver.state))
    (far, state), (withheld, state_withheld) = ends
    assert state is state_withheld
    assert withheld == (far if state is State.ONLINE else far.removesuffix(b"+++"))


def test_a_command_glued_to_the_sequence_escapes_after_a_silence():
    driver = online(EscapeStyle.HAYES)
    actions = driver.tell(DteSent(b"+++ATH\r"))
    assert said(actions) == b"ATH\r\r\nOK\r\n"
    assert driver.state is State.IDLE


@pytest.mark.parametrize(
    "data", [b"x+++ATH\r", b"+++ATH" + b"1" * 50 + b"\r", b"+++AH\r", b"+++AT\x01H\r", b"++++ATH\r"]
)
def test_glued_commands_in_other_data_do_not_escape(data: bytes):
    driver = online(EscapeStyle.HAYES)
    assert passed_on(driver.tell(DteSent(data))) == data
    driver.wait(2)
    assert driver.state is State.ONLINE


def test_without_the_first_silence_nothing_glued_escapes():
    driver = online(EscapeStyle.HAYES)
    driver.tell(DteSent(b"data"))
    driver.wait(0.5)
    driver.tell(DteSent(b"+++ATH\r"))
    driver.wait(2)
    assert driver.state is State.ONLINE
