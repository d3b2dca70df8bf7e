import pytest

from offhook.virtual_lines.telnet import Deliver, NetSent, Opened, Ready, SendToNet, Tick, UserSent
from offhook.virtual_lines.trunks import ListenProtocol
from offhook.virtual_lines.trunks.protocols import MACHINES


@pytest.mark.parametrize("protocol", ListenProtocol)
def test_each_protocol_has_a_machine_that_gets_ready_and_carries_bytes(protocol: ListenProtocol):
    machine = MACHINES[protocol]()
    actions = machine.handle(Opened(), 0.0)
    if machine.deadline is not None:
        actions += machine.handle(Tick(), machine.deadline)
    assert actions.count(Ready()) == 1
    assert machine.handle(NetSent(b"in"), 9.0) == [Deliver(b"in")]
    assert machine.handle(UserSent(b"out"), 9.0) == [SendToNet(b"out")]
    assert machine.deadline is None


def test_every_protocol_has_its_machine_to_itself():
    assert set(MACHINES) == set(ListenProtocol)
    for make in MACHINES.values():
        assert make() is not make()
