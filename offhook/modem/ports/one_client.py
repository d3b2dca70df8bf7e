"""A place on the network where one client at a time plugs in, as into a socket in the wall.

Whoever connects while it is taken is told so and shown out. Between two clients the place stays empty for a moment
at least, however soon the second comes: it waits in the kernel's queue. A modem has to see DTR drop between
the two, or the second would be in the call of the first.

Order: coming is told before the client's first byte, leaving after its last, also while its bytes are not taken: a
client that goes then is heard by the hang-up of its connection (EPOLLRDHUP), which no byte has to be read for.
"""

import asyncio
import errno
import logging
import select
import socket
from contextlib import suppress
from typing import Protocol

from offhook.modem.ports.backlog import Backlog
from offhook.modem.ports.port import PortError

log = logging.getLogger(__name__)

WATERMARK = 32 * 1024
"""Bytes that may wait for the client before the sender is asked to pause."""
LEAST_OFF = 0.06
"""Seconds between two clients: a little more than a modem asks DTR to be off for (S25, 50 ms)."""
BUSY = b"Busy.\r\n"
"""What a client is told that comes while another is there."""
CHUNK = 16 * 1024
"""Bytes taken from a client at a time, so that its flood does not hold up the others."""
KERNEL_HOLDS = 64 * 1024
"""Bytes the kernel is asked to keep of a client that nobody reads: all of them are in hand when it leaves."""
_QUEUE = 16
_ACCEPT_AGAIN = 1.0
_MOST_REFUSED = 8
_PARTING = 1.0

_SOCKET_OPTIONS = (
    (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
    (socket.SOL_SOCKET, socket.SO_OOBINLINE, 1),  # a Synch of Telnet sends one byte as urgent; it is part of the stream
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 120),
    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 30),
    (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 4),
)
"""A client whose machine is gone is found out after four minutes, not after two hours."""

_REMEDIES = {
    errno.EADDRINUSE: "another program or line has it; choose another port, or 0 for any that is free",
    errno.EACCES: "ports below 1024 are for root; choose a higher one, or give CAP_NET_BIND_SERVICE",
    errno.EADDRNOTAVAIL: "this machine has no such address; see `ip address`, or use 0.0.0.0 or ::",
    errno.EMFILE: "raise the limit of open files (ulimit -n)",
    errno.ENFILE: "raise fs.file-max",
}
_ABSENT = frozenset({errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT})


class Host(Protocol):
    """Whose place it is. Calls come from the event loop, and may close the place."""

    def client_came(self) -> None:
        """Somebody is there; it takes bytes."""

    def client_sent(self, data: bytes) -> None:
        """Bytes of the client, never empty."""

    def client_left(self) -> None:
        """It has gone, and all it sent has come as `client_sent`."""

    def pause_sending(self) -> None:
        """The client takes bytes slower than they come: stop calling `send` soon."""

    def resume_sending(self) -> None:
        """It has taken nearly all, or has gone."""


