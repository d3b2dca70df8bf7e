"""Calls that leave the exchange: what the line hears of each way they go, and what the host gets."""

import asyncio
import errno
import socket

import pytest

from offhook.virtual_lines.exchange import Cause
from offhook.virtual_lines.switchboard import TerminalFacts
from offhook.virtual_lines.trunks import hosts as hosts_module
from offhook.virtual_lines.trunks import wire as wire_module
from tests.support.outside_calls import (
    ALL_BYTES,
    dead_address,
    descriptors,
    hosts,
    knows,
    outdoors,
    until,
)
from tests.support.ports import free_port

OFFERS = b"\xff\xfb\x03\xff\xfb\x00\xff\xfd\x00"
"""WILL SGA, WILL BINARY, DO BINARY."""


@pytest.mark.parametrize("traced", [False, True])
async def test_a_raw_host_gets_every_byte_as_it_is_and_so_does_its_caller(traced: bool):
    async with outdoors(traced=traced) as out, hosts() as far:
        await out.call(f"raw:127.0.0.1:{far.port}")
        host = await far.caller()
        out.a.up.leg.send(ALL_BYTES)
        assert await host.hears(len(ALL_BYTES)) == ALL_BYTES
        await host.says(ALL_BYTES)
        await until(lambda: len(out.a.up.heard) >= len(ALL_BYTES))
        assert out.a.up.heard == ALL_BYTES


async def test_a_telnet_host_is_told_the_terminal_and_every_byte_arrives():
    async with outdoors() as out, hosts() as far:
        out.board.learned("a", TerminalFacts("vt52", 40, 25))
        await out.call(f"telnet:127.0.0.1:{far.port}")
        host = await far.caller()
        assert await host.hears(9) == OFFERS
        await host.says(b"\xff\xfd\x18\xff\xfa\x18\x01\xff\xf0\xff\xfd\x00\xff\xfb\x00\xff\xfd\x1f")
        assert await host.hears(22) == b"\xff\xfb\x18\xff\xfa\x18\0vt52\xff\xf0" + b"\xff\xfb\x1f\xff\xfa\x1f\0\x28\0"
        assert await host.hears(3) == b"\x19\xff\xf0"
        out.a.up.leg.send(ALL_BYTES)
        assert await host.hears(len(ALL_BYTES) + 400) == ALL_BYTES.replace(b"\xff", b"\xff\xff")
        await host.says(ALL_BYTES.replace(b"\xff", b"\xff\xff"))
        await until(lambda: len(out.a.up.heard) >= len(ALL_BYTES))
        assert out.a.up.heard == ALL_BYTES


async def test_what_the_caller_types_as_it_is_put_through_comes_after_the_greeting_of_telnet():
    async with outdoors() as out, hosts() as far:
        out.a.react = lambda word: out.a.up.leg.send(b"hello\r")
        await out.call(f"telnet:127.0.0.1:{far.port}")
        assert await (await far.caller()).hears(16) == OFFERS + b"hello\r\0"


async def test_a_break_is_one_for_a_telnet_host_and_nothing_for_a_raw_one():
    async with outdoors() as out, hosts() as far:
        await out.call(f"telnet:127.0.0.1:{far.port}")
        out.a.up.leg.send_break()
        assert await (await far.caller()).hears(11) == OFFERS + b"\xff\xf3"
        await far.calls[0].says(b"\xff\xf3x")
        await until(lambda: out.a.up.heard)
        assert out.a.up.breaks == 1
        out.board.hang_up("a")
        out.a.heard.clear()
        await out.call(f"raw:127.0.0.1:{far.port}")
        out.a.up.leg.send_break()
        out.a.up.leg.send(b"x")
        assert await (await far.caller(2)).hears(1) == b"x"


@pytest.mark.parametrize(
    ("said", "heard"),
    [(b"\xff\xfb\x01login: ", b"login: "), (b"\xff\xff raw \xff\xff.", b"\xff\xff raw \xff\xff."), (b"hi\xff", b"hi")],
)
async def test_a_host_that_is_called_with_no_transport_is_taken_at_its_word(said: bytes, heard: bytes):
    async with outdoors() as out, hosts() as far:
        await out.call(f"127.0.0.1:{far.port}")
        await (await far.caller()).says(said)
        await until(lambda: len(out.a.up.heard) >= len(heard))
        assert out.a.up.heard == heard


