"""What holds whatever is sent, whenever, and however it is cut."""

import re
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from offhook.modem.hayes import (
    HANDLERS,
    MOVES,
    PERSONALITIES,
    Answer,
    CallerId,
    CarrierLost,
    Dial,
    DialOrdered,
    DteRate,
    DteSent,
    DteSignals,
    Event,
    FarAnswered,
    FarBarred,
    FarBusy,
    FarDrained,
    FarFilled,
    FarNoAnswer,
    FarRinging,
    FarSent,
    FarUnobtainable,
    HangUp,
    HoldFar,
    NoDialTone,
    NumberStored,
    Personality,
    ReleaseFar,
    RingBegan,
    RingEnded,
    RingStopped,
    SeizeLine,
    SendToDte,
    SetSignals,
    Settings,
    State,
    Tick,
)
from offhook.modem.rs232 import Signals
from tests.support.modem_driver import ModemDriver, in_a_call, passed_on, said

FRAGMENTS = st.sampled_from(
    rb"AT|at|A/|\r|\n|\b|D|;|+|+++|DT100\r|ATDT100\r|ATA\r|ATH\r|ATO\r|ATZ\r|ATE0\r|ATV0\r|ATQ1\r|ATS0=1\r|AT&D1\r|AT&D3\r"
    rb"|ATS12=0\r|AT&F\r|AT&W\r|AT&Z1=5\r|ATDS=1\r|ATDbbs.example\r|ATD5@W!R\r|AT\\K0\r|AT\\T1\r|AT+MR=1\r"
    rb"|ATS3=65\r|ATS5=13\r|AT&C0\r|ATD1;\r|ATH1\r|ATX0\r|ATW1\r|AT&V\r|AT&K4\r|AT&K6\r|AT+IFC=3,1\r|ATS21=0\r|\x11|\x13|\xc1\xd4\x8d".decode(
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
            FarBarred(),
            FarFilled(),
            FarFilled(heard=True),
            FarDrained(),
            NumberStored(1, "5"),
            DialOrdered("T5"),
            CarrierLost(),
            Tick(),
        ]
    ),
)
TIMES = st.sampled_from([0.0, 0.0, 0.01, 0.2, 1.1, 7.0, 60.0])
DIALLED = [(0.0, DteSent(b"ATDT1\r"))]
CONNECTED = [*DIALLED, (0.1, FarAnswered())]
RINGS = [(0.0, RingBegan(CallerId("1"))), (2.0, RingEnded())]
DTR_DROPS = [(0.0, DteSignals(Signals.DTR)), (0.01, DteSignals(Signals.NONE)), (0.1, DteSignals(Signals.DTR))]
SCENES: st.SearchStrategy[list[tuple[float, Event]]] = st.one_of(
    st.tuples(TIMES, EVENTS).map(lambda step: [step]),
    st.sampled_from(
        [
            DIALLED,
            CONNECTED,
            RINGS,
            DTR_DROPS,
            [*CONNECTED, (2.0, DteSent(b"+++")), (1.1, DteSent(b"ATO\r"))],
            [*CONNECTED, (2.0, DteSent(b"+++")), (1.1, DteSent(b"AT"))],
            [(0.0, DteSent(b"AT&D1\r")), *CONNECTED, *DTR_DROPS],
            [*RINGS, (0.1, DteSent(b"ATA\r")), (0.1, FarAnswered())],
            [(0.0, DteSent(b"AT+VCID=1\r")), *RINGS],
            [(0.0, DteSent(b"ATS30=1\r")), *CONNECTED],
            [(0.0, DteSent(b"ATS12=0\r")), *CONNECTED, (0.0, DteSent(b"+++"))],
            [(0.0, DteSent(b"AT&F\r"))],
            [(0.0, DteSent(b"AT&K4\r")), *CONNECTED, (1.0, DteSent(b"\x13")), (0.0, FarFilled())],
            [(0.0, DteSent(b"AT&K4\r")), *DIALLED, (0.5, DteSent(b"\x13\x11\x13")), (0.1, FarAnswered())],
        ]
    ),
)
STORIES = st.lists(SCENES, max_size=12).map(lambda scenes: [step for scene in scenes for step in scene])


@settings(max_examples=300, deadline=None)
@given(STORIES)
def test_nothing_raises_and_no_deadline_stays_in_the_past(story: list[tuple[float, Event]]):
    driver = ModemDriver()
    for seconds, event in story:
        driver.wait(seconds)
        driver.tell(event)
    driver.wait(300)


