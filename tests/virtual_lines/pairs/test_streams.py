"""Coroutines on a line in memory, in turned time and opposite a thread."""

import asyncio
import itertools

import pytest
import serial

from offhook.serial_urls import create_serial_connection, open_serial_connection
from offhook.testing import NullModem, TurnedClock
from offhook.virtual_lines.pairs import CableOptions

NUMBERS = itertools.count()


async def test_a_coroutine_and_a_thread_talk() -> None:
    url = f"offhook://streams{next(NUMBERS)}"
    reader, writer = await open_serial_connection(url=f"{url}/a", baudrate=1200)
    port = serial.serial_for_url(f"{url}/b", timeout=60)
    writer.write(b"question\n")
    assert await asyncio.to_thread(port.readline) == b"question\n"
    await asyncio.to_thread(port.write, b"answer\n")
    assert await reader.readline() == b"answer\n"
    assert writer.get_extra_info("serial").baudrate == 1200
    writer.get_extra_info("serial").dtr = False
    assert not port.cd
    writer.close()
    await writer.wait_closed()
    assert not port.cts
    port.close()


async def test_all_arrives_however_slow_the_reader() -> None:
    url = f"offhook://streams{next(NUMBERS)}"
    one, other = await open_serial_connection(url=f"{url}/a"), await open_serial_connection(url=f"{url}/b")
    content = bytes(range(256)) * 2000

    async def send() -> None:
        for at in range(0, len(content), 10_000):
            one[1].write(content[at : at + 10_000])
            await one[1].drain()

    sending = asyncio.create_task(send())
    async with asyncio.timeout(60):
        assert await other[0].readexactly(len(content)) == content
        await sending
    for _, writer in (one, other):
        writer.close()
        await writer.wait_closed()


async def test_an_end_in_use_is_refused() -> None:
    url = f"offhook://streams{next(NUMBERS)}/a"
    _, writer = await open_serial_connection(url=url)
    with pytest.raises(serial.SerialException, match="in use"):
        await open_serial_connection(url=url)
    writer.transport.abort()
    await writer.wait_closed()
    _, writer = await open_serial_connection(url=url)
    writer.close()
    await writer.wait_closed()


async def test_closing_waits_for_what_is_written_and_not_for_what_is_aborted() -> None:
    told: list[str] = []

    class Teller(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            told.append("made")

        def connection_lost(self, error: Exception | None) -> None:
            told.append("lost")

        def pause_writing(self) -> None:
            told.append("pause")

        def resume_writing(self) -> None:
            told.append("resume")

    url = f"offhook://streams{next(NUMBERS)}"
    loop = asyncio.get_running_loop()
    with serial.serial_for_url(f"{url}/b", timeout=60) as port:
        transport, protocol = await create_serial_connection(loop, Teller, f"{url}/a")
        assert transport.get_protocol() is protocol
        transport.write(bytes(200_000))
        transport.close()
        transport.write(b"too late")
        assert transport.is_closing()
        assert len(await asyncio.to_thread(port.read, 200_000)) == 200_000
        while "lost" not in told:  # noqa: ASYNC110  # there is nothing to wait for but time
            await asyncio.sleep(0)
        assert told == ["made", "pause", "resume", "lost"]
        assert port.in_waiting == 0
        transport, _ = await create_serial_connection(loop, Teller, f"{url}/a")
        transport.write(bytes(200_000))
        transport.abort()
        assert not port.cd


def test_a_minute_without_an_answer_is_over_at_once_in_turned_time(turned_clock: TurnedClock) -> None:
    cable = NullModem(turned_clock, CableOptions(rate=300))

    async def story() -> float:
        began = asyncio.get_running_loop().time()
        reader, writer = await open_serial_connection(url=cable.a)
        other_reader, other = await open_serial_connection(url=cable.b)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.read(1), 60)
        writer.write(b"x" * 30)
        assert await other_reader.readexactly(30) == b"x" * 30
        for each in (writer, other):
            each.close()
            await each.wait_closed()
        return asyncio.get_running_loop().time() - began

    assert turned_clock.run(story()) == pytest.approx(61, abs=0.05)
    cable.close()
