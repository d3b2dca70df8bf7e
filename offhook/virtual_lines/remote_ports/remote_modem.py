"""A modem on a serial port of another machine, behind a server such as ser2net, by RFC 2217 or by bytes alone.

The connection is kept for as long as the host runs; one that ends is a modem unplugged, and is made anew.
"""

import asyncio
import logging
import select
import socket
from collections.abc import Callable
from contextlib import suppress

from offhook.modem.ports import DteListener
from offhook.modem.rs232 import Signals
from offhook.virtual_lines.remote_ports.bare_client import BareClient
from offhook.virtual_lines.telnet import (
    ClientAction,
    ClientEvent,
    ComPortClient,
    Deliver,
    DteBreak,
    DteSent,
    DteSignals,
    DteTakes,
    NetSent,
    Opened,
    PortCame,
    ReadNet,
    SendToNet,
    TakeDte,
    TellLines,
    Tick,
    Warn,
)

log = logging.getLogger(__name__)

CONNECTING = 10.0
"""Seconds that the server has to take the connection."""
AGAIN = 2.0
"""Seconds between two tries."""
WATERMARK = 2048
"""Bytes kept for a modem that takes no more, before the sender is paused."""
DRAIN = 30.0
"""Seconds that what was sent may take on its way out."""
LAST_WORDS = 2.0
"""Seconds that a server has to take what was sent before the end."""
_LOOK = 0.05
_OPTIONS = (
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 60),
    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 15),
    (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 4),
    (socket.SOL_SOCKET, socket.SO_SNDBUF, 8192),  # what the kernel has, nobody can take back
)


