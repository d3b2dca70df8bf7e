import pytest

from offhook.modem.dte import (
    CallWanted,
    Connect,
    DceCame,
    DceSignals,
    DceWent,
    DteSettings,
    EndCall,
    Failure,
    HangUpWanted,
    Join,
    PassOn,
    PutThrough,
    Refuse,
    SendToDce,
    State,
)
from offhook.modem.hayes import CallerId
from offhook.modem.rs232 import Signals
from tests.support.dte_driver import DteDriver, set_up

IDLE_LINES = Signals.DSR | Signals.CTS
IN_A_CALL = IDLE_LINES | Signals.DCD


def ready(lines: bool = True, **settings: object) -> DteDriver:
    driver = DteDriver(DteSettings(**settings))  # type: ignore[arg-type]  # as DteSettings has them
    set_up(driver, lines=lines)
    driver.log.clear()
    return driver


def online(lines: bool = True) -> DteDriver:
    driver = ready(lines, rings=1)
    driver.hear(b"\r\nRING\r\n")
    driver.wait(0.3)
    if lines:
        driver.tell(DceSignals(IN_A_CALL))
    driver.hear(b"\r\nCONNECT 2400\r\n")
    driver.wait(0.6)
    assert driver.state is State.ONLINE
    driver.log.clear()
    return driver


def test_a_call_is_answered_at_the_ring_wanted_and_put_through_with_who_calls_and_its_rate():
    driver = ready()
    driver.hear(b"\r\nRING\r\n")
    driver.wait(2)
    driver.hear(b"\r\nDATE = 1128\r\n\r\nTIME = 0930\r\n\r\nNMBR = 5551234\r\n\r\nNAME = SMITH J\r\n")
    driver.wait(4)
    assert driver.sent == b""
    driver.hear(b"\r\nRING\r\n")
    driver.wait(0.3)
    assert driver.sent == b"ATA\r"
    assert driver.state is State.ANSWERING
    driver.wait(8)
    driver.hear(b"\r\nCARRIER 26400\r\n\r\nPROTOCOL: LAP-M\r\n\r\nCONNECT 115200\r\n")
    driver.wait(0.6)
    assert driver.of(PutThrough) == [PutThrough(CallerId("5551234", "SMITH J", "1128", "0930"), Connect(26400))]


def test_a_ring_that_is_over_is_not_answered():
    driver = ready()
    driver.hear(b"\r\nRING\r\n")
    driver.wait(9)
    assert driver.state is State.IDLE
    driver.hear(b"\r\nRING\r\n")
    driver.wait(5)
    assert driver.sent == b"", "the count begins anew"


def test_a_caller_who_has_gone_before_the_modems_agree_gives_the_line_back():
    driver = ready(rings=1)
    driver.hear(b"\r\nRING\r\n")
    driver.wait(1)
    driver.hear(b"\r\nNO CARRIER\r\n")
    assert driver.state is State.IDLE


def test_a_modem_that_says_nothing_after_ata_is_hung_up_within_its_bound():
    driver = ready(rings=1)
    driver.hear(b"\r\nRING\r\n")
    driver.wait(76)
    assert driver.state is State.HANGING_UP


def test_the_modem_answers_by_itself_if_that_is_wanted():
    driver = DteDriver(DteSettings(auto_answer=True, rings=3))
    set_up(driver)
    assert b"ATS0=3\r" in driver.sent
    driver.log.clear()
    driver.hear(b"\r\nRING\r\n")
    driver.wait(7)
    driver.hear(b"\r\nCONNECT 9600\r\n")
    driver.wait(1)
    assert driver.sent == b""
    assert driver.of(PutThrough) == [PutThrough(CallerId(), Connect(9600))]


def test_a_connect_nobody_asked_for_is_hung_up_on():
    driver = ready()
    driver.hear(b"\r\nCONNECT 9600\r\nwho is there")
    assert driver.state is State.HANGING_UP


def test_with_a_dcd_that_moves_no_carrier_is_data_and_dcd_ends_the_call():
    driver = online()
    driver.hear(b"the modem said\r\nNO CARRIER\r\n")
    driver.wait(0.5)
    driver.hear(b"and I went on")
    assert driver.passed == b"the modem said\r\nNO CARRIER\r\nand I went on"
    driver.hear(b"bye\r\nNO CARRIER\r\n")
    driver.tell(DceSignals(IDLE_LINES))
    assert driver.of(EndCall) == [EndCall("DCD fell")]
    assert driver.passed.endswith(b"and I went onbye")


