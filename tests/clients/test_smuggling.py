"""Letters made to be split, handed on to real servers: each is one letter there."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from offhook.mailbox.carriers import Carrier, Sendmail, Smarthost
from tests.support.dovecot import dovecot
from tests.support.mail_house import House
from tests.support.postfix import postfix, reachable_folder
from tests.support.smarthost_server import smarthost_server
from tests.support.smuggling import ENDINGS, outer

pytestmark = pytest.mark.torture

TO = "alice@here.org"
PATIENCE = 120.0


async def hand_on(carrier: Carrier) -> None:
    """Every letter, some at a time; each must be taken."""
    places = asyncio.Semaphore(8)

    async def one(number: int, ending: bytes) -> None:
        async with places:
            outcome = await carrier.submit("a@there.org", (TO,), outer(ending, TO, f"outer-{number}"))
            assert outcome == {TO: None}, ending

    await asyncio.gather(*(one(number, ending) for number, ending in enumerate(ENDINGS)))


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    for _ in range(int(PATIENCE * 20)):
        if await holds():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("it did not come to pass")


def check(letters: list[bytes]) -> None:
    """Each letter came once and whole, and what was inside has not become one."""
    heads = [letter.replace(b"\r\n", b"\n").partition(b"\n\n")[0] for letter in letters]
    found = sorted(int(head.partition(b"Subject: outer-")[2].split(b"\n")[0]) for head in heads)
    assert found == list(range(len(ENDINGS)))
    assert all(b"Subject: smuggled" in letter for letter in letters)


async def test_aiosmtpd_takes_each_as_one_letter():
    async with smarthost_server() as server:
        await hand_on(Smarthost("127.0.0.1", server.port, "none"))
    check([letter for _, _, letter in server.taken])


@pytest.mark.needs("postfix")
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can start a Postfix")
@pytest.mark.parametrize("way", ["smarthost", "sendmail"])
async def test_postfix_takes_each_as_one_letter(way: str):
    with reachable_folder() as folder:
        house = House(folder)
        await house.lmtp.start(folder / "lmtp.sock", 0o666)
        fragment = f"mydestination = here.org\nmailbox_transport = lmtp:unix:{folder}/lmtp.sock\n"
        with await asyncio.to_thread(lambda: postfix(folder / "pf", fragment)) as mta:
            carrier = Smarthost("127.0.0.1", mta.port, "none") if way == "smarthost" else Sendmail(mta.sendmail)
            await hand_on(carrier)

            async def arrived() -> bool:
                return mta.is_empty() and len(await house.letters()) >= len(ENDINGS)

            await until(arrived)
        check(await house.letters())
        house.close()


@contextmanager
def as_smtp(path: Path) -> Iterator[Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]]:
    """A server whose clients speak SMTP to the LMTP server at `path`: one recipient makes them alike but for EHLO."""

    async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(65_536):
                writer.write(data.replace(b"EHLO", b"LHLO", 1) if data.startswith(b"EHLO") else data)
                await writer.drain()
            writer.write_eof()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_unix_connection(path)
        await asyncio.gather(copy(reader, far_writer), copy(far_reader, writer))
        for each in (writer, far_writer):
            each.close()

    yield serve


@pytest.mark.needs("dovecot", "lmtp")
async def test_dovecot_takes_each_as_one_letter_by_lmtp():
    with dovecot("alice@here.org") as server, as_smtp(server.lmtp) as serve:
        listener = await asyncio.start_server(serve, "127.0.0.1", 0)
        await hand_on(Smarthost("127.0.0.1", listener.sockets[0].getsockname()[1], "none"))
        listener.close()
        boxes = [server.maildir("alice@here.org") / name for name in ("new", "cur")]
        check([file.read_bytes() for box in boxes if box.exists() for file in box.iterdir()])
