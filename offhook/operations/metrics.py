"""Figures of an exchange in the text form of Prometheus, and a page that has them."""

import asyncio
import time
from collections import Counter
from contextlib import suppress

from offhook.virtual_lines.exchange import CallRecord, Cause, LineState
from offhook.virtual_lines.switchboard import Switchboard

LONGEST_REQUEST = 8192
"""Bytes of a request's head."""
REQUEST_TIME = 5.0
"""Seconds in which it must have come."""
MOST_READERS = 16
"""Requests at a time; more are shut out."""
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """Counts calls as they end, and looks at the lines when it is asked."""

    def __init__(self) -> None:
        self._began = time.time()
        self._calls: Counter[Cause] = Counter()
        self._seconds = 0.0
        self._sent = 0
        self._received = 0

    def count(self, record: CallRecord) -> None:
        """A call has ended."""
        self._calls[record.cause] += 1
        self._seconds += record.duration
        self._sent += record.sent
        self._received += record.received

    def text(self, switchboard: Switchboard) -> str:
        """All figures; those of bytes and seconds are of calls that have ended."""
        states = Counter(line.state for line in switchboard.lines)
        talking = sum(call.talking is not None for call in switchboard.calls)
        parts = [
            _family(
                "offhook_lines", "gauge", "Lines by what they do.", "state", {s.value: states[s] for s in LineState}
            ),
            _family("offhook_calls_up", "gauge", "Calls that have been answered and go on.", "", {"": talking}),
            _family("offhook_calls_total", "counter", "Calls by how they ended.", "cause", self._by_cause()),
            _family("offhook_call_seconds_total", "counter", "Seconds of conversation.", "", {"": self._seconds}),
            _family(
                "offhook_call_bytes_total",
                "counter",
                "Bytes carried.",
                "direction",
                {"from caller": self._sent, "to caller": self._received},
            ),
            _family("offhook_start_time_seconds", "gauge", "When the exchange began.", "", {"": self._began}),
        ]
        return "".join(parts)

    def _by_cause(self) -> dict[str, float]:
        return {cause.value: self._calls[cause] for cause in Cause}


def _family(name: str, kind: str, help_text: str, label: str, values: dict[str, float]) -> str:
    lines = [f"# HELP {name} {help_text}", f"# TYPE {name} {kind}"]
    for value, figure in values.items():
        labelled = f'{name}{{{label}="{value}"}}' if label else name
        lines.append(f"{labelled} {figure:.15g}")
    return "\n".join(lines) + "\n"


class MetricsPage:
    """Answers GET /metrics by HTTP, and nothing else."""

    def __init__(self, metrics: Metrics, switchboard: Switchboard) -> None:
        self._metrics = metrics
        self._switchboard = switchboard
        self._server: asyncio.Server | None = None
        self._readers: set[asyncio.Task[None]] = set()

    async def start(self, host: str, port: int) -> tuple[str, int]:
        """Listen; the address and port really listened on. Raises `OSError`."""
        self._server = await asyncio.start_server(self._serve, host, port, limit=LONGEST_REQUEST)
        name = self._server.sockets[0].getsockname()
        return str(name[0]), int(name[1])

    async def close(self) -> None:
        """Listen no longer, and drop who is being answered."""
        if self._server is not None:
            self._server.close()
        for reader in list(self._readers):
            reader.cancel()
        await asyncio.gather(*self._readers, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._readers.add(task)
        try:
            if len(self._readers) <= MOST_READERS:
                async with asyncio.timeout(REQUEST_TIME):
                    writer.write(self._answer(await reader.readuntil(b"\r\n\r\n")))
                    await writer.drain()
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            return  # who asks like that gets nothing
        finally:
            self._readers.discard(task)
            with suppress(OSError):
                writer.close()

    def _answer(self, head: bytes) -> bytes:
        method, _, rest = head.partition(b"\r\n")[0].partition(b" ")
        path = rest.partition(b" ")[0].partition(b"?")[0]
        if method not in (b"GET", b"HEAD"):
            return _response("405 Method Not Allowed", b"GET /metrics\n")
        if path != b"/metrics":
            return _response("404 Not Found", b"GET /metrics\n")
        body = self._metrics.text(self._switchboard).encode()
        whole = _response("200 OK", body)
        return whole if method == b"GET" else whole[: -len(body)]


def _response(status: str, body: bytes) -> bytes:
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: {CONTENT_TYPE}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body
