"""A terminal whose caller follows a script, and a way to run a dialogue on it with no event loop."""

from collections.abc import Callable, Coroutine
from enum import Enum, auto
from typing import Any, TypeVar

from offhook.terminal.discipline import OutputGate
from offhook.terminal.screen import Capabilities
from offhook.terminal.session import EndOfInput, HungUp, Interrupted, TooLate

T = TypeVar("T")


class Key(Enum):
    """What a caller does other than type."""

    INTERRUPT = auto()
    END_OF_INPUT = auto()
    HANG_UP = auto()
    WAIT_TOO_LONG = auto()


class Half(str):
    """A line that the call is lost over."""


Typed = str | Key | Callable[[], object]
"""A line (or keys where one is asked for; "" is Return), something else the caller does, or what happens meanwhile."""


class ScriptedTerminal:
    """A `Terminal`. When the script is at its end the caller hangs up. `sent` is every byte the terminal was sent."""

    def __init__(self, *script: Typed, capabilities: Capabilities | None = None) -> None:
        self.script = list(script)
        self.sent = bytearray()
        self.patience: list[float | None] = []
        self.at_text: dict[str, Key] = {}
        self.ahead = False
        self._capabilities = capabilities or Capabilities()
        self._put_back = ""

    @property
    def capabilities(self) -> Capabilities:
        return self._capabilities

    @property
    def line_waiting(self) -> bool:
        return self.ahead

    @property
    def text(self) -> str:
        """What was shown, line ends as newlines."""
        return self.sent.decode(self._capabilities.charset.codec).replace("\r\n", "\n")

    def use(self, capabilities: Capabilities) -> None:
        self._capabilities = capabilities

    def put_back(self, keys: str) -> None:
        self._put_back += keys

    async def write(self, text: str) -> None:
        for wanted, key in list(self.at_text.items()):
            if wanted in text:
                del self.at_text[wanted]
                self._do(key)
        self.sent += self._encoded(text)

    async def ask(self, prompt: str, *, echo: bool = True, within: float | None = None) -> str:
        self.patience.append(within)
        await self.write(prompt)
        line, self._put_back = self._put_back + self._next(), ""
        self.sent += (self._encoded(line) if echo else b"") + b"\r\n"
        return line

    async def key(self, prompt: str) -> str:
        await self.write(prompt)
        key = self._next() or "\n"
        if len(key) > 1:
            self.script.insert(0, key[1:])
            key = key[0]
        self.sent += b"\b \b" * len(prompt)
        return key

    def _next(self) -> str:
        while self.script:
            typed = self.script.pop(0)
            if isinstance(typed, Half):
                raise HungUp(typed)
            if isinstance(typed, str):
                return typed
            if isinstance(typed, Key):
                self._do(typed)
            else:
                typed()
        raise HungUp

    def _do(self, key: Key) -> None:
        match key:
            case Key.INTERRUPT:
                self.sent += b"\r\n"
                raise Interrupted
            case Key.END_OF_INPUT:
                raise EndOfInput
            case Key.WAIT_TOO_LONG:
                raise TooLate
        raise HungUp

    def _encoded(self, text: str) -> bytes:
        return OutputGate(self._capabilities.charset).encode(text)


def run(dialogue: Coroutine[Any, Any, T]) -> T:
    """Run a dialogue to its end; it must never wait for anything but the scripted terminal."""
    try:
        dialogue.send(None)
    except StopIteration as end:
        return end.value
    raise AssertionError("the dialogue waits for an event loop")
