"""Reaching a host by name: its addresses, and the first of them that answers (happy eyeballs, RFC 8305)."""

import asyncio
import errno
import socket
import threading
from collections.abc import Sequence
from ipaddress import ip_address

from offhook.virtual_lines.exchange import Cause

STAGGER = 0.25
"""Seconds after which the next address is tried beside the first (RFC 8305, 5)."""
MOST_LOOKUPS = 64
"""Names looked up at a time; the resolver may take its time over each."""
MOST_ADDRESSES = 8

Address = tuple[int, tuple[str, int] | tuple[str, int, int, int]]
"""Family and socket address."""

SOCKET_OPTIONS = (
    (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
    (socket.SOL_SOCKET, socket.SO_OOBINLINE, 1),  # a Synch sends one byte as urgent, which belongs to the stream
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 120),
    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 30),
    (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 4),
)
"""A peer whose machine is gone is found out after four minutes, not after two hours."""


class Resolver:
    """Looks names up in threads that nobody waits for: one that hangs holds up neither a line nor the end."""

    def __init__(self) -> None:
        self._free = asyncio.Semaphore(MOST_LOOKUPS)

    async def addresses(self, host: str, port: int) -> list[Address]:
        """The host's addresses, the families taking turns; an address in figures is itself. Raises `OSError`."""
        try:
            figures = ip_address(host)
        except ValueError:
            await self._free.acquire()
            found = await self._look_up(host, port)
        else:
            found = [(socket.AF_INET6 if figures.version == 6 else socket.AF_INET, (host, port))]
        return _taking_turns(found)[:MOST_ADDRESSES]

    async def _look_up(self, host: str, port: int) -> list[Address]:
        loop = asyncio.get_running_loop()
        done: asyncio.Future[list[Address]] = loop.create_future()

        def settle(found: list[Address], error: OSError | None) -> None:
            self._free.release()  # now, not when the caller gave up: the thread took its time all the same
            if done.done():
                return
            if error is None:
                done.set_result(found)
            else:
                done.set_exception(error)

        def look_up() -> None:
            found: list[Address] = []
            error: OSError | None = None
            try:
                infos = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
                found = [(family, address) for family, _, _, _, address in infos]  # type: ignore[misc]  # of TCP
            except OSError as problem:
                error = problem
            except UnicodeError:
                error = socket.gaierror(socket.EAI_NONAME, "not a host name")
            try:
                loop.call_soon_threadsafe(settle, found, error)
            except RuntimeError:
                return  # the loop is closed: nobody wants to know

        try:
            threading.Thread(target=look_up, name=f"look up {host}", daemon=True).start()
        except RuntimeError:
            self._free.release()
            raise OSError(errno.EAGAIN, "no thread can be had to look up the name") from None
        return await done


def _taking_turns(found: Sequence[Address]) -> list[Address]:
    """The same, families alternating, beginning with the first's."""
    first = [each for each in found if each[0] == found[0][0]]
    other = [each for each in found if each[0] != found[0][0]]
    mixed: list[Address] = []
    while first or other:
        mixed += first[:1] + other[:1]
        del first[:1], other[:1]
    return mixed


async def connected(addresses: Sequence[Address]) -> socket.socket:
    """A non-blocking socket connected to one of the addresses. Raises the most telling `OSError` of those met."""
    errors: list[OSError] = []
    attempts: set[asyncio.Task[socket.socket]] = set()
    waiting = list(addresses)
    try:
        while waiting or attempts:
            if waiting:
                attempts.add(asyncio.create_task(_connect(waiting.pop(0))))
            timeout = STAGGER if waiting else None
            done, attempts = await asyncio.wait(attempts, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
            for attempt in done:
                problem = attempt.exception()
                if problem is None:
                    attempts |= done - {attempt}
                    return attempt.result()
                if not isinstance(problem, OSError):
                    attempts |= done - {attempt}
                    raise problem
                errors.append(problem)
    finally:
        for attempt in attempts:
            attempt.cancel()
            attempt.add_done_callback(_close_unwanted)
    raise min(errors, key=_how_telling, default=OSError(errno.EHOSTUNREACH, "the host has no address"))


async def _connect(address: Address) -> socket.socket:
    family, where = address
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        for level, option, value in SOCKET_OPTIONS:
            sock.setsockopt(level, option, value)
        await asyncio.get_running_loop().sock_connect(sock, where)
    except BaseException:  # cancelled too: an attempt that lost leaves no socket open
        sock.close()
        raise
    return sock


def _close_unwanted(attempt: asyncio.Task[socket.socket]) -> None:
    if not attempt.cancelled() and attempt.exception() is None:
        attempt.result().close()


def _how_telling(error: OSError) -> int:
    return list(Cause).index(cause_of(error)) if error.errno != errno.ECONNREFUSED else -1


def cause_of(error: OSError) -> Cause:
    """What a failure to reach a host means on a telephone line."""
    if isinstance(error, socket.gaierror):
        return Cause.NO_ROUTE
    match error.errno:
        case errno.ECONNREFUSED:
            return Cause.BUSY
        case errno.ETIMEDOUT:
            return Cause.NO_ANSWER
        case errno.ENETUNREACH | errno.EHOSTUNREACH | errno.EADDRNOTAVAIL | errno.ENETDOWN | errno.EAFNOSUPPORT:
            return Cause.NO_ROUTE
        case errno.EAGAIN | errno.EMFILE | errno.ENFILE | errno.ENOBUFS | errno.ENOMEM:
            return Cause.CONGESTION
    return Cause.REJECTED
