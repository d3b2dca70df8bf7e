"""A modem that answers as a real one was written down: by command, with echo, from a file of its maker's forms."""

import re
import tomllib
from pathlib import Path

FOLDER = Path(__file__).parent.parent / "transcripts" / "real-modems"
NAMES = sorted(path.stem for path in FOLDER.glob("*.toml"))


class RecordedModem:
    """Takes what the DTE says, and gives what the modem of that name says to it."""

    def __init__(self, name: str) -> None:
        self.form = tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
        self._line = b""
        self._echo = True

    def answer(self, data: bytes) -> bytes:
        """What it says to bytes of the DTE, its echo included."""
        said = b""
        for byte in data:
            self._line += bytes([byte])
            if self._echo:
                said += bytes([byte])
            if byte == 0x0D:
                line, self._line = self._line, b""
                found = re.search(rb"AT(.*)\r", line)
                if found is not None:
                    said += self._result(found[1].decode("ascii", "replace"))
        return said

    def _result(self, command: str) -> bytes:
        if command.startswith(("A", "D", "H0")):
            return b"\r\nNO CARRIER\r\n" if command == "H0" else b""
        if any(part in command for part in self.form["refused"]):
            return b"\r\nERROR\r\n"
        if "&F" in command:
            self._echo = True
        if "E0" in command:
            self._echo = False
        text = str(self.form["texts"].get(command, "")).encode()
        return text + b"\r\nOK\r\n"

    @property
    def ring(self) -> bytes:
        return str(self.form["ring"]).encode()

    @property
    def connect(self) -> bytes:
        return str(self.form["connect"]).encode()