class OneClient:
    """Listens at `host` (a name or an address; "" is all of this machine's) and TCP `port` (0 picks one)."""

    def __init__(
        self, host: str, port: int, owner: Host, *, watermark: int = WATERMARK, least_off: float = LEAST_OFF
    ) -> None:
        """`watermark` is in bytes, `least_off` in seconds."""
        self._host = host
        self._port = port
        self._owner = owner
        self._watermark = watermark
        self._least_off = least_off
        self._listening: list[socket.socket] = []
        self._accepting: asyncio.TimerHandle | None = None
        self._client: _Client | None = None
        self._refused: set[_Refused] = set()
        self._reading = True

    @property
    def address(self) -> str:
        """HOST:PORT, with the port that is really listened on once it is open."""
        return f"[{self._host}]:{self._port}" if ":" in self._host else f"{self._host}:{self._port}"

    @property
    def taken(self) -> bool:
        """Whether a client is there."""
        return self._client is not None

    def open(self) -> None:
        """Listen, from now on; needs a running event loop. Raises PortError."""
        self._loop = asyncio.get_running_loop()
        if not 0 <= self._port < 65536:
            raise PortError(f"cannot listen on {self.address}: ports are 0 to 65535")
        try:
            self._listening = self._listen()
        except (OSError, UnicodeError) as error:  # a UnicodeError is a name that no host can have
            raise PortError(f"cannot listen on {self.address}: {_why(error)}") from error
        self._accept_now()

    def send(self, data: bytes) -> int:
        """Write to the client at once or keep what it does not take; how many bytes were dropped."""
        return self._client.backlog.send(data) if self._client else len(data)

    def pause_reading(self) -> None:
        """Let the client's bytes wait in the kernel, which then makes the client wait."""
        self._reading = False
        if self._client:
            self._client.hear(False)

    def resume_reading(self) -> None:
        """Take bytes again."""
        self._reading = True
        if self._client:
            self._client.hear(True)

    def close(self) -> None:
        """Show out the client and listen no more; idempotent. The owner is not told that it left."""
        if self._accepting:
            self._accepting.cancel()
        for listening in self._listening:
            self._loop.remove_reader(listening)
            listening.close()
        self._listening = []
        for refused in list(self._refused):
            refused.close()
        client, self._client = self._client, None
        if client:
            client.close()

    # Clients come and go.

    def _listen(self) -> list[socket.socket]:
        """A socket for each address of the host; those that this machine lacks are left out, if it has others."""
        sockets: list[socket.socket] = []
        absent: OSError | None = None
        try:
            for family, _, _, _, address in socket.getaddrinfo(
                self._host or None, self._port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
            ):
                try:
                    sockets.append(_listening(family, (address[0], self._port, *address[2:])))
                except OSError as error:
                    if error.errno not in _ABSENT:
                        raise
                    absent = error
                else:
                    self._port = sockets[0].getsockname()[1]
            if absent and not sockets:
                raise absent
        except BaseException:  # raised again: all addresses are listened at, or none
            for each in sockets:
                each.close()
            raise
        return sockets

    def _accept_after(self, seconds: float) -> None:
        for listening in self._listening:
            self._loop.remove_reader(listening)
        if self._accepting:
            self._accepting.cancel()
        if self._listening:
            self._accepting = self._loop.call_later(seconds, self._accept_now)

    def _accept_now(self) -> None:
        self._accepting = None
        for listening in self._listening:
            self._loop.add_reader(listening, self._accept, listening)

    def _accept(self, listening: socket.socket) -> None:
        if self._client and self._client.gone:
            self._client.ended()  # the kernel may tell of the next client first; that one waits in its queue
            return
        try:
            own, _ = listening.accept()
        except (BlockingIOError, InterruptedError, ConnectionAbortedError):
            return  # it has gone again
        except OSError as error:
            log.warning("%s: cannot take a client: %s", self.address, _why(error))
            self._accept_after(_ACCEPT_AGAIN)
            return
        own.setblocking(False)
        if self._client:
            self._refuse(own)
            return
        try:
            for level, option, value in _SOCKET_OPTIONS:
                own.setsockopt(level, option, value)
        except OSError:  # a client that has gone already
            own.close()
            return
        self._client = _Client(own, self, self._owner, self._watermark)
        self._owner.client_came()
        if self._client:
            self._client.hear(self._reading)

    def _refuse(self, own: socket.socket) -> None:
        if len(self._refused) >= _MOST_REFUSED:
            own.close()
        else:
            self._refused.add(_Refused(own, self._refused))

    # From the client that is there.

    def sent(self, data: bytes) -> None:
        """Bytes of the client."""
        self._owner.client_sent(data)

    def left(self, client: "_Client") -> None:
        """The client has gone, or its connection is of no more use."""
        if client is not self._client:
            return
        self._client = None
        client.close()
        if self._listening:
            self._owner.client_left()
            self._accept_after(self._least_off)  # from now: it was heard now, however late that is


