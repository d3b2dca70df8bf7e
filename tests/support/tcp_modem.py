"""A modem on a TCP port that carries bytes and nothing else, as a bridge has it; the test is the telephone network."""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress

PATIENCE = 60.0


class TcpModem:
    """Knows few commands, refuses S2, and comes back to them by `+++`; it may be unplugged."""

    def __init__(self) -> None:
        self._listens = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listens.getsockname()[1])
        self._client: socket.socket | None = None
        self._changed = threading.Condition()
        self._line = b""
        self._online = False
        self.commands: list[str] = []
        self.heard = b""
        """What the caller has heard of the host."""
        self._serve()

    def _serve(self) -> None:
        threading.Thread(target=self._accept, args=(self._listens,), daemon=True).start()

    def _accept(self, listens: socket.socket) -> None:
        with suppress(OSError):
            while True:
                client, _ = listens.accept()
                with client:
                    self._client = client
                    while data := client.recv(4096):
                        with self._changed:
                            self._take(data)
                            self._changed.notify_all()

    def _take(self, data: bytes) -> None:
        for byte in data:
            if self._online:
                self.heard += bytes([byte])
                if self.heard.endswith(b"+++"):
                    self._online = False
                    self._say("OK")
            elif byte == 13:
                command, self._line = self._line.decode("latin-1").strip(), b""
                if command:
                    self._obey(command)
            else:
                self._line += bytes([byte])

    def _obey(self, command: str) -> None:
        self.commands.append(command)
        if command == "ATA":
            self._online = True
        said = {"ATA": "CONNECT 2400", "ATI3": "BRIDGE 1.0"}.get(command, "ERROR" if "S2=" in command else "OK")
        self._say(said)

    def _say(self, words: str) -> None:
        self._send(f"\r\n{words}\r\n".encode())

    def _send(self, data: bytes) -> None:
        assert self._client is not None
        self._client.sendall(data)

    def until(self, seen: Callable[[], bool]) -> None:
        """Wait for what the host does."""
        with self._changed:
            assert self._changed.wait_for(seen, PATIENCE), (self.commands, self.heard[-500:])

    def hears(self, words: bytes) -> None:
        """Wait until the caller hears this; it and all before is forgotten."""
        self.until(lambda: words in self.heard)
        with self._changed:
            self.heard = self.heard.partition(words)[2]

    def ring(self) -> None:
        """Somebody calls."""
        self._say("RING")

    def types(self, data: bytes) -> None:
        """The caller does."""
        self._send(data)

    def caller_hangs_up(self) -> None:
        """It says so, and has no other way to show it."""
        with self._changed:
            self._online = False
            self._say("NO CARRIER")

    def unplug(self) -> None:
        """Nobody answers at the port any more."""
        self._online, self._line = False, b""
        for each in (self._listens, self._client):
            if each is not None:
                with suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)
        self._listens.close()

    def plug_in(self) -> None:
        """The port is there again."""
        self._listens = socket.create_server(("127.0.0.1", self.port))
        self._serve()
