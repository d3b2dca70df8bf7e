"""A host whose mail port is besieged: its memory is bounded, and honest letters still come in.

OFFHOOK_TORTURE scales it: 10 is a thousand silent connections and a hundred hostile ones.
"""

import asyncio
import itertools
import os
import resource
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from tests.support.mail_house import Client
from tests.support.served_host import ServedHost, served_host

pytestmark = pytest.mark.torture

SCALE = float(os.environ.get("OFFHOOK_TORTURE", "1"))
SILENT, HOSTILE, HONEST = int(100 * SCALE), int(10 * SCALE), int(20 * SCALE)
CONNECTIONS = SILENT + HOSTILE + 200
MOST_MEMORY = 256_000_000
CONFIG = f"""
[mail]
domains = ["here.org"]
[smtp]
listen = "127.0.0.1:0"
connections = {CONNECTIONS}
connections_each = {CONNECTIONS}
[[number]]
number = "100"
to = "mail"
"""

Address = tuple[str, int]


def address_of(host: ServedHost) -> Address:
    line = next(line for line in host.output.read_text().splitlines() if line.startswith("smtp: "))
    name, _, port = line.removeprefix("smtp: ").rpartition(":")
    return name, int(port)


def memory_of(host: ServedHost) -> int:
    status = Path(f"/proc/{host.process.pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


async def flood(address: Address, begin: bytes, piece: bytes, count: int) -> None:
    """Write without reading, until the host has had enough or `count` pieces are gone."""
    with suppress(OSError, TimeoutError):
        _, writer = await asyncio.open_connection(*address)
        writer.write(begin)
        for _ in range(count):
            writer.write(piece)
            async with asyncio.timeout(5):
                await writer.drain()
        with suppress(asyncio.CancelledError):
            await asyncio.get_running_loop().create_future()
        writer.close()


HELLO = b"EHLO x\r\nMAIL FROM:<a@b.org>\r\n"
LETTER = HELLO + b"RCPT TO:<alice@here.org>\r\nDATA\r\n"
ATTACKS: list[Callable[[Address], "asyncio.Future[None]"]] = [
    lambda address: asyncio.ensure_future(flood(address, HELLO, b"RCPT TO:<alice@here.org>\r\n" * 100, 200)),
    lambda address: asyncio.ensure_future(flood(address, LETTER, b"x" * 65_536, 400)),
    lambda address: asyncio.ensure_future(flood(address, LETTER, b"X-Y: z\r\n" * 8_192, 300)),
    lambda address: asyncio.ensure_future(flood(address, b"", b"\0\xff\r\r\n" * 10_000, 200)),
    lambda address: asyncio.ensure_future(flood(address, b"EHLO x\r\n", b"VRFY alice\r\n" * 1_000, 200)),
]


async def honest(address: Address) -> float:
    """Send a letter; the seconds it took to get its 250."""
    begun = time.monotonic()
    client = await Client(*await asyncio.open_connection(*address)).begin(b"EHLO honest.org")
    await client.addressed("alice@here.org")
    assert (await client.sends(b"Subject: honest\r\n\r\n" + b"body\r\n" * 200)).startswith("250")
    client.quit()
    return time.monotonic() - begun


async def besiege(address: Address) -> list[float]:
    silent = [await asyncio.open_connection(*address) for _ in range(SILENT)]
    attacks = [attack(address) for attack, _ in zip(itertools.cycle(ATTACKS), range(HOSTILE), strict=False)]
    took = [await honest(address) for _ in range(HONEST)]
    for attack in attacks:
        attack.cancel()
    await asyncio.gather(*attacks, return_exceptions=True)
    for _, writer in silent:
        writer.close()
    return took


def test_silent_and_hostile_clients_neither_fill_the_memory_nor_keep_honest_letters_out(tmp_path: Path):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = SILENT + HOSTILE + 200
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, hard), hard))
    with served_host(tmp_path / "host", CONFIG) as host:
        took = asyncio.run(besiege(address_of(host)))
        memory = memory_of(host)
        assert memory < MOST_MEMORY, f"{memory / 1e6:.0f} MB"
        assert len(list((host.folder / "mail" / "alice" / "new").iterdir())) == HONEST
        assert max(took) < 30 * max(SCALE, 1), took
        print(
            f"{memory / 1e6:.0f} MB at most; honest letters took {sorted(took)[len(took) // 2]:.3f} s, {max(took):.3f}"
        )
