import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.virtual_lines.telnet import (
    Action,
    Command,
    Deliver,
    Event,
    Learned,
    NetSent,
    Opened,
    Option,
    Ready,
    SendToNet,
    TelnetServer,
    Tick,
    UserSent,
    negotiation,
    subnegotiation,
)

AGREES = b"".join(
    [
        negotiation(Command.DO, Option.ECHO),
        negotiation(Command.DO, Option.SGA),
        negotiation(Command.WILL, Option.SGA),
        negotiation(Command.WILL, Option.TTYPE),
        negotiation(Command.WILL, Option.NAWS),
        subnegotiation(Option.NAWS, bytes([0, 132, 0, 43])),
        negotiation(Command.DO, Option.BINARY),
        negotiation(Command.WILL, Option.BINARY),
    ]
)


def opened() -> TelnetServer:
    server = TelnetServer()
    server.handle(Opened(), 0.0)
    return server


def test_a_client_that_answers_everything_is_ready_at_once_and_known():
    server = opened()
    actions = server.handle(NetSent(AGREES), 0.01)
    assert Ready() not in actions, "its type is not known yet"
    assert SendToNet(subnegotiation(Option.TTYPE, b"\x01")) in actions
    actions = server.handle(NetSent(subnegotiation(Option.TTYPE, b"\0XTERM")), 0.02)
    assert actions == [Learned("XTERM", 132, 43), Ready()]
    assert server.deadline is None


def test_a_caller_that_says_nothing_of_telnet_is_ready_after_the_grace():
    server = opened()
    assert server.deadline == pytest.approx(0.3)
    assert server.handle(NetSent(b"\r"), 0.1) == [Deliver(b"\r")]
    assert server.handle(Tick(), 0.29) == []
    assert server.handle(Tick(), 0.3) == [Ready()]
    assert server.deadline is None


def test_a_client_that_refuses_everything_is_ready_and_served():
    server = opened()
    refusals = b"".join(negotiation(Command.DONT, option) for option in (1, 3, 0))
    refusals += b"".join(negotiation(Command.WONT, option) for option in (3, 24, 31, 0))
    assert server.handle(NetSent(refusals), 0.1) == [Ready()]
    assert server.handle(UserSent(b"a\xffb\r\n"), 0.2) == [SendToNet(b"a\xff\xffb\r\n")]


def test_a_window_that_changes_is_told():
    server = opened()
    server.handle(NetSent(AGREES), 0.0)
    actions = server.handle(NetSent(subnegotiation(Option.NAWS, bytes([0, 80, 0, 24]))), 9.0)
    assert Learned(None, 80, 24) in actions
    assert server.handle(NetSent(subnegotiation(Option.NAWS, bytes([0, 80, 0, 24]))), 9.1) == []


@pytest.mark.parametrize(
    ("command", "key"), [(Command.IP, b"\x03"), (Command.BRK, b"\x03"), (Command.EC, b"\x7f"), (Command.EL, b"\x15")]
)
def test_interrupt_break_and_erase_are_keys(command: Command, key: bytes):
    assert opened().handle(NetSent(b"a" + bytes([255, command]) + b"b"), 1.0) == [Deliver(b"a" + key + b"b")]


def test_are_you_there_is_answered():
    assert opened().handle(NetSent(bytes([255, Command.AYT])), 1.0) == [SendToNet(b"\r\n[Yes]\r\n")]


def test_what_a_terminal_calls_itself_is_made_harmless_and_short():
    server = opened()
    server.handle(NetSent(AGREES), 0.0)
    learned = server.handle(NetSent(subnegotiation(Option.TTYPE, b"\0\x1b[2Jvt" + b"x" * 500)), 0.1)[0]
    assert isinstance(learned, Learned)
    assert learned.terminal_type is not None
    assert learned.terminal_type.startswith("[2Jvt")
    assert len(learned.terminal_type) <= 40


def test_a_window_or_type_that_was_never_agreed_on_is_not_believed():
    assert opened().handle(NetSent(subnegotiation(Option.NAWS, bytes([0, 80, 0, 24]))), 0.1) == []


EVENTS = st.one_of(st.binary(max_size=30).map(NetSent), st.binary(max_size=30).map(UserSent), st.just(Tick()))


@given(st.lists(EVENTS, max_size=20))
def test_nothing_raises_ready_comes_once_and_answers_are_bounded(events: list[Event]):
    server = TelnetServer()
    actions: list[Action] = server.handle(Opened(), 0.0)
    for number, event in enumerate(events):
        answer = server.handle(event, number * 0.1)
        sent = sum(len(action.data) for action in answer if isinstance(action, SendToNet))
        assert sent <= 20 * (len(getattr(event, "data", b"")) + 1)
        actions += answer
    assert actions.count(Ready()) <= 1
