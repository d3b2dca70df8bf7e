"""A whole call of a DTE that speaks ip232: it sees ring and carrier where they belong, and hangs up by DTR."""

from offhook.modem.hayes import HayesModem, Settings
from offhook.modem.ports import Ip232Port, TcpPort
from offhook.virtual_lines.exchange import Directory, LineDestination
from offhook.virtual_lines.line_cards import EmulatedLineCard
from offhook.virtual_lines.switchboard import Switchboard
from tests.support.tcp_client import TcpClient

RING, CARRIER, NOTHING = b"\xff\x02", b"\xff\x01", b"\xff\x00"


async def test_ring_and_carrier_are_shown_and_dtr_hangs_up() -> None:
    machine, caller = Ip232Port("127.0.0.1", 0), TcpPort("127.0.0.1", 0)
    switchboard = Switchboard(Directory([("1", LineDestination("machine")), ("2", LineDestination("caller"))]))
    cards = []
    for line, port in (("machine", machine), ("caller", caller)):
        card = EmulatedLineCard(line, port, HayesModem(Settings(connect_hold=0)), switchboard)
        switchboard.plug_in(line, card)
        card.start()
        cards.append(card)
    with TcpClient(machine.name) as vice, TcpClient(caller.name) as other:
        await vice.send(b"\xff\x01ATE0\r")
        await vice.read_to(b"OK\r\n")
        await other.send(b"ATDT1\r")
        assert (await vice.read_to(b"RING\r\n")).startswith(RING)
        await vice.send(b"ATA\r")
        answered = await vice.read_to(b"CONNECT 115200\r\n")
        assert [answered.index(each) for each in (NOTHING, CARRIER, b"CONNECT")] == sorted(
            answered.index(each) for each in (NOTHING, CARRIER, b"CONNECT")
        )
        await other.read_to(b"CONNECT 115200\r\n")
        await vice.send(b"\xff\xffhello")
        assert await other.read_to(b"hello") == b"\xffhello"
        await vice.send(b"\xff\x00")  # DTR off
        assert (await vice.read_to(b"OK\r\n")).startswith(NOTHING)
        assert await other.read_to(b"NO CARRIER\r\n") == b"\r\nNO CARRIER\r\n"
    for card in cards:
        card.close()