async def test_a_host_that_nobody_runs_is_busy():
    async with outdoors(traced=True) as out:
        assert await out.fails(f"raw:127.0.0.1:{free_port()}") is Cause.BUSY
        assert any("cannot be had: Connect" in entry for entry in out.entries)


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (socket.gaierror(socket.EAI_NONAME, "no such name"), Cause.NO_ROUTE),
        (OSError(errno.ENETUNREACH, "no network"), Cause.NO_ROUTE),
        (OSError(errno.EMFILE, "too many files"), Cause.CONGESTION),
        (TimeoutError(errno.ETIMEDOUT, "nothing heard"), Cause.NO_ANSWER),
        (ConnectionResetError(errno.ECONNRESET, "reset"), Cause.REJECTED),
    ],
)
async def test_a_failure_is_told_as_what_it_is_on_a_telephone_line(error: OSError, cause: Cause):
    async with outdoors() as out:
        knows(out, bbs=error)
        assert await out.fails("raw:bbs:23") is cause


async def test_a_host_with_no_address_has_no_route_and_a_fault_of_ours_is_congestion(
    caplog: pytest.LogCaptureFixture,
):
    async with outdoors() as out:
        knows(out, bbs=[])
        assert await out.fails("raw:bbs:23") is Cause.NO_ROUTE
        out.a.heard.clear()
        out.records.clear()
        knows(out, bbs=[(socket.AF_INET, ("127.0.0.1", 99999))])
        assert await out.fails("raw:bbs:23") is Cause.CONGESTION
        assert "could not be called" in caplog.text


