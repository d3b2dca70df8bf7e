import asyncio
import re
from collections.abc import Awaitable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offhook.terminal.discipline import ASCII, CP437, LATIN1, UTF8
from offhook.terminal.screen import Capabilities
from offhook.terminal.session import EndOfInput, HungUp, Interrupted, SessionEnd, TooLate, hold_session
from offhook.terminal.teletype import Teletype
from offhook.terminal.teletype import teletype as teletype_module
from offhook.terminal.teletype.teletype import MUCH_AHEAD, PIECE
from tests.support.hand_leg import HandLeg
from tests.support.mail_desk import MemoryDesk, MemoryGuest, letter


def connected(holds: int | None = None, *, capabilities: Capabilities | None = None, idle: float | None = None):
    leg = HandLeg(holds)
    return Teletype(leg, capabilities or Capabilities(), idle=idle), leg


async def turns(count: int = 5) -> None:
    """Let everything that can go on go on."""
    for _ in range(count):
        await asyncio.sleep(0)


async def begun(work: Awaitable[object]) -> asyncio.Future:
    task = asyncio.ensure_future(work)
    await turns()
    return task


async def test_a_line_is_asked_for_and_echoed_key_by_key():
    teletype, leg = connected()
    asking = await begun(teletype.ask("login: "))
    for key in b"bob":
        leg.type(bytes([key]))
        await turns()
    assert leg.sent == b"login: bob"
    leg.type(b"\r")
    assert await asking == "bob"
    assert leg.sent == b"login: bob\r\n"


async def test_a_password_is_not_echoed():
    teletype, leg = connected()
    asking = await begun(teletype.ask("password: ", echo=False))
    leg.type(b"secret\r")
    assert await asking == "secret"
    assert leg.sent == b"password: \r\n"


async def test_a_password_typed_ahead_is_not_echoed_either():
    teletype, leg = connected()
    leg.type(b"alice\rsecret\r")
    assert await teletype.ask("login: ") == "alice"
    assert teletype.line_waiting
    assert await teletype.ask("password: ", echo=False) == "secret"
    assert leg.sent == b"login: alice\r\npassword: \r\n"


async def test_all_text_passes_the_gate():
    teletype, leg = connected()
    await teletype.write("\x1b[2Jred\x9b31m\x07\n€")
    assert leg.sent == b"red\r\nEUR"


async def test_output_waits_while_the_far_end_takes_no_more_and_goes_on_after():
    teletype, leg = connected(holds=PIECE)
    writing = await begun(teletype.write("x" * 3000))
    assert len(leg.sent) == PIECE
    leg.drain()
    await turns()
    assert len(leg.sent) == 2 * PIECE
    leg.drain()
    await writing
    assert leg.sent == b"x" * 3000


async def test_keys_that_come_while_the_echo_is_held_are_read_when_it_goes_on():
    teletype, leg = connected(holds=5)
    asking = await begun(teletype.ask("? "))
    leg.type(b"hel")
    await turns()
    leg.type(b"lo\r")
    await turns()
    assert not asking.done()
    leg.drain()
    await turns()
    leg.drain()
    assert await asking == "hello"


@pytest.mark.parametrize("key", [b"\x11", b"x"])
async def test_output_can_be_held_and_let_go_by_any_key(key: bytes):
    teletype, leg = connected()
    writing = asyncio.ensure_future(teletype.write("x" * 10_000))
    await turns(3)
    leg.type(b"\x13")
    await turns(20)
    sent = len(leg.sent)
    assert sent < 10_000
    await turns(20)
    assert len(leg.sent) == sent
    leg.type(key)
    await writing
    assert leg.sent == b"x" * 10_000


async def test_an_interrupt_ends_output_that_is_held():
    teletype, leg = connected()
    leg.type(b"\x13")
    writing = await begun(teletype.write("x" * 10_000))
    leg.type(b"\x03")
    with pytest.raises(Interrupted):
        await writing


async def test_an_interrupt_stops_output_at_once_and_the_next_line_begins_at_the_left():
    teletype, leg = connected(holds=PIECE)
    writing = await begun(teletype.write("x" * 3000))
    leg.type(b"\x03")
    with pytest.raises(Interrupted):
        await writing
    assert leg.sent == b"x" * PIECE + b"\r\n"
    leg.drain()
    await teletype.write("next")
    assert leg.sent.endswith(b"\r\nnext")


async def test_an_interrupt_between_two_lines_leaves_no_empty_line():
    teletype, leg = connected()
    await teletype.write("line\n")
    leg.type(b"\x03")
    with pytest.raises(Interrupted):
        await teletype.write("more")
    assert leg.sent == b"line\r\n"


