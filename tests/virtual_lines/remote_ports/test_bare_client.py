"""The machine of a connection that carries bytes only."""

from hypothesis import given
from hypothesis import strategies as st

from offhook.modem.rs232 import Signals
from offhook.virtual_lines.remote_ports.bare_client import MOST_EARLY, SETTLING, BareClient
from offhook.virtual_lines.telnet import (
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
    Tick,
)

EVENTS = st.one_of(
    st.builds(NetSent, st.binary(min_size=1, max_size=9)),
    st.builds(DteSent, st.binary(min_size=1, max_size=9)),
    st.builds(DteTakes, st.booleans()),
    st.just(DteBreak()),
    st.just(DteSignals(Signals.DTR)),
    st.just(Tick()),
)


def test_somebody_is_there_when_the_connection_has_lasted_and_bytes_go_as_they_are():
    client = BareClient()
    assert client.handle(Opened(), 5.0) == []
    assert client.deadline == 5.0 + SETTLING
    assert client.handle(NetSent(b"Busy."), 5.1) == []
    assert client.handle(Tick(), 5.2) == []
    assert client.handle(Tick(), 5.0 + SETTLING) == [PortCame(False)]
    assert client.deadline is None
    assert client.handle(NetSent(b"\xffRING\r"), 9.0) == [Deliver(b"\xffRING\r")]
    assert client.handle(DteSent(b"\xff\r\0"), 9.0) == [SendToNet(b"\xff\r\0")]
    assert client.handle(DteTakes(False), 9.0) == [ReadNet(False)]
    assert client.handle(DteBreak(), 9.0) == client.handle(DteSignals(Signals.NONE), 9.0) == []


def test_what_comes_early_is_heard_where_it_is_wanted_and_of_a_server_that_stays():
    client = BareClient(keeps_early=True)
    client.handle(Opened(), 0.0)
    assert client.handle(NetSent(b"AT"), 0.1) == client.handle(NetSent(b"DT1\r"), 0.2) == []
    assert client.handle(Tick(), SETTLING) == [PortCame(False), Deliver(b"ATDT1\r")]
    flooded = BareClient(keeps_early=True)
    flooded.handle(Opened(), 0.0)
    for _ in range(3):
        flooded.handle(NetSent(bytes(MOST_EARLY - 1)), 0.1)
    assert flooded.handle(Tick(), SETTLING) == [PortCame(False), Deliver(bytes(MOST_EARLY))]


@given(st.lists(st.tuples(EVENTS, st.floats(0, 1)), max_size=30))
def test_somebody_comes_once_and_no_byte_is_delivered_before(events: list[tuple[object, float]]):
    client, now = BareClient(), 0.0
    done = client.handle(Opened(), now)
    for event, passes in events:
        now += passes
        done += client.handle(event, now)  # type: ignore[arg-type]  # as they are drawn
        assert client.deadline is None or client.deadline > now or not isinstance(event, Tick)
    came = [number for number, action in enumerate(done) if isinstance(action, PortCame)]
    assert len(came) <= 1
    assert not any(isinstance(action, Deliver) for action in done[: came[0] if came else None])