async def test_a_host_that_says_nothing_for_long_does_not_answer(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(hosts_module, "LONGEST_ATTEMPT", 0.01)
    with dead_address() as (name, port):
        async with outdoors() as out:
            assert await out.fails(f"raw:{name}:{port}") is Cause.NO_ANSWER


async def test_a_caller_who_hangs_up_while_the_name_is_looked_up_hears_nothing_more():
    async with outdoors() as out:
        book = knows(out)
        out.board.dial("a", "raw:nowhere:23")
        await until(lambda: book.asked)
        out.board.hang_up("a")
        assert not out.trunk.calls
        for _ in range(5):
            await asyncio.sleep(0)
        assert out.a.heard == []
        assert [record.cause for record in out.records] == [Cause.ABANDONED]


async def test_a_caller_who_hangs_up_while_the_host_is_called_leaves_no_socket():
    with dead_address() as (name, port):
        async with outdoors() as out:
            before = descriptors()
            for _ in range(20):
                out.board.dial("a", f"raw:{name}:{port}")
                await until(lambda: descriptors() > before)
                out.board.hang_up("a")
                await until(lambda: descriptors() == before)
            assert out.a.heard == []


@pytest.mark.parametrize("turns", range(12))
async def test_a_caller_may_hang_up_at_any_moment_of_the_placing(turns: int):
    async with outdoors() as out, hosts() as far:
        out.board.dial("a", f"raw:127.0.0.1:{far.port}")
        for _ in range(turns):
            await asyncio.sleep(0)
        out.board.hang_up("a")
        assert not out.trunk.calls
        assert len(out.records) == 1


async def test_a_line_whose_name_is_looked_up_for_ever_holds_up_no_other():
    async with outdoors() as out, hosts() as far:
        knows(out, bbs=[(socket.AF_INET, ("127.0.0.1", far.port))])
        out.board.dial("b", "raw:nowhere:23")
        await out.call("raw:bbs:23")
        assert out.b.heard == []


async def test_a_first_address_that_is_dead_costs_a_moment_and_a_refused_one_none():
    with dead_address() as dead:
        async with outdoors() as out, hosts() as far:
            alive, refused = ("127.0.0.1", far.port), ("127.0.0.1", free_port())
            knows(out, bbs=[(socket.AF_INET, where) for where in (dead, refused, alive)])
            begun = asyncio.get_running_loop().time()
            await out.call("raw:bbs:23")
            assert asyncio.get_running_loop().time() - begun < 10  # of the minute that the dead one would take
            out.a.up.leg.send(b"x")
            assert await (await far.caller()).hears(1) == b"x"


async def test_what_the_host_sent_before_it_hung_up_is_delivered_before_the_end():
    async with outdoors() as out, hosts() as far:
        await out.call(f"raw:127.0.0.1:{far.port}")
        host = await far.caller()
        host.writer.write(ALL_BYTES)
        host.writer.close()
        await until(lambda: out.a.up.closed)
        assert out.a.up.heard == ALL_BYTES
        out.board.hang_up("a")
        assert [record.cause for record in out.records] == [Cause.NORMAL]


async def test_a_reset_in_a_transfer_ends_the_call_after_what_had_come():
    async with outdoors() as out, hosts() as far:
        await out.call(f"raw:127.0.0.1:{far.port}")
        host = await far.caller()
        out.a.up.leg.pause()
        await host.says(b"x" * 10_000)
        host.resets()
        out.a.up.leg.send(b"into the void" * 1000)
        await asyncio.sleep(0)
        out.a.up.leg.send(b"into the void" * 1000)
        assert not out.a.up.closed
        out.a.up.leg.resume()
        await until(lambda: out.a.up.closed)
        assert out.a.up.heard == b"x" * 10_000


async def test_a_slow_host_pauses_its_caller_and_gets_everything_in_the_end():
    async with outdoors() as out, hosts(receive_buffer=8192) as far:
        await out.call(f"raw:127.0.0.1:{far.port}")
        host = await far.caller()
        host.writer.transport.pause_reading()  # type: ignore[attr-defined]
        sent = 0
        while not out.a.up.paused and sent < 50_000_000:
            out.a.up.leg.send(b"y" * 16384)
            sent += 16384
        assert out.a.up.paused
        assert sent < 10_000_000
        host.writer.transport.resume_reading()  # type: ignore[attr-defined]
        assert await host.hears(sent) == b"y" * sent
        assert not out.a.up.paused


async def test_a_slow_caller_stops_the_host_and_little_is_kept():
    async with outdoors() as out, hosts() as far:
        await out.call(f"raw:127.0.0.1:{far.port}")
        host = await far.caller()
        out.a.up.leg.pause()
        host.writer.write(b"z" * 30_000_000)
        for _ in range(200):
            await asyncio.sleep(0)
        left = host.writer.transport.get_write_buffer_size()
        assert left > 10_000_000, "the host could send as if somebody read"
        assert out.a.up.heard == b""
        out.a.up.leg.resume()
        await until(lambda: len(out.a.up.heard) >= 30_000_000)


async def test_what_the_caller_said_last_arrives_before_the_end():
    async with outdoors() as out, hosts(receive_buffer=8192) as far:
        await out.call(f"raw:127.0.0.1:{far.port}")
        host = await far.caller()
        host.writer.transport.pause_reading()  # type: ignore[attr-defined]
        while not out.a.up.paused:
            out.a.up.leg.send(b"y" * 16384)
        out.a.up.leg.send(b"the last words")
        await host.says(b"this is nobody's any more")
        out.board.hang_up("a")
        host.writer.transport.resume_reading()  # type: ignore[attr-defined]
        assert (await host.hears_all()).endswith(b"y" * 16384 + b"the last words")


async def test_a_host_that_shuts_its_side_still_gets_what_waits_for_it():
    async with outdoors() as out, hosts(receive_buffer=8192) as far:
        await out.call(f"raw:127.0.0.1:{far.port}")
        host = await far.caller()
        host.writer.transport.pause_reading()  # type: ignore[attr-defined]
        sent = 0
        while not out.a.up.paused:
            out.a.up.leg.send(b"y" * 16384)
            sent += 16384
        host.writer.write_eof()
        await until(lambda: out.a.up.closed)
        host.writer.transport.resume_reading()  # type: ignore[attr-defined]
        assert await host.hears_all() == b"y" * sent


async def test_a_host_that_does_not_take_the_last_words_is_left_after_a_while(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(wire_module, "LINGER", 0.01)
    async with outdoors() as out, hosts(receive_buffer=8192) as far:
        before = descriptors()
        await out.call(f"raw:127.0.0.1:{far.port}")
        host = await far.caller()
        host.writer.transport.pause_reading()  # type: ignore[attr-defined]
        while not out.a.up.paused:
            out.a.up.leg.send(b"y" * 16384)
        out.board.hang_up("a")
        await until(lambda: descriptors() == before + 1)  # the host's own end


async def test_two_hundred_calls_leave_nothing_behind():
    async with outdoors() as out, hosts() as far:
        before = descriptors()
        for number in range(200):
            out.a.heard.clear()
            await out.call(f"127.0.0.1:{far.port}")
            host = await far.caller(number + 1)
            if number % 4 == 0:
                host.resets()
            elif number % 2:
                host.writer.close()
            out.board.hang_up("a")
            if number % 4 == 2:
                assert await host.hears_all() == b""
                host.writer.close()
        await until(lambda: descriptors() <= before)
        assert len(out.records) == 200
        assert not out.trunk.calls


async def test_closing_the_trunk_ends_calls_whatever_they_are_doing():
    with dead_address() as (name, port):
        async with outdoors() as out, hosts() as far:
            await out.call(f"raw:127.0.0.1:{far.port}")
            out.board.dial("b", f"raw:{name}:{port}")
            await asyncio.sleep(0)
            await out.trunk.close()
            assert out.a.up.closed
            assert out.b.heard == [Cause.CONGESTION]
            assert await (await far.caller()).hears_all() == b""
