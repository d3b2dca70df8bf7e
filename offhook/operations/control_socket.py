"""The control socket: the operator's console on a Unix socket, a line of JSON for each order and each answer."""

import asyncio
import json
from contextlib import suppress
from pathlib import Path

from offhook.operations.console import Console, Facts, OperatorError
from offhook.unix_socket import UnixSocket

LONGEST_ORDER = 4096
"""Bytes of a line that is read."""
MOST_CLIENTS = 16
MOST_WORDS = 16
_MALFORMED = 'write a list of words as JSON, as in ["busy", "modem0", "on"]'


class ControlSocket:
    """Answers on `path`, which only its owner can open."""

    def __init__(self, path: Path, console: Console) -> None:
        self._path = path
        self._console = console
        self._socket: UnixSocket | None = None
        self._server: asyncio.Server | None = None
        self._clients: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Listen. Raises `OSError`."""
        self._socket = UnixSocket(self._path)
        self._server = await asyncio.start_unix_server(self._serve, sock=self._socket.socket, limit=LONGEST_ORDER)

    async def close(self) -> None:
        """Listen no longer, and part with every client."""
        if self._server is None or self._socket is None:
            return
        self._server.close()
        self._socket.remove()
        for client in list(self._clients):
            client.cancel()
        await asyncio.gather(*self._clients, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._clients.add(task)
        try:
            if len(self._clients) > MOST_CLIENTS:
                writer.write(_line({"ok": False, "error": "there are too many clients already"}))
                return
            await self._answer_all(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            return  # it has gone
        except asyncio.LimitOverrunError:
            writer.write(_line({"ok": False, "error": f"an order has at most {LONGEST_ORDER} bytes"}))
        finally:
            self._clients.discard(task)
            with suppress(OSError):
                writer.close()

    async def _answer_all(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            order = await reader.readuntil(b"\n")
            writer.write(_line(self._answer(order)))
            await writer.drain()

    def _answer(self, order: bytes) -> Facts:
        try:
            words = json.loads(order)
        except (ValueError, RecursionError):
            return {"ok": False, "error": _MALFORMED}
        if not isinstance(words, list) or len(words) > MOST_WORDS or not all(isinstance(word, str) for word in words):
            return {"ok": False, "error": _MALFORMED}
        try:
            return {"ok": True, **self._console.answer(words)}
        except OperatorError as error:
            return {"ok": False, "error": str(error)}


def _line(facts: Facts) -> bytes:
    return json.dumps(facts).encode() + b"\n"
