"""A teletype on a real leg of the exchange: the two contracts meet."""

import asyncio

import pytest

from offhook.terminal.screen import Capabilities
from offhook.terminal.session import EndOfInput, HungUp, Interrupted
from offhook.terminal.teletype import Teletype
from offhook.virtual_lines.exchange import Leg, join


class FarEnd:
    def __init__(self, leg: Leg) -> None:
        self.leg = leg
        self.heard = b""
        leg.attach(self)

    def far_sent(self, data: bytes) -> None:
        self.heard += data

    def far_break(self) -> None: ...

    def far_closed(self) -> None: ...

    def pause_sending(self) -> None: ...

    def resume_sending(self) -> None: ...


def connected(**more: float) -> tuple[Teletype, FarEnd]:
    ours, theirs = join()
    return Teletype(ours, Capabilities(), **more), FarEnd(theirs)


async def test_a_line_is_asked_for_echoed_key_by_key_and_returned():
    teletype, far = connected()
    asked = asyncio.create_task(teletype.ask("name: "))
    await asyncio.sleep(0)
    for key in b"boc\bb\r":
        far.leg.send(bytes([key]))
        await asyncio.sleep(0)
    assert await asked == "bob"
    assert far.heard == b"name: boc\b \bb\r\n"


async def test_what_was_typed_ahead_is_read_without_waiting():
    teletype, far = connected()
    far.leg.send(b"one\rtwo\r")
    assert await teletype.ask("") == "one"
    assert await teletype.ask("") == "two"


async def test_a_password_is_not_echoed():
    teletype, far = connected()
    far.leg.send(b"secret\r")
    assert await teletype.ask("password: ", echo=False) == "secret"
    assert far.heard == b"password: \r\n"


async def test_output_waits_while_the_far_end_is_paused_and_goes_on_after():
    teletype, far = connected()
    far.leg.pause()
    writing = asyncio.create_task(teletype.write("x" * 5000))
    for _ in range(10):
        await asyncio.sleep(0)
    assert not writing.done()
    far.leg.resume()
    await writing
    assert far.heard == b"x" * 5000


async def test_an_interrupt_stops_output_that_waits():
    teletype, far = connected()
    far.leg.pause()
    writing = asyncio.create_task(teletype.write("x" * 5000))
    await asyncio.sleep(0)
    far.leg.send(b"\x03")
    with pytest.raises(Interrupted):
        await writing


async def test_hanging_up_ends_whatever_is_going_on_and_tells_what_was_half_typed():
    teletype, far = connected()
    asked = asyncio.create_task(teletype.ask("? "))
    await asyncio.sleep(0)
    far.leg.send(b"half a li")
    far.leg.close()
    with pytest.raises(HungUp) as lost:
        await asked
    assert lost.value.typed == "half a li"
    with pytest.raises(HungUp):
        await teletype.write("more")


async def test_end_of_input_and_interrupt_at_a_prompt_are_told_apart():
    teletype, far = connected()
    far.leg.send(b"\x04")
    with pytest.raises(EndOfInput):
        await teletype.ask("? ")
    far.leg.send(b"abc\x03")
    with pytest.raises(Interrupted):
        await teletype.ask("? ")


async def test_a_key_is_taken_at_once_and_its_prompt_wiped():
    teletype, far = connected()
    far.leg.send(b"q")
    assert await teletype.key("More? ") == "q"
    assert far.heard == b"More? " + b"\b \b" * 6


async def test_nothing_but_text_leaves_whatever_is_written():
    teletype, far = connected()
    await teletype.write("a\x1b[31mred\x1b]0;title\x07\x9b2Jz\u202e\x85\n")
    assert not set(far.heard) - set(range(32, 127)) - {13, 10}


async def test_a_silent_caller_is_hung_up_on():
    teletype, _far = connected(idle=0.01)
    with pytest.raises(HungUp):
        async with asyncio.timeout(60):
            await teletype.ask("? ")


async def test_the_break_key_interrupts():
    teletype, far = connected()
    asked = asyncio.create_task(teletype.ask(": "))
    await asyncio.sleep(0)
    far.leg.send_break()
    with pytest.raises(Interrupted):
        await asked