@pytest.mark.parametrize("lines", [True, False])
def test_a_dcd_that_does_not_move_is_not_believed_and_the_modem_is_asked_whether_it_is_over(lines: bool):
    driver = DteDriver(DteSettings(rings=1))
    set_up(driver, lines=lines, on=IN_A_CALL)
    driver.hear(b"\r\nRING\r\n")
    driver.wait(0.3)
    driver.hear(b"\r\nCONNECT 2400\r\n")
    driver.wait(0.6)
    driver.log.clear()
    driver.hear(b"x\r\nNO CARRIER\r\n")
    driver.wait(1.1)
    assert driver.sent == b"AT\r"
    driver.hear(b"\r\nOK\r\n")
    assert driver.of(EndCall) == [EndCall("NO CARRIER")]
    assert driver.passed == b"x"


def test_no_carrier_that_was_data_is_passed_on_when_the_modem_does_not_answer():
    driver = online(lines=False)
    driver.hear(b"\r\nNO CARRIER\r\n")
    driver.wait(1.1)
    driver.hear(b"still here")
    driver.wait(2.1)
    assert driver.passed == b"\r\nNO CARRIER\r\nstill here"
    assert driver.state is State.ONLINE
    assert driver.of(EndCall) == []


def test_no_carrier_cut_anywhere_ends_a_call_and_what_came_before_it_is_passed_on():
    mark = b"\r\nNO CARRIER\r\n"
    for cut in range(len(mark) + 1):
        driver = online(lines=False)
        driver.hear(b"abc" + mark[:cut])
        if mark[cut:]:
            driver.hear(mark[cut:])
        driver.wait(1.1)
        driver.hear(b"OK\r\n")
        assert driver.of(EndCall) == [EndCall("NO CARRIER")], cut
        assert driver.passed[:3] == b"abc"
        assert len(driver.passed) <= 3 + 3


def test_return_and_ordinary_text_wait_for_nothing():
    driver = online()
    for typed in (b"\r", b"\r\n", b"N", b"NOTE\r", b"\r\nN"):
        assert driver.dialogue.far_chunk(typed) or driver.hear(typed) == [PassOn(typed)]


def test_connect_said_twice_is_not_the_callers_and_what_a_caller_types_at_once_is():
    driver = ready(rings=1)
    driver.hear(b"\r\nRING\r\n")
    driver.wait(0.3)
    driver.hear(b"\r\nCONNECT 2400\r\n\r\nCONNECT 2400\r\n")
    driver.hear(b"alice\r")
    driver.wait(0.6)
    assert driver.passed == b"alice\r"


def test_hanging_up_sends_what_there_is_and_drops_dtr_and_the_line_is_ready_again():
    driver = online()
    driver.tell(HangUpWanted())
    driver.wait(0.7)
    assert driver.dtr == Signals.RTS
    driver.tell(DceSignals(IDLE_LINES))
    driver.wait(1.8)
    assert driver.sent == b"ATH0\r"
    driver.hear(b"\r\nNO CARRIER\r\n")
    driver.wait(0.3)
    assert driver.state is State.IDLE


def test_where_dtr_does_nothing_the_escape_hangs_up_with_silence_around_it():
    driver = online(lines=False)
    driver.tell(HangUpWanted())
    driver.wait(6.5)
    escape = [(at, thing.data) for at, thing in driver.log if isinstance(thing, SendToDce)]
    assert [data for _, data in escape[:2]] == [b"ATH0\r", b"\x1c"]
    assert escape[1][0] - escape[0][0] > 1.0
    driver.wait(2)
    assert driver.sent == b"ATH0\r\x1c\x1c\x1cATH0\r"
    driver.hear(b"\r\nOK\r\n")
    driver.wait(0.3)
    assert driver.state is State.IDLE
    assert driver.dialogue._talk.dtr_hangs_up is False


def test_a_modem_that_keeps_its_escape_is_escaped_by_plus_signs():
    driver = DteDriver()
    set_up(driver, lines=False, refused=(b"S2",))
    driver.tell(CallWanted("5"))
    driver.hear(b"\r\nCONNECT\r\n")
    driver.wait(1)
    driver.tell(HangUpWanted())
    driver.wait(9)
    assert driver.sent.endswith(b"ATH0\r+++ATH0\r")


def test_no_carrier_with_the_results_of_what_was_still_sent_behind_it_is_looked_into_too():
    driver = online(lines=False)
    driver.hear(b"\r\nNO CARRIER\r\n\r\nER")
    driver.hear(b"ROR\r\n\r\nERROR\r\n")
    driver.wait(1.1)
    assert driver.sent == b"AT\r"


def test_a_number_is_dialled_and_joined_with_its_rate():
    driver = ready()
    driver.tell(CallWanted("555-1234"))
    assert driver.sent == b"ATDT5551234\r"
    driver.hear(b"\r\nRINGING\r\n\r\nOK\r\n")
    driver.hear(b"\r\nCONNECT 9600/ARQ\r\n")
    driver.wait(0.6)
    assert driver.of(Join) == [Join(Connect(9600, "ARQ"))]


