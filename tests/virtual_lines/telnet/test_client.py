"""The caller's side of a Telnet line: what it agrees to, what it is told, and that bytes are bytes."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.virtual_lines.telnet import (
    Deliver,
    FarBroke,
    NetSent,
    Opened,
    SendToNet,
    TelnetClient,
    TelnetServer,
    Terminal,
    UserBroke,
    UserSent,
)
from offhook.virtual_lines.telnet.client import AUDITION

IAC, DONT, DO, WONT, WILL, SB, SE = (
    b"\xff",
    b"\xff\xfe",
    b"\xff\xfd",
    b"\xff\xfc",
    b"\xff\xfb",
    b"\xff\xfa",
    b"\xff\xf0",
)
BINARY, ECHO, SGA, TTYPE, NAWS = b"\0", b"\x01", b"\x03", b"\x18", b"\x1f"
OFFERS = WILL + SGA + WILL + BINARY + DO + BINARY
ASKS = WILL + BINARY + DO + BINARY


class Line:
    """A client fed by hand; what it did is kept."""

    def __init__(self, *, eager: bool = False, terminal: Terminal | None = None) -> None:
        self.client = TelnetClient(terminal or Terminal("vt100"), eager=eager)
        self.sent = b""
        self.shown = b""
        self.breaks = 0
        self.does(Opened())

    def does(self, event: Opened | NetSent | UserSent | UserBroke) -> None:
        for action in self.client.handle(event, 0.0):
            match action:
                case SendToNet(data):
                    assert data
                    self.sent += data
                case Deliver(data):
                    assert data
                    self.shown += data
                case FarBroke():
                    self.breaks += 1

    def host(self, *said: bytes) -> bytes:
        """The host says so; what goes back to it."""
        before = len(self.sent)
        for data in said:
            self.does(NetSent(data))
        return self.sent[before:]

    def types(self, data: bytes) -> bytes:
        before = len(self.sent)
        self.does(UserSent(data))
        return self.sent[before:]


def cut(data: bytes, cuts: list[int]) -> list[bytes]:
    at = sorted({min(each, len(data)) for each in cuts} | {0, len(data)})
    return [data[begin:end] for begin, end in itertools.pairwise(at) if begin < end]


CUTS = st.lists(st.integers(0, 2000), max_size=12)


def test_a_line_known_to_be_telnet_begins_and_another_waits():
    assert Line(eager=True).sent == OFFERS
    assert Line().sent == b""


def test_after_the_host_has_begun_eight_bit_bytes_are_asked_for_once():
    line = Line()
    assert line.host(WILL + ECHO) == DO + ECHO + ASKS
    assert line.host(WILL + SGA) == DO + SGA
    assert line.host(DO + BINARY, WILL + BINARY) == b"", "agreed: nothing is to be said"


@pytest.mark.parametrize("option", range(256))
def test_what_is_not_known_is_refused_and_what_is_known_is_taken(option: int):
    line = Line(eager=True, terminal=Terminal("vt100", 80, 24))
    line.host(DO + BINARY + WILL + BINARY + DO + SGA)
    number = bytes([option])
    ours = number in (BINARY, SGA, TTYPE, NAWS)
    asked_before = number in (BINARY, SGA)
    answer = line.host(DO + number)
    assert answer[:3] == (b"" if asked_before else (WILL if ours else WONT) + number)
    answer = line.host(WILL + number)
    assert answer == (b"" if number == BINARY else (DO if number in (ECHO, SGA) else DONT) + number)
    assert line.host(WONT + number + DONT + number) == (
        (DONT + number if number in (BINARY, ECHO, SGA) else b"") + (WONT + number if ours else b"")
    )


@pytest.mark.parametrize("name", ["vt52", "ANSI", "xterm-256color"])
def test_the_terminal_s_type_is_told_as_often_as_it_is_asked_for(name: str):
    line = Line(terminal=Terminal(name))
    asked = SB + TTYPE + b"\x01" + SE
    told = SB + TTYPE + b"\0" + name.encode() + SE
    assert line.host(DO + TTYPE + asked + asked).endswith(told + told)


def test_a_window_that_is_known_is_told_and_one_that_is_not_is_refused():
    line = Line(eager=True, terminal=Terminal("vt100", 255, 25))
    assert line.host(DO + NAWS) == WILL + NAWS + SB + NAWS + b"\0\xff\xff\0\x19" + SE
    assert line.host(DO + NAWS) == b"", "it has been told"
    assert Line(eager=True).host(DO + NAWS) == WONT + NAWS


def test_a_window_that_is_larger_than_telnet_can_say_is_said_as_large_as_it_can():
    line = Line(eager=True, terminal=Terminal("vt100", 100_000, 1))
    assert line.host(DO + NAWS).startswith(WILL + NAWS + SB + NAWS + b"\xff\xff\xff\xff\0\x01")


def test_outside_binary_a_return_is_cr_nul_and_in_it_a_return_is_a_return():
    line = Line(eager=True)
    assert line.types(b"ls\r\n\xff") == b"ls\r\0\n\xff\xff"
    line.host(DO + BINARY)
    assert line.types(b"ls\r\n\xff") == b"ls\r\n\xff\xff"
    line.host(DONT + BINARY)
    assert line.types(b"\r") == b"\r\0"


def test_outside_binary_cr_nul_of_the_host_is_a_return_and_in_it_two_bytes():
    line = Line(eager=True)
    line.host(b"a\r\0b\r\nc\r", b"\0d")
    assert line.shown == b"a\rb\r\nc\rd"
    line.host(b"\r" + WILL + BINARY + b"\r\0")
    assert line.shown.endswith(b"d\r\r\0")


def test_breaks_go_both_ways_on_a_telnet_line_only():
    line = Line(eager=True)
    line.does(UserBroke())
    assert line.sent == OFFERS + b"\xff\xf3"
    line.host(b"\xff\xf3")
    assert line.breaks == 1
    line = Line()
    line.does(UserBroke())
    line.host(b"\xff\xf3")
    assert (line.sent, line.breaks, line.shown) == (b"", 0, b"\xff\xf3")


@pytest.mark.parametrize("command", [240, 241, 242, 244, 245, 246, 247, 248, 249, 239, 236])
def test_commands_that_mean_nothing_to_a_terminal_are_swallowed(command: int):
    line = Line(eager=True)
    assert line.host(b"a" + bytes([255, command]) + b"b") == b""
    assert line.shown == b"ab"


def test_before_the_host_has_shown_that_it_speaks_telnet_bytes_are_bytes():
    line = Line()
    line.host(b"\xff\xff\r\0raw\xff\xf3")
    assert line.types(b"\xff\r\n") == b"\xff\r\n"
    assert line.shown == b"\xff\xff\r\0raw\xff\xf3"
    line.host(WILL + ECHO + b"\xff\xff\r\0")
    assert line.shown.endswith(b"\xff\xf3" + b"\xff\r")
    assert line.types(b"\xff\r\n") == b"\xff\xff\r\0\n"


def test_a_negotiation_after_the_audition_is_bytes():
    line = Line()
    line.host(b"x" * (AUDITION - 2))
    assert not line.client.transparent
    line.host(WILL + ECHO)
    assert line.client.transparent
    assert not line.client.speaks_telnet
    assert line.shown == b"x" * (AUDITION - 2) + WILL + ECHO


def test_the_last_negotiation_of_the_audition_counts():
    line = Line()
    line.host(b"x" * (AUDITION - 3), IAC, b"\xfb", ECHO)
    assert line.client.speaks_telnet
    assert line.shown == b"x" * (AUDITION - 3)


def test_an_option_that_no_host_begins_with_is_no_sign_of_telnet():
    line = Line()
    line.host(WILL + b"\xc8" + DO + b"A")
    assert not line.client.speaks_telnet
    assert line.shown == WILL + b"\xc8" + DO + b"A"


TELNET = st.lists(
    st.one_of(
        st.binary(max_size=20),
        st.sampled_from(
            [b"\r\0", b"\r\n", b"\r", IAC + IAC, b"\xff\xf3", SB + TTYPE + b"\x01" + SE, SB, SE, b"x" * 200]
        ),
        st.builds(
            lambda verb, option: bytes([255, verb, option]),
            st.integers(251, 254),
            st.sampled_from([0, 1, 3, 24, 31, 34, 200]),
        ),
    ),
    max_size=25,
).map(b"".join)


@given(TELNET, CUTS, st.booleans())
def test_it_never_matters_where_the_host_s_bytes_are_cut(data: bytes, cuts: list[int], eager: bool):
    whole, pieces = Line(eager=eager), Line(eager=eager)
    whole.host(data)
    pieces.host(*cut(data, cuts))
    assert pieces.shown == whole.shown
    assert pieces.sent == whole.sent
    assert pieces.breaks == whole.breaks
    assert pieces.client.speaks_telnet == whole.client.speaks_telnet


@given(st.binary(max_size=1500), CUTS)
def test_a_host_that_never_negotiates_is_a_raw_line(data: bytes, cuts: list[int]):
    line = Line()
    line.host(*cut(data, cuts))
    if not line.client.speaks_telnet:
        assert line.shown + line.client._unheard == data
        assert len(line.client._unheard) <= 2
        assert line.sent == b""


@given(TELNET, CUTS)
def test_no_stream_makes_it_keep_or_answer_much(data: bytes, cuts: list[int]):
    line = Line(eager=True, terminal=Terminal("x" * 40, 80, 24))
    answers = line.host(*cut(data, cuts))
    assert len(line.shown) <= len(data)
    assert len(answers) <= 16 * len(data) + 64


@given(
    st.lists(st.tuples(st.booleans(), st.binary(min_size=1, max_size=40), st.integers(1, 50)), max_size=20),
    st.booleans(),
)
def test_with_our_own_host_every_byte_arrives_both_ways_in_any_cut(talk: list[tuple[bool, bytes, int]], eager: bool):
    client, server = TelnetClient(Terminal("vt100", 80, 24), eager=eager), TelnetServer()
    to_host, to_caller = bytearray(), bytearray()
    heard = {"host": b"", "caller": b""}

    def served(actions: list[object]) -> None:
        for action in actions:
            match action:
                case SendToNet(data):
                    to_caller.extend(data)
                case Deliver(data):
                    heard["host"] += data

    def called(actions: list[SendToNet | Deliver | FarBroke]) -> None:
        for action in actions:
            match action:
                case SendToNet(data):
                    to_host.extend(data)
                case Deliver(data):
                    heard["caller"] += data

    def pass_on(count: int) -> bool:
        moved = bool(to_host or to_caller)
        if data := bytes(to_host[:count]):
            del to_host[:count]
            served([*server.handle(NetSent(data), 0.0)])
        if data := bytes(to_caller[:count]):
            del to_caller[:count]
            called(client.handle(NetSent(data), 0.0))
        return moved

    called(client.handle(Opened(), 0.0))
    served([*server.handle(Opened(), 0.0)])
    while pass_on(3):
        pass
    expected = {"host": b"", "caller": b""}
    for to_the_host, data, count in talk:
        data = data.replace(b"+", b"\r\n\xff\0")
        if to_the_host:
            expected["host"] += data
            called(client.handle(UserSent(data), 0.0))
        else:
            expected["caller"] += data
            served([*server.handle(UserSent(data), 0.0)])
        pass_on(count)
    while pass_on(7):
        pass
    assert heard == expected
