"""The host's end of a Telnet line: what it offers, when it is ready, and what it makes of keys."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offhook.virtual_lines.telnet import (
    Action,
    Deliver,
    Learned,
    NetSent,
    Opened,
    Ready,
    SendToNet,
    TelnetServer,
    Tick,
    UserSent,
)

OFFERS = bytes.fromhex("fffb01 fffb03 fffd03 fffd18 fffd1f fffb00 fffd00")
AGREES = bytes.fromhex("fffd01 fffd03 fffb03 fffb18 fffb1f fffd00 fffb00")
REFUSES = bytes.fromhex("fffe01 fffe03 fffc03 fffc18 fffc1f fffe00 fffc00")
SIZE = bytes.fromhex("fffa1f 0050 0018 fff0")
TYPE = b"\xff\xfa\x18\0XTERM\xff\xf0"
SEND_TYPE = bytes.fromhex("fffa18 01 fff0")


class Line:
    """A machine that was opened at 10.0 s."""

    def __init__(self) -> None:
        self.machine = TelnetServer()
        self.first = self.machine.handle(Opened(), 10.0)

    def net(self, data: bytes) -> list[Action]:
        return self.machine.handle(NetSent(data), 10.1)


@pytest.fixture
def line() -> Line:
    return Line()


def typed(actions: list[Action]) -> bytes:
    return b"".join(action.data for action in actions if isinstance(action, Deliver))


def sent(actions: list[Action]) -> bytes:
    return b"".join(action.data for action in actions if isinstance(action, SendToNet))


def test_it_offers_and_asks_for_all_it_wants_at_once(line: Line):
    assert line.first == [SendToNet(OFFERS)]
    assert line.machine.deadline == pytest.approx(10.3)


def test_the_line_is_ready_as_soon_as_all_is_answered(line: Line):
    assert line.net(AGREES) == [SendToNet(SEND_TYPE)]
    assert line.net(SIZE) == [Learned(None, 80, 24)]
    [learned, ready] = line.net(TYPE)
    assert isinstance(learned, Learned)
    assert (learned.terminal_type or "").lower() == "xterm"
    assert ready == Ready()
    assert line.machine.deadline is None


def test_a_client_that_refuses_everything_is_ready_at_once(line: Line):
    assert line.net(REFUSES) == [Ready()]


def test_who_does_not_answer_is_ready_after_the_grace(line: Line):
    assert line.net(b"hello") == [Deliver(b"hello")]
    assert line.machine.handle(Tick(), 10.2) == []
    assert line.machine.handle(Tick(), 10.31) == [Ready()]
    assert line.machine.deadline is None
    assert line.machine.handle(Tick(), 11.0) == []


def test_answers_after_the_grace_are_told_and_the_call_is_not_placed_twice(line: Line):
    line.machine.handle(Tick(), 10.31)
    actions = line.net(AGREES + SIZE + TYPE)
    assert Ready() not in actions
    assert [action for action in actions if isinstance(action, Learned)][-1].columns == 80


def test_a_window_may_change_and_may_have_no_size(line: Line):
    line.net(AGREES + SIZE + TYPE)
    [wider] = line.net(bytes.fromhex("fffa1f 0084 002b fff0"))
    assert isinstance(wider, Learned)
    assert (wider.columns, wider.rows) == (132, 43)
    assert line.net(bytes.fromhex("fffa1f 0084 002b fff0")) == [], "nothing is new"
    [unknown] = line.net(bytes.fromhex("fffa1f 0000 0000 fff0"))
    assert isinstance(unknown, Learned)
    assert (unknown.columns, unknown.rows) == (None, None)


def test_a_window_of_255_columns_has_its_iac_doubled(line: Line):
    line.net(AGREES)
    [learned] = line.net(bytes.fromhex("fffa1f 00ffff 0018 fff0"))
    assert isinstance(learned, Learned)
    assert learned.columns == 255


@pytest.mark.parametrize("size", ["", "0050", "005000", "0050001800"])
def test_a_window_of_a_wrong_length_is_not_believed(line: Line, size: str):
    line.net(AGREES)
    assert line.net(bytes.fromhex(f"fffa1f {size} fff0")) == []


def test_what_was_not_agreed_to_is_not_believed(line: Line):
    assert line.net(SIZE + TYPE) == []


def test_the_name_of_a_type_is_short_and_printable(line: Line):
    line.net(AGREES)
    line.net(SIZE)
    actions = line.net(b"\xff\xfa\x18\0\x1b]0;x\x07" + b"A" * 200 + b"\xff\xf0")
    [name] = [action.terminal_type for action in actions if isinstance(action, Learned)]
    assert name is None or (name.isprintable() and len(name) <= 40)


@pytest.mark.parametrize(
    ("command", "key"),
    [(b"\xf4", b"\x03"), (b"\xf3", b"\x03"), (b"\xf7", b"\x7f"), (b"\xf8", b"\x15")],
    ids=["interrupt process", "break", "erase character", "erase line"],
)
def test_commands_that_stand_for_keys_are_typed(line: Line, command: bytes, key: bytes):
    assert typed(line.net(b"ab\xff" + command + b"cd")) == b"ab" + key + b"cd"


@pytest.mark.parametrize("command", [b"\xf1", b"\xf2", b"\xf9", b"\xef", b"\xf0", b"\x41"])
def test_other_commands_are_neither_typed_nor_answered(line: Line, command: bytes):
    assert line.net(b"a\xff" + command + b"b") == [Deliver(b"ab")]


def test_are_you_there_is_answered(line: Line):
    assert b"Yes" in sent(line.net(b"\xff\xf6"))


def test_without_binary_a_return_goes_out_padded_and_comes_in_alone(line: Line):
    line.net(REFUSES)
    assert line.machine.handle(UserSent(b"a\rb\r\nc\xff"), 10.2) == [SendToNet(b"a\r\0b\r\nc\xff\xff")]
    assert line.net(b"a\r\0b\r\nc\xff\xff") == [Deliver(b"a\rb\rc\xff")]


def test_each_direction_is_binary_by_itself_from_the_byte_on_where_it_is_agreed(line: Line):
    assert typed(line.net(b"\r\0\xff\xfb\0\r\0")) == b"\r\r\0"
    assert line.machine.handle(UserSent(b"\r"), 10.2) == [SendToNet(b"\r\0")]
    line.net(b"\xff\xfd\0")
    assert line.machine.handle(UserSent(b"\r\xff"), 10.2) == [SendToNet(b"\r\xff\xff")]
    assert typed(line.net(b"\xff\xfc\0\r\0")) == b"\r"


def test_two_hosts_that_face_each_other_fall_silent():
    one, other = TelnetServer(), TelnetServer()
    waiting = [(other, sent(one.handle(Opened(), 0.0))), (one, sent(other.handle(Opened(), 0.0)))]
    said = 0
    while waiting:
        machine, data = waiting.pop(0)
        said += len(data)
        assert said < 1000, "they do not fall silent"
        if reply := sent(machine.handle(NetSent(data), 0.1)):
            waiting.append((one if machine is other else other, reply))


@settings(max_examples=200, deadline=None)
@given(st.lists(st.binary(max_size=40) | st.sampled_from([AGREES, REFUSES, SIZE, TYPE, b"\xff\xfd\x06"]), max_size=12))
def test_whatever_comes_the_line_becomes_ready_once_and_answers_are_few(chunks: list[bytes]):
    machine = TelnetServer()
    actions = machine.handle(Opened(), 0.0)
    for step, chunk in enumerate(chunks):
        now = 0.05 * step
        actions += machine.handle(NetSent(chunk), now)
        if machine.deadline is not None and machine.deadline <= now:
            actions += machine.handle(Tick(), now)
            assert machine.deadline is None
    actions += machine.handle(Tick(), 100.0)
    assert actions.count(Ready()) == 1
    assert len(sent(actions)) <= len(OFFERS) + 6 * sum(map(len, chunks))
    assert len(typed(actions)) <= sum(map(len, chunks))
