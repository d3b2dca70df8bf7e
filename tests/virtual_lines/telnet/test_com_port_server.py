"""A modem's port on a Telnet line: data that waits, requests that do not, signals in their place."""

from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from offhook.modem.rs232 import Signals
from offhook.virtual_lines.telnet import (
    Closed,
    ComPortAction,
    ComPortEvent,
    ComPortServer,
    DceBreak,
    DceSent,
    DceSignals,
    DceTakes,
    Deliver,
    NetSent,
    NetTakes,
    Opened,
    ReadNet,
    SendToNet,
    TakeDce,
    TellBreak,
    TellRate,
    TellSignals,
    subnegotiation,
)

READY = Signals.DSR | Signals.CTS
ON = Signals.DTR | Signals.RTS
OFFERS = bytes.fromhex("fffb01 fffb03 fffd03 fffb00 fffd00 fffd2c")
AGREES = bytes.fromhex("fffd01 fffd03 fffb03 fffd00 fffb00 fffb2c")
SUSPEND, RESUME = b"\x08", b"\x09"
MOST_HELD = 1000


def request(*content: bytes) -> bytes:
    return b"".join(subnegotiation(44, each) for each in content)


answer = request


class Line:
    """A machine whose client has just come."""

    def __init__(self, signals: Signals = READY) -> None:
        self.machine = ComPortServer(signals, 19200, MOST_HELD)
        self.first = self.machine.handle(Opened(), 0.0)

    def does(self, event: ComPortEvent) -> list[ComPortAction]:
        return self.machine.handle(event, 0.0)

    def net(self, data: bytes) -> list[ComPortAction]:
        return self.does(NetSent(data))


@pytest.fixture
def line() -> Line:
    """A client that speaks RFC 2217."""
    line = Line()
    line.net(AGREES)
    return line


def test_a_client_that_comes_is_offered_what_a_modem_wants_and_has_dtr_on():
    line = Line()
    assert line.first == [SendToNet(OFFERS), TellSignals(ON)]
    assert line.machine.deadline is None


def test_who_agrees_is_told_of_the_signals_at_once():
    assert Line().net(AGREES) == [SendToNet(answer(b"\x6b\x30"))]
    assert Line(Signals.NONE).net(AGREES) == [SendToNet(answer(b"\x6b\0"))]


def test_a_client_that_begins_itself_is_answered_once():
    assert Line().net(bytes.fromhex("fffd2c")) == [SendToNet(bytes.fromhex("fffb2c"))]


def test_who_uses_the_option_has_it_on_agreed_or_not():
    line = Line()
    assert line.net(request(b"\1\0\0\x25\x80")) == [
        SendToNet(answer(b"\x6b\x30")),
        TellRate(9600),
        SendToNet(answer(b"\x65\0\0\x25\x80")),
    ]


def test_other_options_are_refused():
    line = Line()
    assert line.net(bytes.fromhex("fffb18 fffd05 fffb01")) == [SendToNet(bytes.fromhex("fffe18 fffc05 fffe01"))]


def test_changes_of_signals_are_notified_with_their_deltas(line: Line):
    told = [line.does(DceSignals(on)) for on in (READY | Signals.RI, READY, READY, READY | Signals.DCD, READY)]
    assert told == [
        [SendToNet(answer(b"\x6b\x70"))],
        [SendToNet(answer(b"\x6b\x34"))],
        [],
        [SendToNet(answer(b"\x6b\xb8"))],
        [SendToNet(answer(b"\x6b\x38"))],
    ]


def test_the_mask_says_what_is_notified(line: Line):
    assert line.net(request(b"\x0b\x88")) == [SendToNet(answer(b"\x6f\x88", b"\x6b\0"))]
    assert line.does(DceSignals(READY | Signals.RI)) == []
    assert line.does(DceSignals(READY | Signals.DCD)) == [SendToNet(answer(b"\x6b\x88"))]
    assert line.net(request(b"\x0b\0")) == [SendToNet(answer(b"\x6f\0", b"\x6b\0"))]
    assert line.does(DceSignals(READY)) == []
    assert line.net(request(b"\x0b\xff")) == [SendToNet(answer(b"\x6f\xff", b"\x6b\x30"))]


