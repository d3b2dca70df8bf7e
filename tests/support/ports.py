"""Ports of 127.0.0.1 for servers that cannot choose one themselves."""

import random
import socket
from contextlib import suppress
from pathlib import Path

_LOWEST, _LEAST_HIGHEST = 10_000, 20_000


def free_port() -> int:
    """A port on which nobody listens, and which nobody gets who asks for any: it is free a moment later, too."""
    given = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    chance = random.SystemRandom()
    while True:
        port = chance.randrange(_LOWEST, max(given, _LEAST_HIGHEST))
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