class RemoteModem(asyncio.Protocol):
    """A `ModemPort`: the modem behind `host` and `port`, at `rate` bit/s."""

    def __init__(
        self,
        host: str,
        port: int,
        rate: int = 115200,
        flow: str = "none",
        *,
        bare: bool = False,
        keeps_early: bool = False,
    ) -> None:
        """`flow` is "none", "rtscts" or "xonxoff", and what the server does on the cable.

        A `bare` server carries bytes only, so that it has its rate and its flow control from others; `keeps_early` is
        as `BareClient` has it.
        """
        self._bare, self._keeps_early = bare, keeps_early
        self._host, self._port = host, port
        self._rate = rate
        self._flow = flow
        self._outputs = Signals.DTR | Signals.RTS
        self._listener: DteListener | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._transport: asyncio.Transport | None = None
        self._machine: ComPortClient | BareClient | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._end: select.epoll | None = None
        """Hears the end of a connection that is not read."""
        self._ended = asyncio.Event()
        self._there = False
        self._told_missing = False
        self._taken = True
        self._suspended = self._full = self._paused = False
        self._out = 0.0
        """When the line will have sent what was sent so far, as its rate has it."""

    @property
    def name(self) -> str:
        """`rfc2217:HOST:PORT`, or `tcp:HOST:PORT`."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"{'tcp' if self._bare else 'rfc2217'}:{host}:{self._port}"

    def start(self, listener: DteListener) -> None:
        """Connect; a server that is not there is waited for."""
        self._loop = asyncio.get_running_loop()
        self._listener = listener
        self._keeper = self._loop.create_task(self._keep())

    def send(self, data: bytes) -> None:
        """Write to the modem; dropped while there is none."""
        if self._there:
            self._out = max(self._out, self._loop.time()) + 10 * len(data) / self._rate
            self._happened(DteSent(data))

    def send_break(self) -> None:
        """Send the modem a break, where the server has them."""
        self._happened(DteBreak())

    def set_outputs(self, on: Signals) -> None:
        """Ask for DTR and RTS, now or when there is a server again."""
        self._outputs = on
        self._happened(DteSignals(on))

    def once_sent(self, then: Callable[[], None]) -> None:
        """Call `then` when the server has all and its line has had time for it, after half a minute at the latest."""
        self._look(then, self._loop.time() + DRAIN)

    def pause_reading(self) -> None:
        """Take no more bytes of the modem; its lines are still heard."""
        self._taken = False
        self._happened(DteTakes(False))

    def resume_reading(self) -> None:
        """Take bytes again."""
        self._taken = True
        self._happened(DteTakes(True))

    def close(self) -> None:
        """Drop DTR, which hangs up, and leave; idempotent. The listener hears nothing more."""
        self._listener = None
        self.set_outputs(Signals.NONE)
        if self._keeper is not None:
            self._keeper.cancel()
            self._keeper = None
        if self._transport is not None:
            self._transport.close()
            self._loop.call_later(LAST_WORDS, self._transport.abort)

    def _look(self, then: Callable[[], None], latest: float) -> None:
        now = self._loop.time()
        waits = self._transport is not None and self._transport.get_write_buffer_size() > 0
        waits = waits or (self._machine is not None and self._machine.waiting)
        if not self._there or now >= latest or (not waits and now >= self._out):
            self._loop.call_soon(then)
        else:
            self._loop.call_later(_LOOK, self._look, then, latest)

    async def _keep(self) -> None:
        while True:
            self._ended.clear()
            try:
                async with asyncio.timeout(CONNECTING):
                    await self._loop.create_connection(lambda: self, self._host, self._port, happy_eyeballs_delay=0.25)
            except (OSError, TimeoutError, UnicodeError) as error:  # a UnicodeError is a name that no host can have
                self._tell_missing(str(error) or "it does not answer")
            else:
                await self._ended.wait()
            await asyncio.sleep(AGAIN)

    def _tell_missing(self, why: str) -> None:
        """Once, until it is there."""
        if not self._told_missing:
            log.warning("%s is not to be had: %s: it is tried again", self.name, why)
        self._told_missing = True

    # From the connection: an asyncio.Protocol.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The server is there."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.set_write_buffer_limits(high=WATERMARK)
        sock = transport.get_extra_info("socket")
        for level, option, value in _OPTIONS:
            with suppress(OSError):  # a system that has no such option does without
                sock.setsockopt(level, option, value)
        self._machine = (
            BareClient(keeps_early=self._keeps_early)
            if self._bare
            else ComPortClient(self._rate, self._flow, self._outputs)
        )
        self._out = 0.0
        self._happened(Opened())
        if not self._taken:
            self._happened(DteTakes(False))

    def data_received(self, data: bytes) -> None:
        """Bytes of the server."""
        self._happened(NetSent(data))

    def eof_received(self) -> None:
        """It has ended: so do we."""

    def connection_lost(self, _error: Exception | None) -> None:
        """The modem is out of reach."""
        self._unwatch()
        self._transport = self._machine = None
        self._arm()
        there, self._there = self._there, False
        self._suspended = self._full = False
        self._balance()
        if self._listener is not None:
            self._tell_missing("the server has ended the connection")
            if there:
                self._listener.dce_went()
        self._ended.set()

    def pause_writing(self) -> None:
        """The server takes no more."""
        self._full = True
        self._balance()

    def resume_writing(self) -> None:
        """It takes bytes again."""
        self._full = False
        self._balance()

    # Events in, actions out.

    def _happened(self, event: ClientEvent) -> None:
        if self._machine is not None:
            for action in self._machine.handle(event, self._loop.time()):
                self._carry_out(action)
            self._arm()

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        due = self._machine.deadline if self._machine is not None else None
        if due is not None:
            self._timer = self._loop.call_at(due, lambda: self._happened(Tick()))

    def _carry_out(self, action: ClientAction) -> None:
        listener = self._listener
        match action:
            case SendToNet(data) if self._transport is not None:
                self._transport.write(data)
            case Deliver(data) if listener is not None:
                listener.dce_sent(data)
            case PortCame(lines) if listener is not None:
                self._there, self._told_missing = True, False
                log.info("%s is there, %s", self.name, "with its lines" if lines else "without signals")
                listener.dce_came(lines)
            case TellLines(on) if listener is not None:
                listener.dce_signals(on)
            case TakeDte(on):
                self._suspended = not on
                self._balance()
            case ReadNet(on) if self._transport is not None:
                self._read_net(self._transport, on)
            case Warn(text):
                log.warning("%s: %s", self.name, text)

    def _read_net(self, transport: asyncio.Transport, on: bool) -> None:
        self._unwatch()
        if on:
            transport.resume_reading()
            return
        transport.pause_reading()
        if not self._bare:
            return  # what it holds back for a listener would be lost with the connection
        try:
            end = select.epoll(1)
            end.register(transport.get_extra_info("socket").fileno(), select.EPOLLRDHUP)
        except (OSError, ValueError) as error:  # it is closed, or no descriptor is left: read again it is not missed
            log.debug("%s: an end that comes now is not heard at once: %s", self.name, error)
            return
        self._end = end
        self._loop.add_reader(end.fileno(), self._read_net, transport, True)  # to its end, and all before it

    def _unwatch(self) -> None:
        if self._end is not None:
            self._loop.remove_reader(self._end.fileno())
            self._end.close()
            self._end = None

    def _balance(self) -> None:
        """Have the sender pause, or go on."""
        paused = self._there and (self._suspended or self._full)
        if paused == self._paused or self._listener is None:
            return
        self._paused = paused
        if paused:
            self._listener.pause_sending()
        else:
            self._listener.resume_sending()
