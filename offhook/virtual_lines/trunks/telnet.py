"""A Telnet trunk: each connection becomes a line of the exchange that dials one number.

Its line is plugged in until the call is over, and the connection counts until it is gone. Back-pressure runs through:
a socket that takes no more pauses the leg, and a leg that takes no more stops the socket from being read; so does a
peer that asks much and reads nothing.

At the end our side is shut once all is written, and what still comes is thrown away until the peer has shut its own:
a socket closed over unread bytes is reset, and the reset would overtake the goodbye.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable

from offhook.modem.hayes import CallerId
from offhook.virtual_lines.exchange import Cause, Leg
from offhook.virtual_lines.switchboard import Switchboard, TerminalFacts
from offhook.virtual_lines.telnet import (
    Action,
    Command,
    Deliver,
    Event,
    Learned,
    NetSent,
    Opened,
    Ready,
    SendToNet,
    Tick,
    UserSent,
    plain,
)
from offhook.virtual_lines.trunks.gate import Admit, Gate, Refuse, Say
from offhook.virtual_lines.trunks.guard import Guard, GuardSettings
from offhook.virtual_lines.trunks.leaving import LeavingWatch
from offhook.virtual_lines.trunks.protocols import MACHINES, ListenProtocol, Machine
from offhook.virtual_lines.trunks.reaching import SOCKET_OPTIONS
from offhook.virtual_lines.trunks.texts import CallerTexts
from offhook.virtual_lines.trunks.trace import Trace

log = logging.getLogger(__name__)

WATERMARK = 32768
"""Bytes that may wait in a connection before the far end is asked to stop."""
MOST_EARLY = 4096
"""Bytes a caller may send before the call is up; then it is not read."""
PARTING = 0.5
"""Seconds that callers have to close their side when the trunk closes, or when they are not taken."""
MOST_ANSWERS = 4096
"""Bytes of answers to a peer that reads nothing; then it is not read either."""
CHUNK = 8192
"""Bytes taken from a socket at a time, so that one caller's flood does not hold up the others."""
LINGER = 10.0
"""Seconds after the end of a call in which the peer must have taken what was written to it."""


