"""What holds whatever is sent, whenever, and however it is cut."""

from itertools import pairwise
from typing import get_args

from hypothesis import given, settings
from hypothesis import strategies as st

from offhook.modem.hayes import (
    HANDLERS,
    CallerId,
    CarrierLost,
    DteRate,
    DteSent,
    DteSignals,
    Event,
    FarAnswered,
    FarBusy,
    FarNoAnswer,
    FarRinging,
    FarSent,
    FarUnobtainable,
    HayesModem,
    NoDialTone,
    RingBegan,
    RingEnded,
    RingStopped,
    SetSignals,
    State,
    Tick,
)
from offhook.modem.rs232 import Signals
from tests.support.modem_driver import ModemDriver, passed_on, said

FRAGMENTS = st.sampled_from(
    rb"AT|at|A/|\r|\n|\b|D|;|+|+++|DT100\r|ATDT100\r|ATA\r|ATH\r|ATO\r|ATZ\r|ATE0\r|ATV0\r|ATQ1\r|ATS0=1\r|AT&D1\r|AT&D3\r"
    rb"|ATS12=0\r|AT&F\r|ATS3=65\r|ATS5=13\r|AT&C0\r|ATD1;\r|ATH1\r|ATX0\r|ATW1\r|AT&V\r|\xc1\xd4\x8d".decode(
        "unicode_escape"
    )
    .encode("latin-1")
    .split(b"|")
)
BYTES = st.one_of(FRAGMENTS, st.binary(max_size=12))
EVENTS: st.SearchStrategy[Event] = st.one_of(
    BYTES.map(DteSent),
    BYTES.map(DteSent),
    BYTES.map(FarSent),
    st.sampled_from(
        [
            DteSignals(Signals.NONE),
            DteSignals(Signals.DTR),
            DteRate(300),
            DteRate(0),
            RingBegan(CallerId("1", "\x1b[2J")),
            RingEnded(),
            RingStopped(),
            FarRinging(),
            FarAnswered(),
            FarAnswered(2400),
            FarBusy(),
            FarNoAnswer(),
            FarUnobtainable(),
            NoDialTone(),
            CarrierLost(),
            Tick(),
        ]
    ),
)
TIMES = st.sampled_from([0.0, 0.0, 0.01, 0.2, 1.1, 7.0, 60.0])


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(TIMES, EVENTS), max_size=30))
def test_nothing_raises_and_no_deadline_stays_in_the_past(story: list[tuple[float, Event]]):
    driver = ModemDriver()
    for seconds, event in story:
        driver.wait(seconds)
        driver.tell(event)
    driver.wait(300)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(TIMES, EVENTS), max_size=30))
def test_dcd_is_on_exactly_while_there_is_a_call(story: list[tuple[float, Event]]):
    driver = ModemDriver()
    for seconds, event in story:
        driver.wait(seconds)
        driver.tell(event)
        in_call = driver.state in (State.ONLINE, State.ONLINE_COMMAND)
        assert driver.signals == driver.modem.signals
        assert driver.dcd is (in_call or not driver.modem._now.option("&C"))


@given(st.lists(BYTES, max_size=12).map(b"".join), st.lists(st.integers(0, 60), max_size=6))
def test_how_bytes_are_cut_does_not_matter(stream: bytes, cuts: list[int]):
    whole, pieces, single = ModemDriver(), ModemDriver(), ModemDriver()
    edges = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    for first, last in pairwise(edges):
        pieces.type(stream[first:last])
    for byte in stream:
        single.type(bytes([byte]))
    if stream:
        whole.type(stream)
    heard = [each.heard for each in (whole, pieces, single)]
    assert heard[0] == heard[1] == heard[2]
    assert whole.state is pieces.state is single.state


@given(st.text("&%\\+#EQVXSHIZLMNCBYW=?0123456789 /D;,TP@k", max_size=40))
def test_every_at_line_has_exactly_one_final_result(body: str):
    driver = ModemDriver()
    driver.type(b"ATE0Q0V1\r")
    heard = driver.type(b"AT" + body.encode() + b"\r")
    heard += said(driver.wait(1))
    if driver.state is State.DIALLING:
        heard += said(driver.tell(FarAnswered()))
    elif driver.state is State.ANSWERING:
        heard += said(driver.tell(CarrierLost()))
    profile = driver.modem._now.memory.active
    if profile.options["Q"] == 1 or profile.registers[3] != 13 or profile.registers[4] != 10:
        return
    words = (
        heard.replace(b"\r\n", b"\n").split(b"\n") if profile.options["V"] else heard.replace(b"\n", b"").split(b"\r")
    )
    finals = {b"OK", b"ERROR", b"NO CARRIER", b"0", b"1", b"3", b"4", b"87"}
    results = [word for word in words if word in finals or word.startswith(b"CONNECT")]
    assert len(results) >= 1
    if b"I" not in body.encode().upper() and b"?" not in body.encode():
        assert len(results) == 1


@given(st.lists(st.binary(min_size=1, max_size=50), max_size=20))
def test_bytes_sent_online_arrive_once_and_in_order(chunks: list[bytes]):
    driver = ModemDriver()
    driver.type(b"ATDT1\r")
    driver.tell(FarAnswered())
    driver.wait(0.5)
    far, back = b"", b""
    for chunk in chunks:
        if driver.modem.online_chunk(chunk, driver.now):
            far += chunk
        else:
            far += passed_on(driver.tell(DteSent(chunk)))
        back += said(driver.tell(FarSent(chunk)))
    assert far == back == b"".join(chunks)


def test_every_event_has_an_answer_in_every_state():
    for state in State:
        assert set(HANDLERS[state]) == set(get_args(Event))
        for name in HANDLERS[state].values():
            assert name.startswith("on_")
    HayesModem()


def test_signals_are_ordered_only_when_they_change():
    driver = ModemDriver()
    driver.type(b"AT&C1&S0\r")
    assert not [thing for _, thing in driver.log if isinstance(thing, SetSignals)]