@settings(max_examples=200, deadline=None)
@given(STORIES)
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


COMMANDS = st.sampled_from(
    [
        *("E0", "E1", "X0", "X4", "X9", "W2", "S7?", "S7=33", "S7=999", "S99?", "?", "=7", "I", "I0", "I2", "I3", "I6"),
        *("I9", "H", "H1", "Z", "&F", "&V", "&W", "&D3", "&C0", "&Y1", "&Z1=5", "DS1", "DL", "D1", "DT2,3", "D4;"),
        *(
            "DP W@!5",
            "Dx",
            "D!x",
            "D10.0.0.1",
            'D"a b',
            "&V1",
            "I11",
            "E?",
            "&C ?",
            "\\K?7",
            "S21=36",
            "+IFC=1",
            "&Z1?",
            "+MS=V34,1",
            '+ASTO=1,"5"',
            "+VRID",
            "\\B3",
            "A",
            "O",
            "L3M0",
            "\\N3",
            "%C1",
            "\\K5",
            "+FCLASS=0",
            "+FCLASS=1",
            "+IPR?",
            "+IPR=?",
        ),
        *("+IPR=9600;", "+GMI", "+VCID=1", ";", " ", "K", "*", "T", "P", "\x1b", "\xc1", "\b", "/"),
    ]
)
HOLDS = (HoldFar, ReleaseFar)
FINAL = {b"OK", b"ERROR", b"NO CARRIER", b"BUSY", b"NO ANSWER", b"NO DIALTONE", b"NO DIAL TONE", b"BLACKLISTED"}
ENDS = st.sampled_from([FarBusy(), FarNoAnswer(), FarUnobtainable(), NoDialTone(), CarrierLost(), FarAnswered()])


def finals(heard: bytes) -> list[bytes]:
    lines = heard.split(b"\r\n")
    words = [line for line in lines if line in FINAL or line.startswith(b"CONNECT")]
    return words or re.findall(rb"(?:\A|\r)([0-9]{1,3})\r\Z", lines[-1])  # with V0


@settings(max_examples=300)
@given(
    st.lists(st.tuples(st.lists(COMMANDS, max_size=5).map("".join), ENDS, TIMES), max_size=6),
    st.sampled_from(PERSONALITIES),
    st.booleans(),
    st.booleans(),
)
def test_every_at_line_has_exactly_one_final_result(
    story: list[tuple[str, Event, float]], personality: Personality, lenient: bool, realistic: bool
):
    driver = ModemDriver(Settings(personality=personality, lenient=lenient, realistic=realistic))
    for body, end, seconds in story:
        heard = driver.type(b"AT" + body.encode("latin-1") + b"\r")
        if driver.state in (State.DIALLING, State.ANSWERING):
            assert finals(heard) == []
            heard += said(driver.wait(seconds))
            if driver.state in (State.DIALLING, State.ANSWERING):
                heard += said(driver.tell(end))
            if driver.state in (State.DIALLING, State.ANSWERING):
                assert realistic
                heard += said(driver.wait(60))  # the training, or S7
            assert driver.state not in (State.DIALLING, State.ANSWERING)
        assert len(finals(heard)) == 1, (body, heard)
        if driver.state is State.ONLINE:
            driver.wait(2)
            driver.type(b"+++")
            assert finals(said(driver.wait(1.1))) == [b"OK"]


@settings(max_examples=200, deadline=None)
@given(STORIES)
def test_the_line_is_off_hook_exactly_when_the_orders_say_so(story: list[tuple[float, Event]]):
    driver = ModemDriver()
    off_hook = False
    for seconds, event in story:
        for action in driver.wait(seconds) + driver.tell(event):
            match action:
                case SeizeLine() | Dial() | Answer():
                    off_hook = True
                case HangUp():
                    off_hook = False
        assert off_hook is (driver.state not in (State.IDLE, State.RINGING))
        assert (Signals.RI not in driver.signals) or driver.state is State.RINGING


@settings(max_examples=200, deadline=None)
@given(STORIES)
def test_dcd_is_on_when_connect_is_said_and_off_when_no_carrier_is(story: list[tuple[float, Event]]):
    driver = ModemDriver()
    for seconds, event in story:
        driver.wait(seconds)
        driver.tell(event)
        if not driver.modem._now.option("&C"):
            return
    dcd = False
    for _, thing in driver.log:
        if isinstance(thing, SetSignals):
            dcd = Signals.DCD in thing.on
        elif isinstance(thing, SendToDte):
            assert dcd or b"\r\nCONNECT" not in thing.data
            assert not dcd or b"\r\nNO CARRIER" not in thing.data


