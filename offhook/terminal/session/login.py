"""The login dialogue: a name, a password that is not shown, three tries, a few minutes."""

from offhook.mailbox.letters import TemporaryFailure
from offhook.terminal.session.desk import Desk, Guest
from offhook.terminal.session.terminal import EndOfInput, Interrupted, Terminal, TooLate

TRIES = 3
MOST_LINES = 10
"""Lines typed in vain, empty ones and interrupts too, after which the call ends."""
PATIENCE = 180.0
"""Seconds for all of it: a line must not be held by someone who never logs in."""
LONGEST_NAME = 64
LONGEST_PASSWORD = 256


async def log_in(terminal: Terminal, desk: Desk) -> Guest | None:
    """The subscriber who logged in, or None after three wrong tries, too long a time, or ^D."""
    begun = desk.now()

    def left() -> float:
        return PATIENCE - (desk.now() - begun).total_seconds()

    tries = 0
    greeting = f"{desk.greeting}\n" if desk.greeting else ""
    for _ in range(MOST_LINES):
        try:
            name = (await terminal.ask(f"{greeting}login: ", within=left())).strip()
            greeting = ""
            if not name:
                continue
            password = await terminal.ask("password: ", echo=False, within=left())
            guest = await desk.admit(name[:LONGEST_NAME], password[:LONGEST_PASSWORD])
            if guest is not None:
                return guest
            tries += 1
            await terminal.write("Login incorrect\n")
        except TemporaryFailure as why:
            tries += 1
            await terminal.write(f"{why}\n")
        except Interrupted:
            greeting = ""
            continue
        except EndOfInput:
            return None
        except TooLate:
            await terminal.write("\nToo late.\n")
            return None
        if tries == TRIES:
            return None
    return None
