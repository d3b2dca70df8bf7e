"""What is measured: the demo host, a bare echo by socat, and any other emulator, all reached the same way."""

import os
import shlex
import socket
import subprocess
import threading
import time
import tty
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from bench.probe import Probe, Silence
from tests.support.demo_host import DemoHost, demo_host
from tests.support.programs import path_of

START_PATIENCE = 20.0
"""Seconds that a subject may take to start."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A running emulator, or a bare echo.

    `open` gives a probe on its line; `dial` is the command that calls a host whose prompt ends in `login: ` and that
    echoes keystrokes, or None if the subject has no modem and echoes at once; `hang_up` ends the call and the probe.
    """

    name: str
    open: Callable[[], Probe]
    dial: bytes | None
    hang_up: Callable[[Probe], None]


Starter = Callable[[Path], AbstractContextManager[Subject]]
"""Starts a subject, given a folder of its own."""


@contextmanager
def offhook(folder: Path) -> Iterator[Subject]:
    """The demo host; closing the tty drops DTR and with it the call."""
    with demo_host(folder / "demo") as host:
        dial = f"ATDT{DemoHost.MAIL_HOST}\r".encode()
        yield Subject("offhook", lambda: Probe(host.modem0), dial, Probe.close)


@contextmanager
def socat(folder: Path) -> Iterator[Subject]:
    """What a pty and one process between cost at least: socat, which sends back what comes."""
    link = folder / "echo"
    with _process([path_of("socat"), f"pty,raw,echo=0,link={link}", "pipe"], folder):
        _wait_for(link.exists, "the tty of socat")
        yield Subject("socat", lambda: Probe(str(link)), None, Probe.close)


def emulator(name: str, template: str, dial: str) -> Starter:
    """Another emulator, started by a command template without a shell.

    In `template` and `dial`: `{tty}` is the slave of a pty that the bench opened, `{link}` where the emulator is to
    make a tty of its own, `{host}` and `{port}` where the bench answers calls. One of `{tty}` and `{link}` is needed.
    """

    @contextmanager
    def start(folder: Path) -> Iterator[Subject]:
        with ExitStack() as stack:
            answering = stack.enter_context(_answering_host())
            link = folder / "modem"
            master, slave = os.openpty()
            stack.callback(os.close, slave)
            stack.callback(os.close, master)
            tty.setraw(slave)
            host, port = answering.address
            places = {"tty": os.ttyname(slave), "link": str(link), "host": host, "port": str(port)}
            stack.enter_context(_process([word.format(**places) for word in shlex.split(template)], folder))
            makes_its_own = "{link}" in template
            if makes_its_own:
                _wait_for(link.exists, f"the tty of {name}")

            def open_line() -> Probe:
                return Probe(str(link)) if makes_its_own else Probe(descriptor=master)

            def hang_up(probe: Probe) -> None:
                answering.hang_up()
                probe.drain(0.1)
                probe.close()

            _wait_for(lambda: _answers(open_line), f"OK from {name}")
            yield Subject(name, open_line, dial.format(**places).encode() + b"\r", hang_up)

    return start


class _AnsweringHost:
    """The host that other emulators dial: prompts, then echoes."""

    def __init__(self, listener: socket.socket) -> None:
        self.address: tuple[str, int] = listener.getsockname()
        self._listener = listener
        self._call: socket.socket | None = None

    def serve(self) -> None:
        """Take calls one after the other until the listener is shut down."""
        while True:
            try:
                call, _ = self._listener.accept()
            except OSError:
                return
            call.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._call = call
            with call, suppress(OSError):  # the caller may go first
                call.sendall(b"\r\nlogin: ")
                while data := call.recv(4096):
                    call.sendall(data)

    def hang_up(self) -> None:
        """End the call in progress."""
        if self._call is not None:
            with suppress(OSError):  # it may have ended already
                self._call.shutdown(socket.SHUT_RDWR)


@contextmanager
def _answering_host() -> Iterator[_AnsweringHost]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        host = _AnsweringHost(listener)
        serving = threading.Thread(target=host.serve, daemon=True)
        serving.start()
        try:
            yield host
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            host.hang_up()
            serving.join(5)


@contextmanager
def _process(command: list[str], folder: Path) -> Iterator[None]:
    with (folder / "output").open("wb") as output:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=folder)
        try:
            yield
        finally:
            process.terminate()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _answers(open_line: Callable[[], Probe]) -> bool:
    probe = open_line()
    try:
        probe.time_to(b"AT\r", b"OK\r\n", patience=0.5)
    except Silence:
        return False
    finally:
        probe.close()
    return True


def _wait_for(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + START_PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise Silence(f"{what} did not come")
        time.sleep(0.05)