@pytest.mark.parametrize(
    ("said", "failure"),
    [
        (b"BUSY", Failure.BUSY),
        (b"NO ANSWER", Failure.NO_ANSWER),
        (b"NO DIAL TONE", Failure.NO_DIALTONE),
        (b"NO CARRIER", Failure.NO_CARRIER),
        (b"VOICE", Failure.NO_CARRIER),
        (b"ERROR", Failure.BARRED),
        (b"BLACKLISTED", Failure.BARRED),
    ],
)
def test_a_number_that_cannot_be_had_is_refused_for_its_reason(said: bytes, failure: Failure):
    driver = ready()
    driver.tell(CallWanted("5551234"))
    driver.hear(b"\r\n" + said + b"\r\n")
    assert driver.of(Refuse) == [Refuse(failure)]
    assert driver.state is State.IDLE


@pytest.mark.parametrize("number", ["", "bbs.example.org", "5;H1", "5\rATZ", "1" * 41])
def test_what_is_no_number_never_reaches_the_modem(number: str):
    driver = ready()
    driver.tell(CallWanted(number))
    assert driver.of(Refuse) == [Refuse(Failure.NO_NUMBER)]
    assert driver.sent == b""


def test_a_modem_in_use_refuses_a_second_call_and_one_that_is_not_ready_any():
    driver = online()
    driver.tell(CallWanted("5551234"))
    driver.tell(HangUpWanted())
    driver.tell(CallWanted("5551234"))
    assert driver.of(Refuse) == [Refuse(Failure.IN_USE), Refuse(Failure.NOT_READY)]


def test_a_call_nobody_wants_any_longer_is_aborted_by_a_key():
    driver = ready()
    driver.tell(CallWanted("5551234"))
    driver.tell(HangUpWanted())
    assert driver.sent == b"ATDT5551234\r\r"
    assert driver.state is State.HANGING_UP


def test_dcd_without_a_connect_that_can_be_read_is_a_call():
    driver = ready(rings=1)
    driver.hear(b"\r\nRING\r\n")
    driver.wait(0.3)
    driver.tell(DceSignals(IN_A_CALL))
    driver.hear(b"\r\nCO\xf0\x11ECT 24\r\n")
    driver.wait(4)
    assert driver.of(PutThrough) == [PutThrough(CallerId(), Connect())]


def test_a_modem_that_goes_ends_its_call_and_is_set_up_when_it_is_back():
    driver = online()
    driver.tell(DceWent())
    assert driver.of(EndCall) == [EndCall("the modem is gone")]
    assert driver.state is State.ABSENT
    driver.tell(DceCame(lines=True))
    assert driver.state is State.SETTING_UP


def test_after_an_hour_without_a_call_the_modem_is_set_up_anew():
    driver = ready()
    driver.wait(3599)
    assert driver.state is State.IDLE
    driver.wait(2)
    assert driver.state is State.SETTING_UP


def test_a_caller_to_be_called_back_is_not_answered_but_dialled_when_it_has_stopped_ringing():
    driver = ready(dial_back=frozenset({"5551234"}), rings=2)
    for _ in range(3):
        driver.hear(b"\r\nRING\r\n")
        driver.wait(1)
        driver.hear(b"\r\nNMBR = 5551234\r\n")
        driver.wait(5)
    assert driver.sent == b""
    driver.wait(3)
    assert driver.sent == b"ATDT5551234\r"
    driver.hear(b"\r\nCONNECT 2400\r\n")
    driver.wait(1)
    assert driver.of(PutThrough) == [PutThrough(CallerId("5551234"), Connect(2400))]


def test_a_modem_that_does_not_answer_is_tried_by_ever_stronger_means_and_left_alone_ever_longer():
    driver = DteDriver()
    driver.tell(DceCame(lines=True))
    rests = []
    for _ in range(7):
        driver.wait_for(State.RESTING, 120)
        at = driver.now
        driver.wait_for(State.SETTING_UP, 700)
        rests.append(round(driver.now - at))
    assert rests == [10, 30, 60, 120, 300, 600, 600]
    tried = [note for note in driver.notes if "is tried" in note]
    assert [note.split(": ")[1].removesuffix(" is tried") for note in tried[:5]] == [
        "a slow escape and ATH0",
        "ATZ",
        "AT&F",
        "DTR off for five seconds",
        "a break",
    ]


def test_a_modem_that_answers_again_is_set_up():
    driver = DteDriver()
    driver.tell(DceCame(lines=True))
    driver.wait_for(State.UNSTICKING)
    driver.wait(9)
    while driver.state is State.UNSTICKING:
        driver.hear(b"\r\nOK\r\n")
        driver.wait(0.1)
    assert driver.state is State.SETTING_UP


def test_an_idle_modem_that_babbles_is_taken_to_be_in_a_call():
    driver = ready()
    for _ in range(30):
        driver.hear(b"login: is this a bbs?\r\n")
    assert State.HANGING_UP in driver.visited
