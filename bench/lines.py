"""Lines of a running emulator, with the bench at both ends: the terminal on the tty, and the host that is called."""

import os
import select
import socket
import termios
import time
import tty
from dataclasses import dataclass, field

PATIENCE = 60.0
"""Seconds after which what is waited for is taken not to come."""
CHUNK = 65536
HOST = "127.0.0.1"

_IAC, _WILL, _DO = b"\xff", b"\xfb", b"\xfd"
_BINARY, _SGA = b"\0", b"\x03"
_HELLO = b"".join(_IAC + verb + option for option in (_BINARY, _SGA) for verb in (_WILL, _DO))
_AGREED = (_IAC + _WILL + _BINARY, _IAC + _DO + _BINARY)


class BenchError(Exception):
    """Something could not be measured; the text says why."""


@dataclass(slots=True)
class Line:
    """One line: `tty` is where the terminal writes, `call` the host's end of the call that is up."""

    tty: int = -1
    listener: socket.socket = field(default_factory=lambda: socket.create_server((HOST, 0), backlog=1))
    call: socket.socket | None = None

    @property
    def port(self) -> int:
        """Where the host of this line answers."""
        return int(self.listener.getsockname()[1])

    @property
    def far(self) -> int:
        """The descriptor of the host's end."""
        assert self.call is not None
        return self.call.fileno()

    def open(self, path: str) -> None:
        """Be the terminal on `path`."""
        self.tty = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        tty.setraw(self.tty, termios.TCSANOW)

    def ask(self, command: bytes, *answers: bytes, patience: float = PATIENCE) -> list[float]:
        """Seconds from just before `command` is written until each of `answers` has come, in this order."""
        begun = time.perf_counter()
        os.write(self.tty, command)
        heard = b""
        times: list[float] = []
        for answer in answers:
            while (place := heard.find(answer)) < 0:
                if not _readable(self.tty, begun + patience - time.perf_counter()):
                    raise BenchError(f"after {command!r} there came only {heard!r}")
                heard += os.read(self.tty, CHUNK)
            times.append(time.perf_counter() - begun)
            heard = heard[place + len(answer) :]
        return times

    def wake(self) -> None:
        """Ask until there is an OK: an emulator that has just made its tty may not listen yet."""
        deadline = time.monotonic() + PATIENCE
        while True:
            quieten(self.tty)
            try:
                self.ask(b"AT\r", b"OK\r\n", patience=0.5)
            except BenchError:
                if time.monotonic() > deadline:
                    raise
            else:
                return

    def accept(self) -> None:
        """Take the call that comes."""
        self.listener.settimeout(PATIENCE)
        try:
            self.call, _ = self.listener.accept()
        except TimeoutError:
            raise BenchError("the emulator did not call") from None
        self.call.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.call.setblocking(False)

    def agree_on_telnet(self) -> None:
        """Have eight-bit bytes both ways on a Telnet call (RFC 856)."""
        os.write(self.far, _HELLO)
        heard = b""
        while not all(agreed in heard for agreed in _AGREED):
            if not _readable(self.far, PATIENCE):
                raise BenchError(f"Telnet's BINARY was not agreed on: {heard!r}")
            heard += os.read(self.far, CHUNK)

    def settle(self, quiet: float = 0.0) -> None:
        """Throw away what waits at both ends."""
        quieten(self.far, quiet)
        quieten(self.tty, quiet)

    def hang_up(self) -> None:
        """End the call from the host's side."""
        if self.call is not None:
            self.call.close()
            self.call = None

    def close(self) -> None:
        """Let go of all."""
        self.hang_up()
        self.listener.close()
        if self.tty >= 0:
            os.close(self.tty)
            self.tty = -1


def key_and_echo(line: Line, key: bytes) -> float:
    """Seconds in which a key goes to the host, and the host's echo of it comes back."""
    begun = time.perf_counter()
    os.write(line.tty, key)
    _expect(line.far, key)
    os.write(line.far, key)
    _expect(line.tty, key)
    return time.perf_counter() - begun


def quieten(descriptor: int, quiet: float = 0.0) -> None:
    """Throw away what comes, until nothing has come for `quiet` seconds."""
    while _readable(descriptor, quiet) and os.read(descriptor, CHUNK):
        pass


def _expect(descriptor: int, wanted: bytes) -> None:
    if not _readable(descriptor, PATIENCE) or os.read(descriptor, CHUNK) != wanted:
        raise BenchError("a key was lost")


def _readable(descriptor: int, seconds: float) -> bool:
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(max(0.0, seconds) * 1000))
