"""Sentences to the caller, wrapped like everything else to the width of the terminal."""

from offhook.terminal.discipline import spell
from offhook.terminal.screen import wrap
from offhook.terminal.session.terminal import Terminal


async def say(terminal: Terminal, text: str) -> None:
    """Show text, one line or several, and end the line. Raises `HungUp` and `Interrupted`."""
    known = terminal.capabilities
    lines = wrap(spell(text, known.charset).split("\n"), known.columns)
    await terminal.write("\n".join(lines) + "\n")