def test_a_mask_of_the_delta_of_ri_alone_tells_of_its_end_alone(line: Line):
    line.net(request(b"\x0b\x04"))
    assert line.does(DceSignals(READY | Signals.RI)) == []
    assert line.does(DceSignals(READY)) == [SendToNet(answer(b"\x6b\x04"))]


def test_the_state_can_be_polled(line: Line):
    assert line.net(request(b"\7")) == [SendToNet(answer(b"\x6b\x30"))]
    assert line.net(request(b"\6")) == [SendToNet(answer(b"\x6a\x60"))]


def test_a_break_of_the_dce_is_notified_to_who_wants_it(line: Line):
    assert line.does(DceBreak()) == []
    line.net(request(b"\x0a\x10"))
    assert line.does(DceBreak()) == [SendToNet(answer(b"\x6a\x10"))]


def test_a_break_goes_to_a_telnet_client_as_telnet_has_it_and_not_to_one_of_bare_bytes():
    line = Line()
    assert line.does(DceBreak()) == []
    line.net(bytes.fromhex("fffe2c fffc2c"))
    assert line.does(DceBreak()) == [SendToNet(b"\xff\xf3")]


def test_a_plain_client_is_a_dte_too():
    line = Line()
    assert line.net(b"ATDT100\r\n") == [Deliver(b"ATDT100\r")]
    assert line.does(DceSent(b"\r\nCONNECT\r\n")) == [SendToNet(b"\r\nCONNECT\r\n")]
    assert line.does(DceSignals(READY | Signals.DCD)) == []
    assert line.does(Closed()) == [TellSignals(Signals.NONE)]


def test_telnets_own_break_interrupt_and_question_are_taken():
    assert Line().net(b"a\xff\xf3b\xff\xf4c") == [Deliver(b"a"), TellBreak(), Deliver(b"b\x03c")]
    assert Line().net(b"\xff\xf6") == [SendToNet(b"\r\n[Yes]\r\n")]


def test_signals_come_behind_what_was_sent_before(line: Line):
    assert line.net(b"bye" + request(b"\5\x09") + b"x") == [
        Deliver(b"bye"),
        TellSignals(Signals.RTS),
        SendToNet(answer(b"\x69\x09")),
        Deliver(b"x"),
    ]


def test_once_binary_is_agreed_bytes_are_bytes_and_only_iac_is_doubled(line: Line):
    every = bytes(range(256))
    assert line.net(every + b"\xff") == [Deliver(every)]
    assert line.does(DceSent(every)) == [SendToNet(every + b"\xff")]


def test_a_suspended_client_gets_its_data_later_and_signals_in_their_place(line: Line):
    assert line.net(request(SUSPEND)) == []
    assert line.does(DceSignals(READY | Signals.DCD)) == [SendToNet(answer(b"\x6b\xb8"))]
    assert line.does(DceSent(b"last ")) == [TakeDce(False)]
    assert line.does(DceSent(b"words")) == []
    assert line.does(DceSignals(READY)) == []
    assert line.does(DceSent(b"\r\nNO CARRIER\r\n")) == []
    assert line.net(request(b"\5\x07")) == [SendToNet(answer(b"\x69\x08"))], "requests do not wait"
    assert line.net(request(RESUME)) == [
        SendToNet(b"last words" + answer(b"\x6b\x38") + b"\r\nNO CARRIER\r\n"),
        TakeDce(True),
    ]


def test_a_full_connection_holds_data_until_it_takes_bytes_again(line: Line):
    assert line.does(NetTakes(False)) == []
    assert line.does(DceSent(b"abc")) == [TakeDce(False)]
    assert line.net(request(SUSPEND)) == []
    assert line.does(NetTakes(True)) == []
    assert line.net(request(RESUME)) == [SendToNet(b"abc"), TakeDce(True)]


def test_what_is_held_is_bounded_and_the_excess_counted(line: Line):
    line.net(request(SUSPEND))
    line.does(DceSent(bytes(MOST_HELD - 1)))
    line.does(DceSent(bytes(10)))
    assert line.machine.dropped == 9
    for _ in range(100):
        line.does(DceSignals(READY | Signals.RI))
        line.does(DceSignals(READY))
        line.does(DceSent(b"x"))
    [sent, _] = line.net(request(RESUME))
    assert isinstance(sent, SendToNet)
    assert sent.data == bytes(MOST_HELD)


