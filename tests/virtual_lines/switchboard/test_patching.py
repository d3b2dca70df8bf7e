"""What lines put into their calls comes first, and to whom it is meant for."""

from offhook.virtual_lines.exchange import Directory, LineDestination, ServiceDestination
from offhook.virtual_lines.switchboard import Greetings, Switchboard
from tests.support.subscribers import FakeService, FakeSubscriber

NUMBERS = Directory([("100", ServiceDestination("mail")), ("201", LineDestination("a")), ("202", LineDestination("b"))])
SAID = {
    "a": Greetings(b"a answered\n", b"a connected\n", b"a to caller\n", b"a to called\n"),
    "b": Greetings(b"b answered\n", b"b connected\n", b"b to caller\n", b"b to called\n"),
}


async def test_each_end_of_a_call_gets_its_own_file_and_then_the_other_s_before_any_byte():
    board = Switchboard(NUMBERS, greetings=SAID)
    a, b = FakeSubscriber(), FakeSubscriber()
    board.plug_in("a", a)
    board.plug_in("b", b)
    board.dial("a", "202")
    board.answer("b")
    a.up.leg.send(b"first")
    assert a.up.heard == b"a connected\nb to caller\n"
    assert b.up.heard == b"b answered\na to called\nfirst"
    board.close()


async def test_a_service_gets_what_its_caller_has_to_say():
    board = Switchboard(NUMBERS, greetings=SAID)
    a, mail = FakeSubscriber(), FakeService()
    board.plug_in("a", a)
    board.offer("mail", mail)
    board.dial("a", "100")
    assert mail.last.heard == b"a to called\n"
    assert a.up.heard == b"a connected\n"
    board.close()
