import asyncio
from pathlib import Path

from offhook.mailbox.delivery import Limits
from offhook.mailbox.letters import LetterKey
from tests.support.mail_house import House


async def test_one_address_cannot_take_every_place_and_a_place_is_free_again_when_it_is_left(tmp_path: Path):
    house = House(tmp_path, limits=Limits(connections=3, connections_each=2))
    first, second, third = [await house.client() for _ in range(3)]
    assert [each.greeting[:3] for each in (first, second, third)] == ["220", "220", "421"]
    assert (await first.says(b"QUIT")).startswith("221")
    assert await first.rest() == b""
    fourth = await house.client()
    assert fourth.greeting.startswith("220")
    for client in (first, second, third, fourth):
        client.quit()
    house.close()


async def test_clients_of_the_unix_socket_have_no_address_and_only_the_bound_for_all(tmp_path: Path):
    house = House(tmp_path, limits=Limits(connections=3, connections_each=1))
    clients = [await house.lmtp_client() for _ in range(4)]
    assert [each.greeting[:3] for each in clients] == ["220", "220", "220", "421"]
    for client in clients:
        client.quit()
    house.close()


async def test_when_the_host_stops_its_clients_are_told(tmp_path: Path):
    house = House(tmp_path)
    smtp, lmtp = await house.client(), await house.lmtp_client()
    await smtp.addressed("alice@here.org")
    assert (await smtp.says(b"DATA")).startswith("354")
    house.close()
    for client in (smtp, lmtp):
        assert await client.rest() == b"421 4.3.2 This host is going down\r\n"
        client.quit()
    assert await house.letters() == []


class Stalled:
    """A maildrop whose disk does not answer."""

    def __init__(self) -> None:
        self.committing = asyncio.Event()
        self.aborted = asyncio.Event()

    async def begin(self, flags: object = frozenset()) -> "Stalled":
        return self

    async def write(self, data: bytes) -> None:
        pass

    async def commit(self) -> LetterKey:
        self.committing.set()
        await asyncio.get_running_loop().create_future()
        raise AssertionError("never")

    async def abort(self) -> None:
        self.aborted.set()

    async def close(self) -> None:
        pass


async def test_nothing_is_said_of_a_letter_that_is_not_on_disk_when_the_host_stops(tmp_path: Path):
    house = House(tmp_path)
    stalled = Stalled()
    house.drops["alice"] = stalled  # type: ignore[assignment]
    client = await house.client()
    await client.addressed("alice@here.org")
    assert (await client.says(b"DATA")).startswith("354")
    client.write(b"x\r\n.\r\n")
    async with asyncio.timeout(60):
        await stalled.committing.wait()
        house.close()
        assert await client.rest() == b"421 4.3.2 This host is going down\r\n"
        await stalled.aborted.wait()
    client.quit()
