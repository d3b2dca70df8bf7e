"""SMTP and LMTP listeners: aiosmtpd speaks, `transaction` decides (RFC 5321, RFC 2033)."""

import asyncio
from pathlib import Path

from offhook.mailbox.delivery import Limits, LocalDelivery, Outbox
from offhook.mailbox.listeners.budget import Budget
from offhook.mailbox.listeners.door import Door
from offhook.mailbox.listeners.strict_smtp import StrictLmtp, StrictSmtp
from offhook.mailbox.listeners.transaction import Transactions
from offhook.unix_socket import UnixSocket


class SmtpListener:
    """SMTP on a TCP address."""

    def __init__(self, local: LocalDelivery, outbox: Outbox | None, *, hostname: str, limits: Limits) -> None:
        clerk = Transactions(local, outbox, limits, lmtp=False)
        self.budget = Budget(max(limits.memory, limits.letter))
        self._door = Door(lambda: StrictSmtp(clerk, hostname=hostname, limits=limits, budget=self.budget), limits)
        self._server: asyncio.Server | None = None

    async def start(self, host: str, port: int) -> tuple[str, int]:
        """Listen; the address and port really listened on. Raises `OSError`."""
        self._server = await asyncio.get_running_loop().create_server(self._door, host, port)
        name = self._server.sockets[0].getsockname()
        return str(name[0]), int(name[1])

    def close(self) -> None:
        """Take no more connections and end those that are there; a letter without its 250 comes again."""
        if self._server is not None:
            self._server.close()
        self._door.close()


class LmtpListener:
    """LMTP on a Unix socket, and on a TCP address of this machine if one is wanted."""

    def __init__(self, local: LocalDelivery, *, hostname: str, limits: Limits) -> None:
        clerk = Transactions(local, None, limits, lmtp=True)
        self.budget = Budget(max(limits.memory, limits.letter))
        self._door = Door(lambda: StrictLmtp(clerk, hostname=hostname, limits=limits, budget=self.budget), limits)
        self._servers: list[asyncio.Server] = []
        self._socket: UnixSocket | None = None

    async def start(self, path: Path, mode: int = 0o600, group: int | None = None) -> None:
        """Listen; a socket that a host now dead left behind is replaced. Raises `OSError`.

        `mode` says who may deliver: 0600 the host's own user, 0660 its group too, or the group numbered `group`.
        """
        self._socket = UnixSocket(path, mode, group)
        loop = asyncio.get_running_loop()
        self._servers.append(await loop.create_unix_server(self._door, sock=self._socket.socket))

    async def start_tcp(self, host: str, port: int) -> tuple[str, int]:
        """Listen on a TCP address besides; the address and port really listened on. Raises `OSError`."""
        server = await asyncio.get_running_loop().create_server(self._door, host, port)
        self._servers.append(server)
        name = server.sockets[0].getsockname()
        return str(name[0]), int(name[1])

    def close(self) -> None:
        """Take no more connections, end those that are there, and take the socket away."""
        for server in self._servers:
            server.close()
        self._door.close()
        if self._socket is not None:
            self._socket.remove()
            self._socket = None
