"""The trunk to hosts: each call that leaves the exchange becomes a connection, raw, by Telnet or by TLS.

A call is placed in a task of its own, so that a name that takes its time and a host that is not there hold up nobody
else, and a caller who hangs up is done with it at once.
"""

import asyncio
import logging
import ssl

from offhook.virtual_lines.exchange import Away, Cause, Leg, Route, Transport
from offhook.virtual_lines.switchboard import CallFacts, Switchboard, TerminalFacts
from offhook.virtual_lines.telnet import (
    Deliver,
    FarBroke,
    NetSent,
    Opened,
    SendToNet,
    TelnetClient,
    Terminal,
    UserBroke,
    UserSent,
)
from offhook.virtual_lines.trunks.reaching import Resolver, cause_of, connected
from offhook.virtual_lines.trunks.tls_wire import secured
from offhook.virtual_lines.trunks.trace import Trace
from offhook.virtual_lines.trunks.wire import SocketWire, Wire

log = logging.getLogger(__name__)

LONGEST_ATTEMPT = 300.0
"""Seconds after which a host is given up; S7 of a modem is sooner."""


class HostTrunk:
    """Places calls to hosts for a switchboard: its `Carrier`."""

    def __init__(
        self,
        switchboard: Switchboard,
        *,
        terminal_type: str = "ansi",
        tls: ssl.SSLContext | None = None,
        trace: Trace | None = None,
    ) -> None:
        """`terminal_type` is told to hosts that ask, where nothing better is known; `tls` checks certificates."""
        self.switchboard = switchboard
        self.terminal_type = terminal_type
        self.tls = tls or ssl.create_default_context()
        self.trace = trace
        self.resolver = Resolver()
        self.calls: set[_HostCall] = set()
        self._parting: set[Wire] = set()
        switchboard.carry(self)

    def place(self, line: str, route: Away, facts: CallFacts) -> "_HostCall":
        """Begin to call a host. Raises `TypeError` for what is none."""
        if not isinstance(route, Route):
            raise TypeError(f"{route} is no host")
        return _HostCall(self, line, route, facts.terminal)

    def parts_from(self, wire: Wire) -> None:
        """A call is over, and what was said last is still under way on `wire`."""
        self._parting = {each for each in self._parting if each.open} | ({wire} if wire.open else set())

    async def close(self) -> None:
        """End the calls there are, at once."""
        for call in list(self.calls):
            call.abort()
        for wire in self._parting:
            wire.abort()
        await asyncio.sleep(0)  # in which the sockets are let go of


