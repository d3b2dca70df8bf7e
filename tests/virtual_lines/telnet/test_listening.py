"""Callers who may not speak Telnet: raw lines, and lines that wait to hear."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.virtual_lines.telnet import (
    AutoServer,
    Deliver,
    NetSent,
    Opened,
    RawServer,
    Ready,
    SendToNet,
    Tick,
    UserSent,
)
from offhook.virtual_lines.telnet.server import GRACE

DO_ECHO = b"\xff\xfd\x01"


class Line:
    def __init__(self) -> None:
        self.server = AutoServer()
        self.sent = b""
        self.heard = b""
        self.ready: list[float] = []
        self.does(Opened(), 0.0)

    def does(self, event: Opened | NetSent | UserSent | Tick, now: float) -> None:
        for action in self.server.handle(event, now):
            match action:
                case SendToNet(data):
                    self.sent += data
                case Deliver(data):
                    self.heard += data
                case Ready():
                    self.ready.append(now)


def test_a_raw_line_is_ready_at_once_and_changes_no_byte():
    server = RawServer()
    data = bytes(range(256))
    assert server.handle(Opened(), 0.0) == [Ready()]
    assert server.deadline is None
    assert server.handle(NetSent(data), 0.0) == [Deliver(data)]
    assert server.handle(UserSent(data), 0.0) == [SendToNet(data)]
    assert server.handle(Tick(), 0.0) == []


def test_a_caller_who_says_nothing_is_put_through_raw_after_the_grace():
    line = Line()
    assert line.server.deadline == GRACE
    line.does(Tick(), GRACE / 2)
    assert line.ready == []
    line.does(Tick(), GRACE)
    assert line.ready == [GRACE]
    assert line.server.deadline is None
    line.does(UserSent(b"login: \xff\r"), GRACE)
    assert line.sent == b"login: \xff\r"


def test_a_caller_who_begins_with_text_is_raw_and_at_once():
    line = Line()
    line.does(NetSent(b"hello\r\xff\xff\r\0"), 0.1)
    assert (line.heard, line.ready) == (b"hello\r\xff\xff\r\0", [0.1])
    line.does(NetSent(DO_ECHO), 0.2)
    assert line.heard.endswith(DO_ECHO)
    assert line.sent == b""


def test_a_caller_who_begins_with_a_negotiation_has_a_telnet_line():
    line = Line()
    line.does(NetSent(DO_ECHO + b"a\xff\xffb"), 0.1)
    assert line.heard == b"a\xffb"
    assert b"\xff\xfb\x01" in line.sent
    line.does(UserSent(b"\xff"), 0.2)
    assert line.sent.endswith(b"\xff\xff")


def test_a_telnet_caller_who_was_slow_is_not_made_ready_twice():
    line = Line()
    line.does(Tick(), GRACE)
    for each in DO_ECHO:
        line.does(NetSent(bytes([each])), GRACE + 1)
    assert line.sent
    assert line.server.deadline is None
    line.does(NetSent(b"x"), GRACE + 2)
    line.does(Tick(), GRACE + 50)
    assert line.ready == [GRACE]


@pytest.mark.parametrize("first", [b"\xff\xff", b"\xffx", b"\xff\xfbA", b"\xff\xf4"])
def test_what_is_only_like_a_negotiation_is_text(first: bytes):
    line = Line()
    for each in first:
        line.does(NetSent(bytes([each])), 0.0)
    assert line.heard == first


@given(st.sampled_from([b"", DO_ECHO, b"\xff", b"\xff\xfb"]), st.binary(max_size=60), st.lists(st.integers(1, 63)))
def test_it_does_not_matter_how_a_caller_s_bytes_are_cut(first: bytes, more: bytes, cuts: list[int]):
    data = first + more
    whole, pieces = Line(), Line()
    if data:
        whole.does(NetSent(data), 0.0)
    at = sorted({min(cut, len(data)) for cut in cuts} | {0, len(data)})
    for begin, end in itertools.pairwise(at):
        pieces.does(NetSent(data[begin:end]), 0.0)
    assert pieces.heard == whole.heard
    assert pieces.sent == whole.sent
    assert pieces.ready == whole.ready


def test_what_might_have_begun_a_negotiation_and_did_not_is_data_when_the_grace_is_over():
    line = Line()
    line.does(NetSent(b"\xff"), 0.0)
    assert (line.heard, line.ready) == (b"", [])
    line.does(Tick(), GRACE)
    assert (line.heard, line.ready) == (b"\xff", [GRACE])
    line.does(NetSent(b"\xfd\x01"), GRACE)
    assert line.heard == b"\xff\xfd\x01"
    assert not line.server.speaks_telnet


def test_a_line_speaks_telnet_once_it_has_turned_out_to():
    line = Line()
    assert not line.server.speaks_telnet
    line.does(NetSent(DO_ECHO), 0.0)
    assert line.server.speaks_telnet
    assert not RawServer().speaks_telnet