def test_changes_of_signals_between_the_bytes_that_wait_are_bounded_too(line: Line):
    line.net(request(SUSPEND))
    for _ in range(MOST_HELD):
        line.does(DceSent(b"x"))
        line.does(DceSignals(READY | Signals.RI))
        line.does(DceSent(b"y"))
        line.does(DceSignals(READY))
    [sent, _] = line.net(request(RESUME))
    assert isinstance(sent, SendToNet)
    assert len(sent.data) <= MOST_HELD + 8
    assert sent.data.endswith((b"\x6b\x34\xff\xf0", b"\x6b\x30\xff\xf0", b"y")), "the last state is told"


def test_a_purge_drops_what_waits_for_the_client_and_keeps_the_signals(line: Line):
    line.net(request(SUSPEND))
    line.does(DceSent(b"old"))
    line.does(DceSignals(READY | Signals.DCD))
    assert line.net(request(b"\x0c\1")) == [SendToNet(answer(b"\x6b\xb8", b"\x70\1")), TakeDce(True)]
    assert line.net(request(RESUME)) == []


def test_while_the_dce_takes_nothing_data_waits_and_requests_do_not(line: Line):
    assert line.does(DceTakes(False)) == [SendToNet(answer(b"\x6c"))]
    assert line.net(b"typed" + request(b"\1\0\0\x25\x80")) == [TellRate(9600), SendToNet(answer(b"\x65\0\0\x25\x80"))]
    assert line.net(request(b"\6")) == [SendToNet(answer(b"\x6a\0"))]
    assert line.does(DceTakes(True)) == [Deliver(b"typed"), SendToNet(answer(b"\x6d"))]


def test_dtr_drops_behind_the_data_that_waited(line: Line):
    line.does(DceTakes(False))
    line.net(b"typed")
    assert line.net(request(b"\5\x09"))[:2] == [Deliver(b"typed"), TellSignals(Signals.RTS)]


def test_a_client_that_goes_has_its_waiting_data_delivered(line: Line):
    line.does(DceTakes(False))
    line.net(b"typed")
    assert line.does(Closed()) == [Deliver(b"typed"), TellSignals(Signals.NONE)]


def test_a_client_that_goes_while_suspended_lets_the_dce_go_on(line: Line):
    line.net(request(SUSPEND))
    line.does(DceSent(b"unheard"))
    assert line.does(Closed()) == [TellSignals(Signals.NONE), TakeDce(True)]


def test_a_purge_drops_what_waits_for_the_dce(line: Line):
    line.does(DceTakes(False))
    assert line.net(b"typed" + request(b"\x0c\2")) == [SendToNet(answer(b"\x70\2"))]
    assert line.does(DceTakes(True)) == [SendToNet(answer(b"\x6d"))]


def test_who_floods_a_dce_that_takes_nothing_is_not_read(line: Line):
    line.does(DceTakes(False))
    assert line.net(bytes(32 * 1024)) == []
    assert line.net(b"x") == [ReadNet(False)]
    assert line.does(DceTakes(True))[-1] == ReadNet(True)


def test_who_asks_much_and_reads_nothing_is_not_read(line: Line):
    line.does(NetTakes(False))
    actions = line.net(request(b"\0") * 500)
    assert actions[-1] == ReadNet(False)
    assert line.does(NetTakes(True)) == [ReadNet(True)]


STREAMS = st.lists(
    st.binary(max_size=6)
    | st.sampled_from(
        [
            *(request(bytes((code, value))) for code in range(14) for value in (0, 1, 5, 8, 9, 255)),
            *(request(b"\1\0\0\x25\x80"), request(b"\1"), request(b""), b"\xff\xfa\x2c\5", b"\xff\xf0", AGREES),
            *(b"hello", b"\r", b"\r\n", b"\r\0", b"\xff\xff", b"\xff\xf3", b"\xff\xfc\x2c", b"\xff\xfb\0", b"\xff"),
        ]
    ),
    max_size=25,
).map(b"".join)


