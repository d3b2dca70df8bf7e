"""What whoever runs an exchange has of it: records of its calls, its figures, and a console to order things at."""

from dataclasses import dataclass
from pathlib import Path

from offhook.operations.call_records import CallRecords
from offhook.operations.console import Console, ModemBank
from offhook.operations.control_socket import ControlSocket
from offhook.operations.metrics import Metrics, MetricsPage
from offhook.virtual_lines.exchange import CallRecord
from offhook.virtual_lines.line_cards import TraceFile
from offhook.virtual_lines.switchboard import Switchboard


@dataclass(frozen=True, slots=True)
class OperationsOptions:
    """Each is None for not at all.

    `records` is the file for call records, with the most bytes of it and how many older ones are `kept`; `control` the
    path of the control socket; `metrics` host and port of the page of figures.
    """

    records: Path | None = None
    largest: int = 10_000_000
    kept: int = 3
    control: Path | None = None
    metrics: tuple[str, int] | None = None


class Operations:
    """From `start` to `close`; `record` is for the switchboard."""

    def __init__(self, options: OperationsOptions) -> None:
        """Needs a running event loop."""
        self._options = options
        self._records = CallRecords(options.records, options.largest, options.kept) if options.records else None
        self._metrics = Metrics()
        self._console: Console | None = None
        self._socket: ControlSocket | None = None
        self._page: MetricsPage | None = None

    def record(self, record: CallRecord) -> None:
        """A call has ended."""
        self._metrics.count(record)
        if self._records is not None:
            self._records.write(record)

    async def start(self, switchboard: Switchboard, modems: ModemBank, trace: TraceFile | None) -> dict[str, str]:
        """Listen where it is wanted; what to connect to, by name. Raises `OSError`."""
        facts: dict[str, str] = {}
        options = self._options
        if options.control is not None:
            path = options.control.with_name(f"{options.control.name}.trace") if trace is None else trace.path
            self._console = Console(switchboard, modems, self._metrics, path, trace)
            socket = ControlSocket(options.control, self._console)
            await socket.start()
            self._socket = socket
            facts["control"] = str(options.control)
        if options.metrics is not None:
            self._page = MetricsPage(self._metrics, switchboard)
            host, port = await self._page.start(*options.metrics)
            facts["metrics"] = f"http://{f'[{host}]' if ':' in host else host}:{port}/metrics"
        return facts

    async def close(self) -> None:
        """Listen no longer; idempotent."""
        if self._socket is not None:
            await self._socket.close()
        if self._console is not None:
            self._console.close()
        if self._page is not None:
            await self._page.close()
