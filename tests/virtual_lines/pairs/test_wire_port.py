"""Ports of an event loop on a wire in memory: two that make a pair, and one with a pyserial object opposite."""

import asyncio
import itertools
import threading

import pytest
import serial

import offhook.serial_urls
from offhook.modem.ports import PortError
from offhook.modem.rs232 import Signals
from offhook.virtual_lines.pairs import LINES, CableOptions, MemoryPair, Wire, WirePort
from tests.support.port_listener import KeepingListener

NUMBERS = itertools.count()
THERE = Signals.DSR | Signals.DCD | Signals.CTS

assert offhook.serial_urls


@pytest.mark.parametrize("turned", [False, True])
async def test_a_pair_carries_bytes_lines_and_breaks_both_ways(turned: bool) -> None:
    pair = MemoryPair()
    near, far = (pair.other, pair.one) if turned else (pair.one, pair.other)
    here, there = KeepingListener(), KeepingListener()
    near.start(here)
    far.start(there)
    await there.until_told(Signals.NONE)
    near.set_signals(THERE)
    near.send(b"hello")
    near.send_break()
    near.send(b"again")
    near.set_signals(Signals.CTS)
    await there.until_told(Signals.DTR | Signals.RTS, b"hello", "break", b"again", Signals.RTS)
    near.close()
    await there.until_told(Signals.NONE)
    assert here.told == [Signals.NONE]
    far.close()


async def test_a_paced_pair_delivers_by_itself() -> None:
    pair = MemoryPair(CableOptions(rate=9600))
    one, other = KeepingListener(), KeepingListener()
    pair.one.start(one)
    pair.other.start(other)
    began = asyncio.get_running_loop().time()
    pair.one.send(b"x" * 96)
    await other.until(lambda: len(other.sent) == 96)
    assert asyncio.get_running_loop().time() - began >= 0.099
    pair.one.close()
    pair.other.close()


async def test_a_sender_faster_than_the_line_is_asked_to_pause_and_to_go_on() -> None:
    pair = MemoryPair()
    one, other = KeepingListener(), KeepingListener()
    pair.one.start(one)
    pair.other.start(other)
    pair.other.pause_reading()
    pair.one.send(bytes(10_000))
    await one.until_told(Signals.NONE, "pause")
    assert other.sent == b""
    pair.other.resume_reading()
    await one.until_told("resume")
    assert len(other.sent) == 10_000
    pair.one.close()
    pair.other.close()


async def test_an_end_that_is_held_cannot_be_started_again() -> None:
    wire = Wire()
    port, second = WirePort(wire, 0, "here"), WirePort(wire, 0, "here")
    port.start(KeepingListener())
    with pytest.raises(PortError, match="in use"):
        second.start(KeepingListener())
    second.close()
    port.close()
    port.close()


async def test_a_dte_in_another_thread_is_heard_as_on_any_port() -> None:
    name = f"port{next(NUMBERS)}"
    wire = Wire(crossing=lambda on: on)
    LINES.put(name, wire)
    port, listener = WirePort(wire, 1, name), KeepingListener()
    port.start(listener)
    await listener.until_told(Signals.NONE)
    dte = await asyncio.to_thread(serial.serial_for_url, f"offhook://{name}/a", baudrate=2400, timeout=60)
    await listener.until_told(2400, Signals.DTR | Signals.RTS)
    listener.answer = lambda data: port.send(data.upper())
    thread_ended: list[bytes] = []

    def talk() -> None:
        dte.write(b"hello")
        thread_ended.append(dte.read(5))

    thread = threading.Thread(target=talk)
    thread.start()
    await asyncio.to_thread(thread.join)
    assert thread_ended == [b"HELLO"]
    await listener.until_told(b"hello")
    for on in (Signals.RI | Signals.CTS, Signals.DCD | Signals.DSR | Signals.CTS, Signals.NONE):
        port.set_signals(on)
        seen = {Signals.RI: dte.ri, Signals.DCD: dte.cd, Signals.DSR: dte.dsr, Signals.CTS: dte.cts}
        assert {line for line, level in seen.items() if level} == set(on)
    dte.close()
    await listener.until_told(Signals.NONE)
    port.close()
    LINES.remove(name)


async def test_what_was_written_before_the_lines_fell_is_heard_before() -> None:
    name = f"port{next(NUMBERS)}"
    wire = Wire(crossing=lambda on: on)
    LINES.put(name, wire)
    port, listener = WirePort(wire, 1, name), KeepingListener()
    port.start(listener)
    with serial.serial_for_url(f"offhook://{name}/a") as dte:
        dte.write(b"last words")
    await listener.until_told(Signals.NONE, 9600, Signals.DTR | Signals.RTS, b"last words", Signals.NONE)
    port.close()
    LINES.remove(name)