async def test_an_interrupt_is_heard_though_the_far_end_takes_everything():
    teletype, leg = connected()
    writing = asyncio.ensure_future(teletype.write("x" * 1_000_000))
    await turns(3)
    leg.type(b"\x03")
    with pytest.raises(Interrupted):
        await writing
    assert len(leg.sent) < 10_000


async def test_an_interrupt_forgets_what_was_typed_ahead():
    teletype, leg = connected()
    leg.type(b"d *\r")
    leg.type(b"\x03h\r")
    with pytest.raises(Interrupted):
        await teletype.write("x")
    assert await teletype.ask("? ") == "h"


async def test_interrupt_and_end_of_input_at_a_prompt():
    teletype, leg = connected()
    for key, error in ((b"half\x03", Interrupted), (b"\x04", EndOfInput)):
        leg_task = await begun(teletype.ask("? "))
        leg.type(key)
        with pytest.raises(error):
            await leg_task
    leg.type(b"ok\r")
    assert await teletype.ask("? ") == "ok"


async def test_a_key_takes_its_prompt_away_with_it():
    teletype, leg = connected()
    asking = await begun(teletype.key("More? "))
    leg.type(b" ")
    assert await asking == " "
    assert leg.sent == b"More? " + b"\b \b" * 6


async def test_an_interrupt_where_a_key_is_wanted():
    teletype, leg = connected()
    asking = await begun(teletype.key("More? "))
    leg.type(b"\x03")
    with pytest.raises(Interrupted):
        await asking
    assert leg.sent == b"More? \r\n"


async def test_a_key_that_is_put_back_begins_the_next_line():
    teletype, leg = connected()
    leg.type(b"12\r")
    key = await teletype.key("More? ")
    teletype.put_back(key)
    assert await teletype.ask("? ") == "12"


async def test_hanging_up_ends_whatever_is_going_on_and_gives_what_was_typed():
    teletype, leg = connected()
    asking = await begun(teletype.ask("? "))
    leg.type(b"half a li")
    await turns()
    leg.hang_up()
    with pytest.raises(HungUp) as lost:
        await asking
    assert lost.value.typed == "half a li"
    for work in (teletype.write("x"), teletype.ask("? "), teletype.key("? ")):
        with pytest.raises(HungUp):
            await work


async def test_hanging_up_ends_output_that_waits():
    teletype, leg = connected(holds=PIECE)
    writing = await begun(teletype.write("x" * 3000))
    leg.hang_up()
    with pytest.raises(HungUp):
        await writing


async def test_a_password_is_not_kept_when_the_line_is_lost_over_it():
    teletype, leg = connected()
    asking = await begun(teletype.ask("password: ", echo=False))
    leg.type(b"secr")
    await turns()
    leg.hang_up()
    with pytest.raises(HungUp) as lost:
        await asking
    assert lost.value.typed == ""


async def test_nothing_typed_before_hanging_up_is_carried_out():
    teletype, leg = connected()
    leg.type(b"d *\rq\r")
    leg.hang_up()
    with pytest.raises(HungUp):
        await teletype.ask("? ")


async def test_who_sends_more_than_is_read_is_paused_and_nothing_is_lost():
    teletype, leg = connected()
    lines = [f"line {number}" for number in range(3000)]
    for line in lines:
        leg.type(line.encode() + b"\r")
    assert leg.typing_paused
    assert [await teletype.ask("") for _ in lines] == lines
    assert not leg.typing_paused


async def test_a_pause_of_typing_ends_at_the_pager_too():
    teletype, leg = connected()
    leg.type(b" " * (MUCH_AHEAD + 1))
    assert leg.typing_paused
    for _ in range(MUCH_AHEAD):
        await teletype.key("")
    assert not leg.typing_paused


async def test_a_silent_caller_is_hung_up_on():
    teletype, leg = connected(idle=0.01)
    with pytest.raises(HungUp):
        await teletype.ask("? ")
    assert leg.sent == b"? \r\nIdle: goodbye.\r\n"


async def test_a_far_end_that_never_takes_more_is_hung_up_on_too():
    teletype, _ = connected(holds=1, idle=0.01)
    with pytest.raises(HungUp):
        await teletype.write("xx")


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """The last minute takes a fiftieth of a second."""
    monkeypatch.setattr(teletype_module, "LAST_MINUTE", 0.02)


@pytest.mark.usefixtures("hasty")
async def test_a_silent_caller_is_asked_first_and_sees_what_was_typed_again():
    teletype, leg = connected(idle=0.06)
    leg.type(b"half")
    with pytest.raises(HungUp):
        await teletype.ask("? ")
    assert leg.sent == b"? half\r\nStill there?\r\n? half\r\nIdle: goodbye.\r\n"
    assert len(b"\r\nStill there?\r\n") <= 20


