"""The login dialogue: a name, a password that is not shown, three tries."""

from offhook.terminal.session.desk import Desk, Guest
from offhook.terminal.session.terminal import EndOfInput, Interrupted, Terminal

TRIES = 3
LONGEST_NAME = 64
LONGEST_PASSWORD = 256


async def log_in(terminal: Terminal, desk: Desk) -> Guest | None:
    """The subscriber who logged in, or None after three wrong tries or ^D."""
    if desk.greeting:
        await terminal.write(desk.greeting + "\n")
    tries = empty = 0
    while tries < TRIES and empty < 10:
        try:
            name = (await terminal.ask("login: ")).strip()
            if not name:
                empty += 1
                continue
            password = await terminal.ask("password: ", echo=False)
            guest = await desk.admit(name[:LONGEST_NAME], password[:LONGEST_PASSWORD])
        except Interrupted:
            empty += 1
            continue
        except EndOfInput:
            return None
        if guest is not None:
            return guest
        tries += 1
        await terminal.write("Login incorrect\n")
    return None
