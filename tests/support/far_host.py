"""Hosts to be called, as they are elsewhere: a program on a TCP socket, and one behind a real Telnet server.

The program (`--program`) prompts and takes lines: `send` sends the file `to-caller` by ZMODEM, `receive` receives one,
`quit` ends, `bye` says goodbye and ends at the next key, anything else is shown.
"""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.support.programs import path_of

ROOT = Path(__file__).parent.parent.parent
PROMPT = "far host> "
RECEIVED = "received"
"""The file that appears beside the program when a transfer to it has ended."""


@contextmanager
def far_host(folder: Path, *, telnet: bool) -> Iterator[int]:
    """Run the program in `folder` for each caller, one at a time or several; the port."""
    program = folder / "program"
    program.write_text(f"#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} {__file__} --program {folder}\n")
    program.chmod(0o755)
    command = [path_of("telnetd"), "-h", "-E", str(program)] if telnet else [str(program)]
    running: list[subprocess.Popen[bytes]] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        serving = threading.Thread(target=_serve, args=(listener, command, running), daemon=True)
        serving.start()
        try:
            yield listener.getsockname()[1]
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            serving.join(5)
            for process in running:
                process.kill()
                process.wait()


def _serve(listener: socket.socket, command: list[str], running: "list[subprocess.Popen[bytes]]") -> None:
    while True:
        try:
            call, _ = listener.accept()
        except OSError:
            return
        with call:
            running.append(subprocess.Popen(command, stdin=call, stdout=call, stderr=subprocess.DEVNULL))


def _talk(folder: Path) -> None:
    """The program, on its standard input and output; what a transfer leaves on the line is no command."""
    if os.isatty(0):
        subprocess.run(["stty", "raw", "-echo"], check=True)
    say(f"\r\nWelcome to the far host.\r\n{PROMPT}".encode())
    for line in _lines():
        match line:
            case b"send":
                subprocess.run(
                    [path_of("sz"), "--zmodem", "--binary", "--quiet", str(folder / "to-caller")], check=False
                )
            case b"receive":
                incoming = folder / "from-caller"
                incoming.mkdir(exist_ok=True)
                subprocess.run([path_of("rz"), "--zmodem", "--binary", "--overwrite"], cwd=incoming, check=False)
                (folder / RECEIVED).touch()
            case b"quit":
                return
            case b"bye":
                # Until it was heard: telnetd ends with its program, and may not have read what that wrote last.
                say(b"Goodbye.\r\n")
                os.read(0, 1)
                return
            case _:
                say(b"You typed " + ascii(line).encode())
        say(b"\r\n" + PROMPT.encode())


def _lines() -> Iterator[bytes]:
    line = b""
    while key := os.read(0, 1):
        if key == b"\r":
            yield line
            line = b""
        elif key not in (b"\n", b"\0"):
            line += key


def say(data: bytes) -> None:
    """Write all of it."""
    with suppress(BrokenPipeError):
        while data:
            data = data[os.write(1, data) :]


if __name__ == "__main__":
    _talk(Path(sys.argv[2]))