class TelnetTrunk:
    """Listens for callers and puts each through to `number`."""

    def __init__(
        self,
        switchboard: Switchboard,
        number: str,
        *,
        limit: int = 50,
        limit_each: int = 20,
        protocol: ListenProtocol = ListenProtocol.TELNET,
        guard: GuardSettings | None = None,
        gate: Callable[[], Gate] = Gate,
        texts: CallerTexts | None = None,
        trace: Trace | None = None,
    ) -> None:
        """`limit` calls at a time in all, `limit_each` from one address.

        Without `guard` an address may call as often as it likes; `gate` makes what each caller has to pass; `texts`
        are what callers are told.
        """
        self.protocol = protocol
        self.make_gate = gate
        self.texts = texts or CallerTexts()
        self._guard = None if guard is None else Guard(guard)
        self.switchboard = switchboard
        self.number = number
        self.trace = trace
        self._limit = limit
        self._limit_each = limit_each
        self._count = 0
        self._peers: Counter[str] = Counter()
        self._calls: set[_Connection] = set()
        self._server: asyncio.Server | None = None

    async def start(self, host: str, port: int) -> tuple[str, int]:
        """Listen; the address and port really listened on. Raises `OSError`."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Connection(self), host, port, backlog=128)
        name = self._server.sockets[0].getsockname()
        return str(name[0]), int(name[1])

    async def close(self) -> None:
        """Take no more callers and end the calls there are; callers have `PARTING` seconds to read what was said."""
        if self._server is not None:
            self._server.close()
        calls = list(self._calls)
        for call in calls:
            call.clear()
        if calls:
            await asyncio.wait([call.gone for call in calls], timeout=PARTING)
        for call in calls:
            call.abort()
        await asyncio.sleep(0)  # in which the aborted ones learn of it

    def enter(self, call: "_Connection", peer: str) -> str | None:
        """A name for the line of a new call, or None if it is one too many."""
        if len(self._calls) >= self._limit or self._peers[peer] >= self._limit_each:
            return None
        refusal = None if self._guard is None else self._guard.refusal(peer, asyncio.get_running_loop().time())
        if refusal is not None:
            log.info("a call from %s is not taken: %s", peer, refusal)
            return None
        self._calls.add(call)
        self._peers[peer] += 1
        self._count += 1
        return f"telnet-{self._count}"

    def leave(self, call: "_Connection", peer: str) -> None:
        """A call is over."""
        if call in self._calls:
            self._calls.discard(call)
            self._peers[peer] -= 1
            if self._guard is not None:
                self._guard.ended(peer, asyncio.get_running_loop().time())
            self._peers += Counter()


class _Connection(asyncio.BufferedProtocol):
    """One caller: asyncio's protocol, a `Subscriber` of the switchboard and a `Receiver` of its leg."""

    def __init__(self, trunk: TelnetTrunk) -> None:
        self._trunk = trunk
        self._loop = asyncio.get_running_loop()
        self._machine: Machine = MACHINES[trunk.protocol]()
        self._gate: Gate | None = None  # the caller has come to it, and has not passed it
        self._transport: asyncio.Transport | None = None
        self._line = ""
        self._peer = ""
        self._leg: Leg | None = None
        self._early = bytearray()
        self._timer: asyncio.TimerHandle | None = None
        self._buffer = bytearray(CHUNK)
        self._full = False  # the peer takes no more
        self._answers = 0  # bytes written to it all the same
        self._held = False  # the far end takes no more
        self.gone: asyncio.Future[None] = self._loop.create_future()

    # asyncio

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.set_write_buffer_limits(high=WATERMARK)
        own = transport.get_extra_info("socket")
        for level, option, value in SOCKET_OPTIONS:
            own.setsockopt(level, option, value)
        self._watch = LeavingWatch(own, self.clear)
        self._peer = str(transport.get_extra_info("peername")[0])
        line = self._trunk.enter(self, self._peer)
        if line is None:
            transport.write(self._trunk.texts.busy)
            self._timer = self._loop.call_later(PARTING, self.abort)
            self._shut(transport)
            return
        self._line = line
        self._trunk.switchboard.plug_in(line, self)
        self._happened(Opened())

    def get_buffer(self, _sizehint: int) -> bytearray:
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        if self._line:
            self._happened(NetSent(bytes(self._buffer[:nbytes])))
            self._balance()

    def eof_received(self) -> None:
        self.clear()

    def connection_lost(self, _error: Exception | None) -> None:
        self._transport = None
        self._watch.unread(False)
        self.clear()
        self._stop_timer()
        self._trunk.leave(self, self._peer)
        self.gone.set_result(None)

    def pause_writing(self) -> None:
        self._full = True
        self._answers = 0
        if self._leg is not None:
            self._leg.pause()

    def resume_writing(self) -> None:
        self._full = False
        if self._leg is not None:
            self._leg.resume()
        self._balance()

    def _balance(self) -> None:
        """Read from the socket while what comes has somewhere to go, and what it asks for too."""
        if self._transport is None:
            return
        early = len(self._early) > MOST_EARLY
        self._watch.unread(early and bool(self._line))  # the lines ring for nobody if it leaves
        waits = early or self._held or (self._full and self._answers > MOST_ANSWERS)
        if waits and self._line:
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()

    # The machine

    def _happened(self, event: Event) -> None:
        now = self._loop.time()
        trace = self._trunk.trace
        if trace is not None:
            trace.entry(self._line, now, ">", repr(event))
        for action in self._machine.handle(event, now):
            if trace is not None:
                trace.entry(self._line, now, "<", repr(action))
            self._carry_out(action)
        self._arm()

    def _carry_out(self, action: Action) -> None:
        match action:
            case SendToNet(data):
                if self._full:
                    self._answers += len(data)
                self._write(data)
            case Deliver(data):
                self._deliver(data)
            case Learned(terminal_type, columns, rows):
                self._trunk.switchboard.learned(self._line, TerminalFacts(terminal_type, columns, rows))
            case Ready():
                self._come_to_gate()

    def _come_to_gate(self) -> None:
        """What was typed before is for the gate, if there is one to pass."""
        now = self._loop.time()
        self._gate = gate = self._trunk.make_gate()
        self._at_gate(gate.begin(now))
        if self._gate is not None:
            early, self._early = bytes(self._early), bytearray()
            self._at_gate(gate.typed(early, now))

    def _at_gate(self, actions: list[Say | Admit | Refuse]) -> None:
        for action in actions:
            match action:
                case Say(text):
                    self._happened(UserSent(text))
                case Admit(rest):
                    self._gate = None
                    self._early += rest
                    self._trunk.switchboard.dial(self._line, self._trunk.number, CallerId(self._peer))
                case Refuse():
                    self.clear()
                    return

    def _deliver(self, data: bytes) -> None:
        if self._gate is not None:
            self._at_gate(self._gate.typed(data, self._loop.time()))
        elif self._leg is not None:
            self._leg.send(data)
        else:
            self._early += data

    def _write(self, data: bytes) -> None:
        if self._transport is not None and self._line:
            self._transport.write(data)

    def _arm(self) -> None:
        if not self._line:
            return  # the timer is that of the linger
        self._stop_timer()
        times = (self._machine.deadline, None if self._gate is None else self._gate.deadline)
        deadline = min((time for time in times if time is not None), default=None)
        if deadline is not None:
            self._timer = self._loop.call_at(deadline, self._time)

    def _time(self) -> None:
        self._happened(Tick())
        if self._gate is not None:
            self._at_gate(self._gate.tick(self._loop.time()))
            self._arm()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    # The switchboard's subscriber

    def ring_began(self, caller: CallerId) -> None:
        """Nobody can call a trunk line: it has no number."""

    def ring_ended(self) -> None:
        """See `ring_began`."""

    def ring_stopped(self) -> None:
        """See `ring_began`."""

    def far_ringing(self) -> None:
        """The number rings; the caller is told."""
        self._write(self._trunk.texts.ringing)

    def joined(self, leg: Leg) -> None:
        """The call is up."""
        self._leg = leg
        self._write(self._trunk.texts.answered)
        if self._full:
            leg.pause()
        leg.attach(self)
        early, self._early = bytes(self._early), bytearray()
        leg.send(early)
        self._balance()

    def failed(self, cause: Cause) -> None:
        """The number cannot be had."""
        texts = self._trunk.texts
        said = {Cause.BUSY: texts.busy, Cause.NO_ANSWER: texts.no_answer}
        self._write(said.get(cause, f"The call failed: {cause.value}.\r\n".encode()))
        self.clear()

    # The leg's receiver

    def far_sent(self, data: bytes) -> None:
        """Bytes for the caller."""
        self._happened(UserSent(data))

    def far_break(self) -> None:
        """A break, as Telnet has it; a raw line has none."""
        if self._machine.speaks_telnet:
            self._write(plain(Command.BRK))

    def far_closed(self) -> None:
        """The far end has hung up."""
        self.clear()

    def pause_sending(self) -> None:
        """The far end takes no more."""
        self._held = True
        self._balance()

    def resume_sending(self) -> None:
        """It takes bytes again."""
        self._held = False
        self._balance()

    # The end

    def clear(self) -> None:
        """End the call, and the connection once all is written and the peer has shut its side too; idempotent."""
        line, self._line = self._line, ""
        if not line:
            return
        self._stop_timer()
        if self._leg is not None:
            self._leg.close()
            self._leg = None
        self._trunk.switchboard.hang_up(line)
        self._trunk.switchboard.unplug(line)
        if self._transport is not None:
            self._balance()
            self._timer = self._loop.call_later(LINGER, self.abort)
            self._shut(self._transport)

    def _shut(self, transport: asyncio.Transport) -> None:
        try:
            transport.write_eof()
        except OSError:  # the peer was quicker, and has reset the connection
            transport.abort()

    def abort(self) -> None:
        """Drop the connection as it is."""
        if self._transport is not None:
            self._transport.abort()
