"""RTS and CTS, and XON and XOFF, in a call."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.modem.hayes import (
    PERSONALITIES,
    CarrierLost,
    DteSent,
    DteSignals,
    FarAnswered,
    FarDrained,
    FarFilled,
    FarSent,
    HoldFar,
    ReleaseFar,
    SendToDte,
    SendToFar,
    Settings,
)
from offhook.modem.rs232 import Parity, Signals, with_parity
from tests.support.modem_driver import ModemDriver, passed_on, said

ON = DteSignals(Signals.DTR | Signals.RTS)
NO_RTS = DteSignals(Signals.DTR)


def in_call(settings: Settings | None = None, line: str = "") -> ModemDriver:
    driver = ModemDriver(settings)
    driver.tell(ON)
    driver.type(f"AT{line}DT1\r".encode())
    driver.tell(FarAnswered())
    driver.wait(1)
    return driver


def test_the_far_end_waits_while_rts_is_off():
    driver = in_call()
    assert driver.tell(NO_RTS) == [HoldFar()]
    assert not driver.modem.far_passes
    assert driver.tell(NO_RTS) == []
    assert driver.tell(FarSent(b"late")) == [], "it was on its way"
    assert driver.tell(ON) == [ReleaseFar(), SendToDte(b"late")]
    assert driver.modem.far_passes


@pytest.mark.parametrize("option", ["&K0", "&K4", "&K5", "\\Q0", "\\Q1", "+IFC=0,1;", "+IFC=3,0;"])
def test_with_other_flow_control_rts_holds_nothing_and_cts_stays_on(option: str):
    driver = in_call(line=option)
    assert driver.tell(NO_RTS) == []
    driver.tell(FarFilled())
    assert driver.modem.far_passes
    assert Signals.CTS in driver.signals


@pytest.mark.parametrize("option", ["&K0", "\\Q0", "\\Q2", "+IFC=0,0;", "+IFC=0,2;", "+IFC=2,0;", "+IFC=2,2;"])
def test_without_xon_and_xoff_they_are_data_and_none_is_sent(option: str):
    driver = in_call(line=option)
    assert driver.modem.online_chunk(b"\x13", driver.now)
    assert passed_on(driver.tell_bytes(b"\x13")) == b"\x13"
    assert driver.modem.far_passes
    assert said(driver.tell(FarFilled())) == said(driver.tell(FarDrained())) == b""


@pytest.mark.parametrize("option", ["&K4", "&K6", "\\Q1", "+IFC=1,1;", "+IFC=1,0;"])
def test_xoff_holds_the_far_end_until_xon_and_both_are_taken_out(option: str):
    driver = in_call(line=option)
    assert not driver.modem.online_chunk(b"a\x13b", driver.now), "it is not plain"
    assert driver.tell_bytes(b"a\x13b") == [HoldFar(), SendToFar(b"ab")]
    assert not driver.modem.far_passes
    assert driver.modem.online_chunk(b"c", driver.now), "what the DTE sends goes on"
    assert driver.tell(FarSent(b"late")) == [], "it was on its way"
    assert driver.tell_bytes(b"\x11") == [ReleaseFar(), SendToDte(b"late")]
    assert driver.modem.far_passes


@pytest.mark.parametrize("option", ["&K5", "+IFC=3;", "+IFC=3,1;"])
def test_xon_and_xoff_may_be_heeded_and_passed_on(option: str):
    driver = in_call(line=option)
    assert driver.tell_bytes(b"a\x13b") == [HoldFar(), SendToFar(b"a\x13b")]
    assert driver.tell_bytes(b"\x11") == [ReleaseFar(), SendToFar(b"\x11")]


@pytest.mark.parametrize("option", ["&K4", "&K5", "&K6", "\\Q1", "+IFC=0,1;"])
def test_the_dte_gets_xoff_when_the_far_end_takes_no_more_and_xon_when_it_does(option: str):
    driver = in_call(Settings(virtual_port=True), option)
    assert driver.modem.shows_cts, "the modem wants to know"
    assert said(driver.tell(FarFilled())) == b"\x13"
    assert said(driver.tell(FarFilled())) == b""
    assert said(driver.tell(FarDrained())) == b"\x11"
    assert said(driver.tell(FarDrained())) == b""


def test_a_dte_that_was_sent_xoff_gets_xon_before_no_carrier_if_the_call_ends():
    driver = in_call(line="&K4")
    driver.tell(FarFilled())
    assert said(driver.tell(CarrierLost())) == b"\x11\r\nNO CARRIER\r\n"
    assert said(driver.tell(FarDrained())) == b""


@pytest.mark.parametrize("option", ["&K4", "+IFC=1,0;"])
def test_an_xoff_is_given_up_when_the_dte_is_not_heard_any_longer(option: str):
    driver = in_call(Settings(virtual_port=True), option)
    assert not driver.modem.awaits_xon
    driver.tell_bytes(b"\x13")
    assert driver.modem.awaits_xon
    assert driver.modem.shows_cts, "it wants to know when the far end takes no more"
    driver.tell(FarFilled(heard=True))
    assert driver.modem.awaits_xon
    driver.tell(FarSent(b"late"))
    assert said(driver.tell(FarFilled())) == b"late"
    assert not driver.modem.awaits_xon
    assert driver.modem.far_passes
    assert driver.modem.shows_cts, "and when it goes on"
    driver.tell(FarDrained())


def test_an_xoff_goes_with_the_dte_that_sent_it():
    driver = in_call(line="&D0&K4")
    assert driver.tell_bytes(b"\x13") == [HoldFar()]
    assert driver.tell(DteSignals(Signals.NONE)) == [ReleaseFar()]
    driver.tell(ON)
    assert driver.modem.far_passes


def test_an_xoff_does_not_outlast_its_call_nor_an_escape():
    driver = in_call(line="&K4")
    driver.tell_bytes(b"\x13")
    driver.wait(1.2)
    driver.type(b"+++")
    driver.wait(1.2)
    driver.type(b"ATO\r")
    driver.wait(1)
    assert driver.modem.far_passes
    driver.tell_bytes(b"\x13")
    driver.tell(CarrierLost())
    driver.type(b"ATDT1\r")
    driver.tell(FarAnswered())
    driver.wait(1)
    assert driver.modem.far_passes


def test_xoff_during_the_quiet_after_connect_holds_on():
    driver = ModemDriver()
    driver.type(b"AT&K4DT1\r")
    driver.tell(FarAnswered())
    driver.tell_bytes(b"\x13")
    assert driver.wait(1) == []
    assert driver.tell_bytes(b"\x11") == [ReleaseFar()]


def test_xon_and_xoff_are_no_keys_that_give_up_a_call_and_hold_from_connect_on():
    driver = ModemDriver()
    driver.type(b"AT&K4DT1\r")
    driver.wait(1)
    assert driver.tell_bytes(b"\x13") == driver.tell_bytes(b"\x11\x13") == []
    assert said(driver.tell(FarAnswered())) == b"\r\nCONNECT 115200\r\n"
    driver.wait(1)
    assert not driver.modem.far_passes
    assert driver.tell_bytes(b"\x11") == [ReleaseFar()]


@pytest.mark.parametrize("keys", [b"\x13 ", b"\x11\r"])
def test_a_key_among_them_gives_it_up_and_with_other_flow_control_they_do_too(keys: bytes):
    driver = ModemDriver()
    driver.type(b"AT&K4DT1\r")
    driver.wait(1)
    assert said(driver.tell_bytes(keys)) == b"\r\nNO CARRIER\r\n"
    driver.type(b"AT&K3DT1\r")
    driver.wait(1)
    assert said(driver.tell_bytes(keys[:1])) == b"\r\nNO CARRIER\r\n"


def test_other_characters_may_stand_for_xon_and_xoff():
    driver = in_call(line="&K4S32=1S33=2")
    assert driver.tell_bytes(b"\x13\x02") == [HoldFar(), SendToFar(b"\x13")]
    assert driver.tell_bytes(b"\x01") == [ReleaseFar()]
    usr = next(each for each in PERSONALITIES if each.name == "usr")
    driver = in_call(Settings(personality=usr), "&K4S22=1S23=2")
    assert driver.tell_bytes(b"\x02") == [HoldFar()]


def test_xoff_is_known_in_the_parity_of_the_dte():
    driver = ModemDriver()
    driver.tell(DteSent(with_parity(b"AT&K4DT1\r", Parity.EVEN)))
    driver.tell(FarAnswered())
    driver.wait(1)
    assert driver.tell_bytes(with_parity(b"\x13", Parity.EVEN)) == [HoldFar()]
    assert said(driver.tell(FarFilled())) == with_parity(b"\x13", Parity.EVEN)


@given(st.lists(st.sampled_from([b"a", b"+", b"\x11", b"\x13", b"bc\x13d\x11"]), max_size=20), st.booleans())
def test_how_xon_and_xoff_are_cut_does_not_matter(chunks: list[bytes], passed: bool):
    option = "&K5" if passed else "&K4"
    whole, single = in_call(line=option), in_call(line=option)
    sent = b"x" + b"".join(chunks)
    far = passed_on(whole.tell_bytes(sent))
    assert far == b"".join(passed_on(single.tell_bytes(bytes([byte]))) for byte in sent)
    assert far == (sent if passed else sent.translate(None, b"\x11\x13"))
    held = sent.rfind(b"\x13") > sent.rfind(b"\x11")
    assert [whole.modem.far_passes, single.modem.far_passes] == [not held] * 2


@pytest.mark.parametrize(
    ("line", "ifc", "options"),
    [
        ("&K0", "0,0", {"&K0", "\\Q0"}),
        ("&K3", "2,2", {"&K3", "\\Q3"}),
        ("&K4", "1,1", {"&K4", "\\Q1"}),
        ("&K5", "3,1", {"&K5", "\\Q1"}),
        ("&K6", "2,2", {"&K6", "\\Q3"}),
        ("&K4&K1", "1,1", {"&K1", "\\Q1"}),
        ("\\Q1", "1,1", {"&K4", "\\Q1"}),
        ("\\Q2", "0,2", {"&K0", "\\Q2"}),
        ("+IFC=1,1", "1,1", {"&K4", "\\Q1"}),
        ("+IFC=0", "0,2", {"&K0", "\\Q2"}),
        ("+IFC=2,0", "2,0", {"&K3", "\\Q3"}),
        ("&K6+IFC=2,2", "2,2", {"&K3", "\\Q3"}),
        ("S39=4", "1,1", {"&K4", "\\Q1"}),
        ("&K4&F", "2,2", {"&K3", "\\Q3"}),
        ("&K4+IFC", "2,2", {"&K3", "\\Q3"}),
    ],
)
def test_the_ways_to_say_it_follow_each_other(line: str, ifc: str, options: set[str]):
    driver = ModemDriver()
    assert driver.command(line) == "OK"
    assert driver.command("+IFC?").startswith(f"+IFC: {ifc}\r")
    assert options <= set(driver.command("&V").split("STORED")[0].split())


def heard_in(driver: ModemDriver, line: bytes, parity: Parity) -> bytes:
    sent = with_parity(line, parity)
    return said(driver.tell(DteSent(sent))).removeprefix(sent)


@pytest.mark.parametrize(
    ("icf", "parity"),
    [
        ("0", Parity.ODD),
        ("0,1", Parity.ODD),
        ("3", Parity.NONE),
        ("3,4", Parity.NONE),
        ("5,0", Parity.ODD),
        ("5,1", Parity.EVEN),
        ("5,2", Parity.MARK),
        ("5,3", Parity.NONE),
    ],
)
def test_icf_says_in_what_parity_the_modem_speaks(icf: str, parity: Parity):
    driver = ModemDriver()
    driver.tell(DteSent(with_parity(f"ATE0+ICF={icf}\r".encode(), Parity.ODD)))
    assert heard_in(driver, b"AT\r", Parity.ODD) == with_parity(b"\r\nOK\r\n", parity)


def test_rts_that_is_off_at_connect_holds_the_far_end_when_the_quiet_is_over():
    driver = ModemDriver()
    driver.tell(NO_RTS)
    driver.type(b"ATDT1\r")
    assert HoldFar() in driver.tell(FarAnswered())
    assert driver.wait(1) == []
    assert driver.tell(ON) == [ReleaseFar()]


def test_rts_that_changes_after_an_escape_counts_when_the_call_goes_on():
    driver = in_call()
    driver.wait(1.2)
    driver.type(b"+++")
    driver.wait(1.2)
    assert driver.tell(NO_RTS) == []
    driver.type(b"ATO\r")
    assert driver.wait(1) == []
    assert driver.tell(ON) == [ReleaseFar()]


def test_a_dte_that_is_not_there_holds_nothing():
    driver = in_call(line="&D0")
    assert driver.tell(DteSignals(Signals.NONE)) == []
    assert driver.modem.far_passes


def test_cts_is_off_while_the_far_end_takes_no_more():
    driver = in_call()
    driver.tell(FarFilled())
    assert Signals.CTS not in driver.signals
    driver.tell(FarDrained())
    assert Signals.CTS in driver.signals
    driver.tell(FarFilled())
    driver.tell(CarrierLost())
    assert Signals.CTS in driver.signals
    driver.type(b"ATDT1\r")
    driver.tell(FarAnswered())
    assert Signals.CTS in driver.signals, "that was another call"


def test_a_modem_whose_port_has_no_cts_does_not_want_to_know():
    assert ModemDriver().modem.shows_cts
    assert not in_call(Settings(virtual_port=True)).modem.shows_cts