@settings(max_examples=200, deadline=None)
@given(STORIES)
def test_the_far_end_is_held_and_released_in_turn_and_passes_only_when_released(story: list[tuple[float, Event]]):
    driver = ModemDriver()
    held: bool | None = None  # None: there is no call
    for seconds, event in story:
        for action in driver.wait(seconds) + driver.tell(event):
            match action:
                case HoldFar():
                    assert held is not True
                    held = True
                case ReleaseFar():
                    assert held is True
                    held = False
                case HangUp():
                    held = None
        if driver.modem.far_passes:
            assert held is False
        assert (held is None) is (driver.state not in (State.ONLINE, State.ONLINE_COMMAND))


CHUNKS = st.one_of(st.sampled_from([b"+", b"++", b"+++", b"++++", b"+++ATO\r", b"ATO\r", b"a"]), st.binary(max_size=6))
STREAM = st.lists(st.tuples(st.sampled_from([0.0, 0.0, 0.5, 1.0, 1.5]), CHUNKS), max_size=15)


def play(story: list[tuple[float, list[bytes]]], *, fast: bool, s12: int) -> tuple[bytes, bytes, State]:
    """What far end and DTE get of chunks sent in a call, and where the modem is then."""
    driver = ModemDriver()
    driver.command(f"S12={s12}")
    driver.type(b"ATDT1\r")
    driver.tell(FarAnswered())
    driver.wait(2)
    far = b""
    for seconds, pieces in story:
        driver.wait(seconds)
        for piece in pieces:
            if fast and driver.modem.online_chunk(piece, driver.now):
                far += piece
            else:
                far += passed_on(driver.tell(DteSent(piece)))
    driver.wait(2)
    return far, driver.heard, driver.state


@given(STREAM, st.sampled_from([0, 25, 50]))
def test_in_a_call_neither_the_cut_nor_the_fast_path_makes_a_difference(stream: list[tuple[float, bytes]], s12: int):
    whole = play([(seconds, [chunk]) for seconds, chunk in stream], fast=False, s12=s12)
    assert whole == play([(seconds, [chunk]) for seconds, chunk in stream], fast=True, s12=s12)
    single = [(seconds, [bytes([byte]) for byte in chunk]) for seconds, chunk in stream]
    assert whole == play(single, fast=False, s12=s12)
    assert whole == play(single, fast=True, s12=s12)


@given(st.lists(st.tuples(TIMES, st.sampled_from([b"x", b"yy", b"+++", b"ATO\r", b"AT\r"])), max_size=20))
def test_what_the_far_end_sends_arrives_once_and_in_order_whatever_the_dte_does(typed: list[tuple[float, bytes]]):
    driver = in_a_call("E0Q1")
    held, waiting, sent, heard = False, b"", b"", b""
    for number, (seconds, data) in enumerate([*typed, (2.0, b"ATO\r"), (2.0, b""), (2.0, b"")]):
        for event in (None, DteSent(data), FarSent(f"<{number}>".encode())):
            if isinstance(event, FarSent):
                sent += event.data
                if held:
                    waiting += event.data
                    continue
            actions = driver.tell(event) if event else driver.wait(seconds)
            while actions:
                heard += said(actions)
                held = next((isinstance(a, HoldFar) for a in reversed(actions) if isinstance(a, HOLDS)), held)
                actions = []
                if waiting and not held:
                    actions, waiting = driver.tell(FarSent(waiting)), b""
    assert heard + waiting == sent


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


@settings(max_examples=300, deadline=None)
@given(STORIES)
def test_a_modem_goes_only_where_the_picture_of_its_states_has_an_arrow(story: list[tuple[float, Event]]):
    driver = ModemDriver()
    for seconds, event in story:
        until = driver.now + seconds
        while (deadline := driver.modem.deadline) is not None and deadline <= until:
            before = driver.state
            driver.wait(deadline - driver.now)
            assert driver.state is before or driver.state in MOVES[before].get("clock", ()), before
        driver.wait(until - driver.now)
        single = [DteSent(bytes([byte])) for byte in event.data] if isinstance(event, DteSent) else [event]
        for each in single:
            before = driver.state
            driver.tell(each)
            name = HANDLERS[before][type(each)]
            assert driver.state is before or driver.state in MOVES[before].get(name, ()), (before, each)
