"""The control socket: lines of JSON, for its owner only, whatever is sent to it; and the page of figures."""

import asyncio
import json
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from offhook.operations import (
    LONGEST_ORDER,
    LONGEST_REQUEST,
    MOST_CLIENTS,
    Console,
    ControlSocket,
    Metrics,
    MetricsPage,
)
from offhook.virtual_lines.exchange import Directory, LineDestination
from offhook.virtual_lines.switchboard import Switchboard
from tests.operations.test_console import Modems
from tests.support.outside_calls import until
from tests.support.subscribers import FakeSubscriber


class Served:
    """A control socket at `path` and a page of figures at `port`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        metrics = Metrics()
        self.board = Switchboard(Directory([("201", LineDestination("a"))]), metrics.count)
        self.board.plug_in("a", FakeSubscriber())
        console = Console(self.board, Modems(), metrics, path.with_name("trace"))
        self.socket = ControlSocket(path, console)
        self.page = MetricsPage(metrics, self.board)
        self.port = 0

    async def ask(self, *lines: bytes) -> list[dict[str, object]]:
        """Send lines, and read an answer to each."""
        reader, writer = await asyncio.open_unix_connection(str(self.path))
        writer.write(b"".join(lines))
        async with asyncio.timeout(60):
            answers = [json.loads(await reader.readline()) for _ in lines]
        writer.close()
        return answers

    async def get(self, request: bytes) -> bytes:
        """All that the page answers."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(request)
        async with asyncio.timeout(60):
            answer = await reader.read()
        writer.close()
        return answer


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    served = Served(tmp_path / "control")
    await served.socket.start()
    _, served.port = await served.page.start("127.0.0.1", 0)
    yield served
    await served.socket.close()
    await served.page.close()
    served.board.close()
    assert not served.path.exists()


async def test_orders_are_answered_one_by_one(served: Served):
    first, second = await served.ask(b'["busy", "a", "on"]\n', b'["lines"]\n')
    assert first == {"ok": True}
    assert second["lines"] == [{"line": "a", "number": "201", "state": "made busy", "made_busy": True}]


async def test_only_its_owner_can_open_it(served: Served):
    assert stat.S_IMODE(served.path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "order", [b"lines\n", b"{}\n", b"[1]\n", b"[" * 2000 + b"\n", b"\xff\n", b'["a"' + b', "b"' * 20 + b"]\n", b"\n"]
)
async def test_what_is_no_order_is_told_how_to_write_one_and_the_next_is_heard(served: Served, order: bytes):
    first, second = await served.ask(order, b'["lines"]\n')
    assert first["ok"] is False
    assert "write a list of words" in str(first["error"])
    assert second["ok"] is True


async def test_an_order_that_cannot_be_carried_out_says_why(served: Served):
    (answer,) = await served.ask(b'["hangup", "a"]\n')
    assert answer == {"ok": False, "error": "a has no call: it is idle"}


async def test_an_order_without_end_is_cut_off(served: Served):
    (answer,) = await served.ask(b"x" * (3 * LONGEST_ORDER))
    assert "at most" in str(answer["error"])


async def test_one_client_too_many_is_told_so(served: Served):
    clients = [await asyncio.open_unix_connection(str(served.path)) for _ in range(MOST_CLIENTS)]
    await until(lambda: len(served.socket._clients) == MOST_CLIENTS)
    (answer,) = await served.ask(b"")
    assert "too many" in str(answer["error"])
    for _, writer in clients:
        writer.close()
    await until(lambda: not served.socket._clients)
    (answer,) = await served.ask(b'["lines"]\n')
    assert answer["ok"] is True


async def test_a_live_socket_is_not_taken_from_its_host(served: Served):
    with pytest.raises(OSError, match="another host listens there"):
        await ControlSocket(served.path, served.socket._console).start()


async def test_the_page_has_the_figures(served: Served):
    answer = await served.get(b"GET /metrics?x=1 HTTP/1.1\r\nHost: x\r\n\r\n")
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4")
    assert f"Content-Length: {len(body)}".encode() in head
    assert b'offhook_lines{state="idle"} 1\n' in body


@pytest.mark.parametrize(
    ("request_", "answer"),
    [
        (b"HEAD /metrics HTTP/1.0\r\n\r\n", b"200 OK"),
        (b"GET / HTTP/1.1\r\n\r\n", b"404 Not Found"),
        (b"POST /metrics HTTP/1.1\r\n\r\n", b"405 Method"),
        (b"\x16\x03\x01\r\n\r\n", b"405 Method"),
        (b"x" * (3 * LONGEST_REQUEST), b""),
    ],
)
async def test_the_page_answers_nothing_else(served: Served, request_: bytes, answer: bytes):
    try:
        got = await served.get(request_)
    except ConnectionResetError:  # it closed over what it did not read
        got = b""
    assert answer in got
    assert got or not answer