class _Client:
    """The client that is there: its connection, heard for bytes or only for its end."""

    def __init__(self, own: socket.socket, place: OneClient, owner: Host, watermark: int) -> None:
        self._own = own
        self._place = place
        self._loop = asyncio.get_running_loop()
        self._end: select.epoll | None = None  # made when it is first wanted: most clients are always read
        self.backlog = Backlog(own.fileno(), self._write, watermark, owner.pause_sending, owner.resume_sending)

    def hear(self, reading: bool) -> None:
        if self._own.fileno() < 0:
            return
        if reading:
            if self._end:
                self._loop.remove_reader(self._end.fileno())
            self._loop.add_reader(self._own, self._readable)
            return
        self._loop.remove_reader(self._own)
        try:
            self._end = self._end or self._watch_end()
        except OSError as error:  # no descriptor is left: it will be missed when it is read again
            log.warning("%s: a client that goes now is not missed at once: %s", self._place.address, _why(error))
        else:
            self._loop.add_reader(self._end.fileno(), self.ended)

    @property
    def gone(self) -> bool:
        """Whether it has closed its side already, though what it sent may not have been read yet."""
        end = select.poll()
        end.register(self._own, select.POLLRDHUP)
        return bool(end.poll(0))

    def _watch_end(self) -> select.epoll:
        end = select.epoll(1)
        end.register(self._own, select.EPOLLRDHUP)
        return end

    def _write(self, data: bytes | bytearray) -> int:
        try:
            return self._own.send(data)
        except (BlockingIOError, InterruptedError):
            return 0
        except OSError:
            # The sender may be in the midst of something; and what the client sent before can still be read.
            self._loop.call_soon(self.ended)
            return -1

    def close(self) -> None:
        """Close the connection; what waits for it is dropped. Idempotent."""
        if self._own.fileno() < 0:
            return
        self._loop.remove_reader(self._own)
        if self._end:
            self._loop.remove_reader(self._end.fileno())
            self._end.close()
        self.backlog.close()
        self._own.close()

    def _read(self) -> bytes | None:
        """What there is, b"" at the end and None if nothing has come yet."""
        try:
            return self._own.recv(CHUNK)
        except (BlockingIOError, InterruptedError):
            return None
        except OSError:  # reset
            return b""

    def _readable(self) -> None:
        data = self._read()
        if data:
            self._place.sent(data)
        elif data is not None:
            self._place.left(self)

    def ended(self) -> None:
        """Deliver what it has sent: the kernel holds it all, and no more than that."""
        for _ in range(4 * KERNEL_HOLDS // CHUNK):
            data = self._read() if self._own.fileno() >= 0 else None
            if not data:
                break
            self._place.sent(data)
        self._place.left(self)


class _Refused:
    """A client that is told of its bad luck; it is read to its end, since a reset would overtake the word."""

    def __init__(self, own: socket.socket, others: "set[_Refused]") -> None:
        self._own = own
        self._others = others
        self._loop = asyncio.get_running_loop()
        self._timer = self._loop.call_later(_PARTING, self.close)
        with suppress(OSError):  # it has gone already, which its end will tell
            own.send(BUSY)
            own.shutdown(socket.SHUT_WR)
        self._loop.add_reader(own, self._readable)

    def _readable(self) -> None:
        try:
            over = not self._own.recv(CHUNK)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:  # reset
            over = True
        if over:
            self.close()

    def close(self) -> None:
        self._timer.cancel()
        self._loop.remove_reader(self._own)
        self._own.close()
        self._others.discard(self)


def _listening(family: int, address: tuple[object, ...]) -> socket.socket:
    own = socket.socket(family, socket.SOCK_STREAM)
    try:
        own.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        own.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, KERNEL_HOLDS)  # its connections will have the same
        if family == socket.AF_INET6:
            own.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        own.setblocking(False)
        own.bind(address)
        own.listen(_QUEUE)
    except BaseException:  # raised again: nobody else could close it
        own.close()
        raise
    return own


def _why(error: OSError | UnicodeError) -> str:
    if isinstance(error, socket.gaierror | UnicodeError):
        return "no such host; write an address of this machine, or 127.0.0.1"
    remedy = _REMEDIES.get(error.errno or 0, "see ip(7)")
    return f"{error.strerror}; {remedy}"
