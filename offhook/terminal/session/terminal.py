"""What a dialogue asks of a terminal, and how a terminal says no."""

from typing import Protocol

from offhook.terminal.screen import Capabilities


class HungUp(Exception):
    """The caller is gone; `typed` is what stood in the line that was being typed."""

    def __init__(self, typed: str = "") -> None:
        """`typed` may be empty; of a line typed without echo it always is."""
        super().__init__("the caller is gone")
        self.typed = typed


class Interrupted(Exception):
    """The caller pressed ^C (or sent a break): give up what is being done."""


class EndOfInput(Exception):
    """The caller pressed ^D at the start of a line."""


class TooLate(Exception):
    """The line did not come within the time given."""


class Terminal(Protocol):
    r"""A caller's terminal. All text passes the output gate; "\n" is the only control character that means anything."""

    @property
    def capabilities(self) -> Capabilities:
        """What is known of it now; may change while it is used."""

    @property
    def line_waiting(self) -> bool:
        """Whether the next line has been typed already, so that `ask` will return without waiting for the caller."""

    def use(self, capabilities: Capabilities) -> None:
        """Take the caller's word for other capabilities."""

    async def write(self, text: str) -> None:
        """Show text. Raises `HungUp`, and `Interrupted` if ^C came meanwhile."""

    async def ask(self, prompt: str, *, echo: bool = True, within: float | None = None) -> str:
        """Show a prompt and get a line, without its end; `within` is in seconds.

        Raises `HungUp`, `Interrupted`, `EndOfInput`, and `TooLate` when the time is over.
        """

    async def key(self, prompt: str) -> str:
        r"""Show a prompt, get one key ("\n" for Return), and take the prompt away. Raises `HungUp`, `Interrupted`."""

    def put_back(self, keys: str) -> None:
        """Have `keys` be the next that are read, as if they had not been."""
