"""A whole session: login, mail, goodbye."""

from enum import Enum

from offhook.mailbox.letters import MaildropFailure
from offhook.terminal.discipline import one_line
from offhook.terminal.session.desk import Desk, Guest
from offhook.terminal.session.login import log_in
from offhook.terminal.session.mail_menu import MailMenu
from offhook.terminal.session.saying import say
from offhook.terminal.session.terminal import HungUp, Interrupted, Terminal


class SessionEnd(Enum):
    """How a session ended."""

    GOODBYE = "goodbye"
    REFUSED = "refused"
    HUNG_UP = "hung up"
    FAILED = "failed"


async def hold_session(terminal: Terminal, desk: Desk, guest: Guest | None = None) -> SessionEnd:
    """From the login prompt (or, for a `guest` known already, from the first list) to the goodbye; raises nothing."""
    try:
        return await _hold(terminal, desk, guest)
    except HungUp:
        return SessionEnd.HUNG_UP
    except Exception as error:  # noqa: BLE001 - a fault of ours is logged, and the caller told, without a traceback
        desk.report("the session", error)
    return await _last_word(terminal, "This host has failed; it has been noted.", SessionEnd.FAILED)


async def _hold(terminal: Terminal, desk: Desk, guest: Guest | None) -> SessionEnd:
    if guest is None:
        try:
            guest = await log_in(terminal, desk)
        except MaildropFailure as why:  # the password was right, but nobody knows where the letters are
            return await _last_word(terminal, one_line(str(why)), SessionEnd.FAILED)
    if guest is None:
        return SessionEnd.REFUSED
    await MailMenu(terminal, desk, guest).run()
    return await _last_word(terminal, "Goodbye.", SessionEnd.GOODBYE)


async def _last_word(terminal: Terminal, sentence: str, end: SessionEnd) -> SessionEnd:
    try:
        await say(terminal, sentence)
    except Interrupted:
        pass
    except HungUp:
        return SessionEnd.HUNG_UP
    return end
