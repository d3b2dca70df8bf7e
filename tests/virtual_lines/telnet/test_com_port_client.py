"""A DTE's end of RFC 2217: what it asks of a server, when the modem is there, and what waits."""

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from offhook.modem.rs232 import Signals
from offhook.virtual_lines.telnet import (
    ClientAction,
    ClientEvent,
    ComPortClient,
    ComPortServer,
    DceSent,
    DceSignals,
    Deliver,
    DteBreak,
    DteSent,
    DteSignals,
    DteTakes,
    NetSent,
    Opened,
    PortCame,
    ReadNet,
    SendToNet,
    TakeDte,
    TellBreak,
    TellLines,
    TellRate,
    TellSignals,
    Tick,
    Warn,
    subnegotiation,
)
from offhook.virtual_lines.telnet.com_port_client import BREAK, MOST_HELD, PATIENCE

READY = Signals.DSR | Signals.CTS
ON = Signals.DTR | Signals.RTS
OFFERS = bytes.fromhex("fffb2c fffb03 fffd03 fffb00 fffd00")
AGREES = bytes.fromhex("fffd2c fffd03 fffb03 fffd00 fffb00")
REFUSES = bytes.fromhex("fffe2c")


def asks(*content: int) -> SendToNet:
    return SendToNet(subnegotiation(44, bytes(content)))


def server(*content: int) -> bytes:
    return subnegotiation(44, bytes(content))


class End:
    """A machine whose connection is made at the time 0."""

    def __init__(self, flow: str = "none", signals: Signals = ON) -> None:
        self.machine = ComPortClient(38400, flow, signals)
        self.first = self.machine.handle(Opened(), 0.0)

    def does(self, event: ClientEvent, now: float = 0.0) -> list[ClientAction]:
        return self.machine.handle(event, now)

    def net(self, data: bytes) -> list[ClientAction]:
        return self.does(NetSent(data))


@pytest.fixture
def end() -> End:
    """One whose server has the port for it, with DSR and CTS on."""
    end = End()
    end.net(AGREES + server(107, 0x30))
    return end


def test_it_offers_the_option_and_asks_for_all_bytes() -> None:
    assert End().first == [SendToNet(OFFERS)]


@pytest.mark.parametrize(("flow", "number"), [("none", 1), ("xonxoff", 2), ("rtscts", 3)])
def test_a_server_that_agrees_is_asked_for_the_settings_the_outputs_and_the_lines(flow: str, number: int) -> None:
    asked = End(flow, Signals.RTS).net(bytes.fromhex("fffd2c"))
    assert asked == [
        asks(1, 0, 0, 0x96, 0),
        asks(2, 8),
        asks(3, 1),
        asks(4, 1),
        asks(5, number),
        asks(5, 9),
        *([asks(5, 11)] if flow != "rtscts" else []),  # else the server has RTS
        asks(11, 255),
        asks(7),
    ]


def test_the_modem_is_there_when_its_lines_are_known_and_not_before() -> None:
    end = End()
    assert end.net(b"Welcome to the terminal server\r\n") == []
    end.net(AGREES)
    assert end.net(server(107, 0xB8) + b"RING") == [
        PortCame(True),
        TellLines(READY | Signals.DCD),
        Deliver(b"RING"),
    ]
    assert end.net(server(107, 0x38)) == [TellLines(READY)]
    assert end.net(server(107, 0x30)) == [], "the same levels"
    assert end.net(server(107, 0x70)) == [TellLines(READY | Signals.RI)]
    assert end.machine.deadline is None


@pytest.mark.parametrize("said", [b"", b"\r\nlogin: ", bytes.fromhex("fffd2c")])
def test_a_server_that_tells_of_no_lines_in_time_carries_bytes_alone(said: bytes) -> None:
    end = End()
    end.net(said)
    assert end.machine.deadline == PATIENCE
    assert end.does(Tick(), PATIENCE - 0.01) == []
    assert end.does(Tick(), PATIENCE) == [PortCame(False)]
    assert end.net(b"OK\r\n") == [Deliver(b"OK\r\n")]
    end.net(server(107, 0xB0))
    assert end.net(server(107, 0x30)) == [], "lines that come too late are none"
    assert end.machine.deadline is None


def test_one_that_refuses_carries_bytes_at_once_and_is_asked_for_nothing() -> None:
    end = End()
    assert end.net(REFUSES) == [PortCame(False)]
    assert end.does(DteSignals(Signals.NONE)) == []
    assert end.does(DteBreak()) == []
    assert end.does(DteTakes(False)) == []
    assert end.does(DteSent(b"AT\r")) == [SendToNet(b"AT\r\0")], "a Telnet line that is not binary"
    assert End().net(AGREES[3:] + REFUSES)[-1] == PortCame(False)


def test_outputs_and_breaks_are_asked_for(end: End) -> None:
    assert end.does(DteSignals(Signals.RTS)) == [asks(5, 9), asks(5, 11)]
    assert end.does(DteSignals(Signals.DTR)) == [asks(5, 8), asks(5, 12)]
    assert end.does(DteBreak(), 7.0) == [asks(5, 5)]
    assert end.machine.deadline == 7.0 + BREAK
    assert end.does(Tick(), 7.0 + BREAK) == [asks(5, 6)]


