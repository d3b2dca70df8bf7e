"""Dialogues with a caller: login, the mail prompt, the reader, the composer."""

from offhook.terminal.session.call import SessionEnd, hold_session
from offhook.terminal.session.commands import COMMANDS, Command
from offhook.terminal.session.desk import Desk, DraftBox, Guest
from offhook.terminal.session.terminal import EndOfInput, HungUp, Interrupted, Terminal, TooLate

__all__ = [
    "COMMANDS",
    "Command",
    "Desk",
    "DraftBox",
    "EndOfInput",
    "Guest",
    "HungUp",
    "Interrupted",
    "SessionEnd",
    "Terminal",
    "TooLate",
    "hold_session",
]