def done(*chunks: bytes, dce_takes: bool) -> tuple[list[ComPortAction], int]:
    """All that is done about a stream, and data in a row as one."""
    machine = ComPortServer(READY, 9600, MOST_HELD)
    machine.handle(DceTakes(dce_takes), 0.0)
    actions: list[ComPortAction] = []
    for chunk in chunks:
        for action in machine.handle(NetSent(chunk), 0.0):
            last = actions[-1] if actions else None
            match last, action:
                case (Deliver(before), Deliver(data)):
                    actions[-1] = Deliver(before + data)
                case (SendToNet(before), SendToNet(data)):
                    actions[-1] = SendToNet(before + data)
                case _:
                    actions.append(action)
    return actions, machine.dropped


@settings(max_examples=150, deadline=None)
@given(STREAMS, st.lists(st.integers(0, 200), max_size=8), st.booleans())
@example(b"\xff\xfa\x2c\5\xff\xff\xff\xf0", [3, 5], True)
def test_chunking_never_matters(stream: bytes, cuts: list[int], dce_takes: bool):
    whole = done(stream, dce_takes=dce_takes)
    assert done(*(stream[at : at + 1] for at in range(len(stream))), dce_takes=dce_takes) == whole
    edges = sorted({0, *(cut % (len(stream) + 1) for cut in cuts), len(stream)})
    assert done(*(stream[one:other] for one, other in pairwise(edges)), dce_takes=dce_takes) == whole


SIGNALS = st.sampled_from([Signals.NONE, READY, READY | Signals.RI, READY | Signals.DCD])
EVENTS = st.lists(
    STREAMS.map(NetSent)
    | st.binary(min_size=1, max_size=300).map(DceSent)
    | SIGNALS.map(DceSignals)
    | st.booleans().map(DceTakes)
    | st.booleans().map(NetTakes)
    | st.just(DceBreak()),
    max_size=25,
)


@settings(max_examples=200, deadline=None)
@given(EVENTS)
def test_nothing_raises_and_whoever_was_stopped_goes_on_when_nothing_stops_it(events: list[ComPortEvent]):
    machine = ComPortServer(READY, 9600, MOST_HELD)
    actions = machine.handle(Opened(), 0.0)
    for event in [*events, NetSent(b"\xff\xf0" * 3), DceTakes(True), NetTakes(True), NetSent(request(RESUME))]:
        actions += machine.handle(event, 0.0)
    for kind in (ReadNet, TakeDce):
        words = [action.on for action in actions if isinstance(action, kind)]
        assert words == [False, True] * (len(words) // 2), "the two words alternate"


@settings(max_examples=200, deadline=None)
@given(EVENTS)
def test_a_client_hears_of_every_byte_in_order_and_of_the_last_signals(events: list[ComPortEvent]):
    """Held or not, purged or not so: what is sent to it is Telnet of what the DCE sent."""
    machine = ComPortServer(Signals.NONE, 9600, 10**6)
    machine.handle(NetSent(AGREES), 0.0)
    sent, last, out = b"", Signals.NONE, b""
    for event in [*events, NetTakes(True), NetSent(request(RESUME))]:
        if isinstance(event, NetSent) and event.data != request(RESUME):
            event = NetSent(request(SUSPEND))
        if isinstance(event, DceSent):
            sent += event.data
        if isinstance(event, DceSignals):
            last = event.on
        out += b"".join(action.data for action in machine.handle(event, 0.0) if isinstance(action, SendToNet))
    heard, levels = _parted(out)
    assert heard == sent
    if levels:
        names = ((16, Signals.CTS), (32, Signals.DSR), (64, Signals.RI), (128, Signals.DCD))
        assert sum((signal for bit, signal in names if levels[-1] & bit), Signals.NONE) == last


def _parted(out: bytes) -> tuple[bytes, list[int]]:
    """The data in a stream, and the modem states."""
    data, states, rest = b"", list[int](), out
    while (at := rest.find(b"\xff")) >= 0:
        data += rest[:at]
        if rest[at + 1] == 0xFF:
            data, rest = data + b"\xff", rest[at + 2 :]
        else:
            end = rest.index(b"\xff\xf0", at)
            content = rest[at + 3 : end]
            if content[0] == 0x6B:
                states.append(content[1])
            rest = rest[end + 2 :]
    return data + rest, states