class _HostCall:
    """One call: an `OutsideCall`, the `Receiver` of its leg and the listener of its wire."""

    def __init__(self, trunk: HostTrunk, line: str, route: Route, terminal: TerminalFacts) -> None:
        self._trunk = trunk
        self._line = line
        self._route = route
        self._loop = asyncio.get_running_loop()
        self._wire: Wire | None = None
        self._leg: Leg | None = None
        kind = route.terminal_type or terminal.terminal_type or trunk.terminal_type
        facts = Terminal(kind, terminal.columns, terminal.rows)
        self._machine = TelnetClient(facts, eager=route.transport is Transport.TELNET)
        self._raw = route.transport is Transport.RAW
        self._passing = self._raw  # bytes pass as they are, and nobody needs to be asked
        trunk.calls.add(self)
        self._task = self._loop.create_task(self._place(), name=f"call {route}")

    async def _place(self) -> None:
        try:
            async with asyncio.timeout(LONGEST_ATTEMPT):
                self._wire = await self._reach()
        except TimeoutError:
            self._failed(Cause.NO_ANSWER, "it does not answer")
        except ssl.SSLError as error:
            self._failed(Cause.REJECTED, f"TLS: {getattr(error, 'verify_message', '') or error.reason}")
        except OSError as error:
            self._failed(cause_of(error), error.strerror or str(error))
        except Exception as fault:  # ours; the caller must not wait for ever because of it
            log.exception("%s could not be called", self._route)
            self._failed(Cause.CONGESTION, f"{type(fault).__name__}: {fault}")
        else:
            self._trunk.switchboard.reached(self._line)

    async def _reach(self) -> Wire:
        route = self._route
        sock = await connected(await self._trunk.resolver.addresses(route.host, route.port))
        if route.transport is not Transport.TLS:
            return SocketWire(sock, self)
        return await secured(sock, route.host, self._trunk.tls, self)

    def _failed(self, cause: Cause, why: str) -> None:
        log.info("%s cannot be had for %s: %s", self._route, self._line, why)
        self._note(f"{self._route} cannot be had: {why}")
        self._trunk.calls.discard(self)
        self._trunk.switchboard.unreachable(self._line, cause)

    def _note(self, text: str) -> None:
        if self._trunk.trace is not None:
            self._trunk.trace.entry(self._line, self._loop.time(), "<", f"Note({text!r})")

    # The switchboard's outside call.

    def connected(self, leg: Leg) -> None:
        """The caller is still there."""
        self._leg = leg
        if not self._raw:
            self._happened(Opened())
        leg.attach(self)  # and may have typed already, or be gone again
        if self._wire is not None:
            self._wire.start()

    def give_up(self) -> None:
        """The caller has hung up before the host was there."""
        self._trunk.calls.discard(self)
        self._task.cancel()
        if self._wire is not None:
            self._wire.abort()

    def abort(self) -> None:
        """End it now, whatever it is doing."""
        if self._leg is None:
            self._task.cancel()
            self._trunk.calls.discard(self)
            if self._wire is not None:
                self._wire.abort()
            self._trunk.switchboard.unreachable(self._line, Cause.CONGESTION)
        else:
            self._trunk.calls.discard(self)
            self._leg.close()
            if self._wire is not None:
                self._wire.abort()

    # The wire's listener.

    def wire_sent(self, data: bytes) -> None:
        """Bytes of the host."""
        if self._passing:
            if self._leg is not None:
                self._leg.send(data)
        else:
            self._happened(NetSent(data))

    def wire_closed(self) -> None:
        """The host has gone, or sends no more; what waits for it is still written."""
        self._trunk.calls.discard(self)
        if self._leg is not None:
            self._leg.close()
        self._part()

    def wire_full(self) -> None:
        """The host is slow."""
        if self._leg is not None:
            self._leg.pause()

    def wire_ready(self) -> None:
        """It takes bytes again."""
        if self._leg is not None:
            self._leg.resume()

    # The leg's receiver.

    def far_sent(self, data: bytes) -> None:
        """Bytes of the caller."""
        if self._passing:
            self._write(data)
        else:
            self._happened(UserSent(data))

    def far_break(self) -> None:
        """A break of the caller; a raw line has none."""
        if not self._raw:
            self._happened(UserBroke())

    def far_closed(self) -> None:
        """The caller has hung up."""
        self._trunk.calls.discard(self)
        self._part()

    def _part(self) -> None:
        if self._wire is not None:
            self._wire.close()
            self._trunk.parts_from(self._wire)

    def pause_sending(self) -> None:
        """The caller takes no more."""
        if self._wire is not None:
            self._wire.pause_reading()

    def resume_sending(self) -> None:
        """The caller takes bytes again."""
        if self._wire is not None:
            self._wire.resume_reading()

    # The machine.

    def _happened(self, event: Opened | NetSent | UserSent | UserBroke) -> None:
        now = self._loop.time()
        trace = self._trunk.trace
        if trace is not None:
            trace.entry(self._line, now, ">", repr(event))
        for action in self._machine.handle(event, now):
            if trace is not None:
                trace.entry(self._line, now, "<", repr(action))
            self._carry_out(action)
        if self._machine.transparent and trace is None:
            self._passing = True

    def _carry_out(self, action: SendToNet | Deliver | FarBroke) -> None:
        match action:
            case SendToNet(data):
                self._write(data)
            case Deliver(data) if self._leg is not None:
                self._leg.send(data)
            case FarBroke() if self._leg is not None:
                self._leg.send_break()

    def _write(self, data: bytes) -> None:
        if self._wire is not None:
            self._wire.send(data)
