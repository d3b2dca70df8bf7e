"""What a caller does in a mail session, by whatever way the call came: log in, give commands, leave."""

import re
import time
from typing import Protocol

from tests.support.demo_host import PASSWORD

PROMPT = r"(?m)(?:^|\x08)\? "
"""The prompt of the session, at the start of a line or where the pager's question was wiped."""


class Caller(Protocol):
    """Types, and waits for a pattern after the place where the last one was found."""

    def type(self, text: str) -> None:
        """Type `text`."""

    def expect(self, pattern: str, patience: float = 60) -> re.Match[str]:
        """Wait for `pattern`; raises `AssertionError` when it does not come."""
        ...


def log_in(caller: Caller, account: str = "alice") -> None:
    """From CONNECT to the first prompt."""
    caller.expect(r"login: ")
    caller.type(f"{account}\r")
    caller.expect(r"password: ")
    caller.type(f"{PASSWORD}\r")
    caller.expect(PROMPT)


def echoed_the_password(heard: str) -> bool:
    """Whether the password is to be seen after a prompt for it (a greeting may tell it to all)."""
    return any(PASSWORD in after.partition("\n")[0] for after in heard.split("password: ")[1:])


def command(caller: Caller, line: str, answer: str) -> re.Match[str]:
    """Give a command; its echo, then `answer`, then the prompt must come."""
    caller.type(f"{line}\r")
    # At the end of a line and not within a word: a status line below may hold the same letter. Only of that line: the
    # lines below are blank until the answer is there, and it would be looked for behind them.
    caller.expect(rf"(?m)(?<![\w/.-]){re.escape(line)}[ \t\r]*$")
    found = caller.expect(answer)
    caller.expect(PROMPT)
    return found


def until_listed(caller: Caller, row: str) -> re.Match[str]:
    """Give `h $` until `row` is there, which has come in during the call.

    A session waits 0.3 s for a look at its mailbox, and on a busy machine a look takes longer.
    """
    deadline = time.monotonic() + 60
    while True:
        caller.type("h $\r")
        caller.expect(r"(?m)h \$[ \t\r]*$")
        found = caller.expect(rf"{PROMPT}|{row}")
        if not re.fullmatch(PROMPT, found[0]):
            caller.expect(PROMPT)
            return found
        assert time.monotonic() < deadline, f"{row!r} is not listed"


def read_the_first_letter(caller: Caller) -> None:
    """Read letter 1 of alice's samples."""
    command(caller, "1", r"You have come by a telephone line")


def compose(caller: Caller, to: str, subject: str, *lines: str) -> None:
    """Write a letter by lines and send it."""
    caller.type(f"m {to}\r")
    caller.expect(r"(?i)subject: ")
    caller.type(f"{subject}\r")
    for line in lines:
        caller.type(f"{line}\r")
        caller.expect(re.escape(line))
    caller.type(".\r")
    caller.expect(r"(?i)sent|delivered")
    caller.expect(PROMPT)


def leave(caller: Caller) -> None:
    """Give `q`: the host says goodbye, and the caller's modem NO CARRIER."""
    caller.type("q\r")
    caller.expect(r"(?i)goodbye")
    caller.expect(r"NO CARRIER")