def test_bytes_wait_while_the_server_asks_for_it_and_requests_do_not(end: End) -> None:
    assert end.net(server(108)) == [TakeDte(False)]
    assert end.net(server(108)) == []
    assert end.does(DteSent(b"one ")) == end.does(DteSent(b"two")) == []
    assert end.machine.waiting
    assert end.does(DteSignals(Signals.NONE)) == [asks(5, 9), asks(5, 12)]
    assert end.net(server(109)) == [SendToNet(b"one two"), TakeDte(True)]
    assert not end.machine.waiting
    end.net(server(108))
    for _ in range(3):
        end.does(DteSent(bytes(MOST_HELD)))
    assert end.net(server(109)) == [SendToNet(bytes(MOST_HELD)), TakeDte(True)], "a sender that does not pause"


def test_while_we_take_none_the_server_is_asked_to_wait_and_the_lines_are_heard(end: End) -> None:
    assert end.does(DteTakes(False)) == [asks(8)]
    assert end.does(DteTakes(False)) == []
    assert end.net(b"kept" + server(107, 0xB8) + b" too") == [TellLines(READY | Signals.DCD)]
    assert end.does(DteTakes(True)) == [asks(9), Deliver(b"kept too")]
    assert end.net(b"now") == [Deliver(b"now")]


def test_a_server_that_does_not_wait_is_read_no_more(end: End) -> None:
    end.does(DteTakes(False))
    assert end.net(bytes(MOST_HELD)) == []
    assert end.net(b"x") == [ReadNet(False)]
    assert end.net(b"y") == []
    assert end.does(DteTakes(True)) == [asks(9), Deliver(bytes(MOST_HELD) + b"xy"), ReadNet(True)]


def test_another_rate_than_the_one_asked_for_is_told(end: End) -> None:
    assert end.net(server(101, 0, 0, 0x96, 0)) == []
    assert end.net(server(101, 0, 0, 0x25, 0x80)) == [Warn("the server has set 9600 bit/s and not 38400")]
    assert end.net(server(101, 0x25)) == end.net(server(101)) == end.net(server()) == end.net(server(5, 8)) == []


# Both ends of a connection.


class Connection:
    """Our end and a server of ours, which a DCE of the test is behind."""

    def __init__(self) -> None:
        self.end = ComPortClient(2400, "none", Signals.DTR)
        self.server = ComPortServer(READY, 9600, 100_000)
        self.told: list[object] = []
        self.asked: list[object] = []
        self.carry(self.end.handle(Opened(), 0.0))
        self.serve(self.server.handle(Opened(), 0.0))

    def carry(self, actions: list[ClientAction]) -> None:
        for action in actions:
            if isinstance(action, SendToNet):
                self.serve(self.server.handle(NetSent(action.data), 0.0))
            else:
                self.told.append(action)

    def serve(self, actions: object) -> None:
        for action in actions:  # type: ignore[attr-defined]  # of a server
            if isinstance(action, SendToNet):
                self.carry(self.end.handle(NetSent(action.data), 0.0))
            else:
                self.asked.append(action)


def test_a_server_of_ours_has_what_is_asked_for_and_tells_its_lines() -> None:
    line = Connection()
    assert line.told == [PortCame(True), TellLines(READY)]
    assert TellRate(2400) in line.asked
    assert TellSignals(Signals.DTR) == [each for each in line.asked if isinstance(each, TellSignals)][-1]
    line.carry(line.end.handle(DteBreak(), 0.0))
    assert line.asked[-1] == TellBreak()
    line.serve(line.server.handle(DceSignals(READY | Signals.RI), 0.0))
    assert line.told[-1] == TellLines(READY | Signals.RI)


@given(st.binary(min_size=1, max_size=300), st.binary(min_size=1, max_size=300))
@example(b"\xff\r\n\0\r\xff\xff", b"\r\0\xff\xfa")
def test_any_bytes_pass_both_ways(there: bytes, back: bytes) -> None:
    line = Connection()
    line.carry(line.end.handle(DteSent(there), 0.0))
    assert line.asked[-1] == Deliver(there)
    line.serve(line.server.handle(DceSent(back), 0.0))
    assert line.told[-1] == Deliver(back)


WORDS = st.lists(
    st.sampled_from(
        [
            *(bytes((byte,)) for byte in (0, 13, 44, 65, 240, 250, 251, 253, 255)),
            *(AGREES, REFUSES, server(107, 0xB8), server(107), server(108), server(109), server(101, 0, 0, 1, 0)),
            *(b"\r\nRING\r\n", b"\xff\xff", server(), server(255, 1)),
        ]
    ),
    max_size=20,
).map(b"".join)


@given(WORDS, st.lists(st.integers(0, 200), max_size=10))
def test_what_a_server_says_means_the_same_however_it_is_cut(said: bytes, cuts: list[int]) -> None:
    whole, cut = End(), End()
    edges = [0, *sorted(min(each, len(said)) for each in cuts), len(said)]
    pieces = [said[begin:end] for begin, end in pairwise(edges)]
    assert _told(whole.net(said)) == _told([action for piece in pieces if piece for action in cut.net(piece)])
    assert whole.machine.deadline == cut.machine.deadline


def _told(actions: list[ClientAction]) -> list[object]:
    """The actions, bytes that follow each other put together."""
    told: list[object] = []
    for action in actions:
        if isinstance(action, Deliver) and told and isinstance(told[-1], Deliver):
            told[-1] = Deliver(told[-1].data + action.data)
        else:
            told.append(action)
    return told