@pytest.mark.usefixtures("hasty")
async def test_a_caller_who_answers_goes_on():
    teletype, leg = connected(idle=0.06)
    leg.answers[b"Still there?"] = b"yes\r"
    assert await teletype.ask("? ") == "yes"


@pytest.mark.usefixtures("hasty")
async def test_the_pager_asks_a_silent_caller_too():
    teletype, leg = connected(idle=0.06)
    with pytest.raises(HungUp):
        await teletype.key("More? ")
    assert leg.sent == b"More? \r\nStill there?\r\nMore? \r\nIdle: goodbye.\r\n"


async def test_an_answer_may_have_to_come_within_a_time():
    teletype, leg = connected(idle=100)
    for within in (0.01, -5):
        with pytest.raises(TooLate):
            await teletype.ask("login: ", within=within)
    leg.type(b"bob\r")
    assert await teletype.ask("login: ", within=10) == "bob"


async def test_the_size_may_change_in_the_middle_of_a_call():
    teletype, _ = connected()
    teletype.resize(132, 50)
    assert (teletype.capabilities.columns, teletype.capabilities.rows) == (132, 50)
    teletype.resize(0, None)
    assert (teletype.capabilities.columns, teletype.capabilities.rows) == (132, 50)


async def test_the_caller_may_say_another_charset_in_the_middle_of_a_call():
    teletype, leg = connected()
    for charset, octets in ((ASCII, b"ss"), (LATIN1, b"\xdf"), (CP437, b"\xe1"), (UTF8, b"\xc3\x9f")):
        teletype.use(Capabilities(charset=charset))
        leg.sent.clear()
        await teletype.write("ß")
        assert leg.sent == octets


async def test_changing_the_size_does_not_forget_half_a_character():
    teletype, leg = connected(capabilities=Capabilities(charset=UTF8))
    leg.type("é".encode()[:1])
    teletype.use(Capabilities(columns=40, charset=UTF8))
    leg.type("é".encode()[1:] + b"\r")
    assert await teletype.ask("") == "é"


async def session(keys: list[bytes], guest: MemoryGuest) -> tuple[SessionEnd, HandLeg, MemoryDesk]:
    """A whole session on a teletype; each piece of keys comes when everything before has been dealt with."""
    teletype, leg = connected(capabilities=Capabilities(charset=UTF8))
    desk = MemoryDesk(guest)
    holding = await begun(hold_session(teletype, desk))
    for piece in keys:
        leg.type(piece)
        await turns(20)
    leg.hang_up()
    return await holding, leg, desk


async def test_a_whole_call_by_keys():
    guest = MemoryGuest()
    guest.put(letter(body="Hello there.\n"))
    keys = [b"alice\r", b"letmein\r", b"1\r", b"r\r", b"Yes.\r", b".\r", b"d\r", b"q\r"]
    end, leg, _ = await session(keys, guest)
    assert end is SessionEnd.GOODBYE
    assert b"Hello there." in leg.sent
    assert leg.sent.endswith(b"? q\r\n1 letter removed.\r\nGoodbye.\r\n")
    assert len(guest.post_office.posted) == 1
    assert guest.keys() == []


async def test_a_whole_call_typed_ahead_in_one_piece():
    guest = MemoryGuest()
    guest.put(letter())
    end, leg, _ = await session([b"alice\rletmein\rd 1\rq\r"], guest)
    assert end is SessionEnd.GOODBYE
    assert guest.keys() == []
    assert b"letmein" not in leg.sent


KEYS = st.lists(
    st.one_of(
        st.binary(max_size=8),
        st.sampled_from(
            [b"\r", b"1\r", b"r\r", b"m bob\r", b".\r", b"~p\r", b"~q\r", b"*\r", b"?\r", b" ", b"\x03", b"x"]
        ),
    ),
    max_size=25,
)


@given(KEYS)
@settings(max_examples=60, deadline=None)
def test_whatever_keys_are_sent_there_is_no_fault_and_no_control_on_the_line(keys: list[bytes]):
    guest = MemoryGuest()
    guest.put(letter(1, subject="\x1b[2J", body="\x9b31m\x1b]0;x\x07 text\n" * 40))
    guest.put(letter(2))
    _, leg, desk = asyncio.run(session([b"alice\rletmein\r", *keys], guest))
    assert not desk.reports, desk.reports
    shown = leg.sent.decode("utf-8").replace("\r\n", "").replace("\b \b", "")
    assert not re.search("[\0-\x1f\x7f-\x9f]", shown)
