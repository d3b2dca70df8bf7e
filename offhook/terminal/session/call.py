"""A whole session: login, mail, goodbye."""

from enum import Enum

from offhook.terminal.session.desk import Desk, Guest
from offhook.terminal.session.login import log_in
from offhook.terminal.session.mail_menu import MailMenu
from offhook.terminal.session.terminal import HungUp, Interrupted, Terminal


class SessionEnd(Enum):
    """How a session ended."""

    GOODBYE = "goodbye"
    REFUSED = "refused"
    HUNG_UP = "hung up"


async def hold_session(terminal: Terminal, desk: Desk, guest: Guest | None = None) -> SessionEnd:
    """From the login prompt (or, for a `guest` known already, from the first list) to the goodbye; raises nothing."""
    try:
        if guest is None:
            guest = await log_in(terminal, desk)
        if guest is None:
            return SessionEnd.REFUSED
        await MailMenu(terminal, desk, guest).run()
        await terminal.write("Goodbye.\n")
    except HungUp:
        return SessionEnd.HUNG_UP
    except Interrupted:
        return SessionEnd.GOODBYE
    return SessionEnd.GOODBYE
