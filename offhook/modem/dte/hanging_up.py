"""Hanging up, and getting a modem that does not answer back to its commands: each a procedure with an end.

A call is ended by DTR first, as a person pulls the plug; where that does nothing (three wires, &D0) by the escape with
its guard times and H0. ATH0 is given in any case: its answer shows that the modem takes commands and is on-hook.
"""

from collections.abc import Callable

from offhook.modem.dte.events import BreakToDce, Drain
from offhook.modem.dte.talk import Procedure, Steps, Talk
from offhook.modem.rs232 import Signals

DRAIN = 31.0
"""Seconds that what was said last may take on its way to the modem."""
LAST_WORDS = 0.6
"""Seconds for the modem to send on what it has in hand."""
DTR_OFF = 1.2
"""Seconds that DTR is off: S25 is 50 ms in most, and some look only once a second."""
GUARD = 1.3
"""Seconds of silence around the escape: S12 is one second."""


def hang_up(talk: Talk, *, drain: bool) -> Procedure:
    """End the call, having sent all there is if `drain`; whether the modem takes commands again."""
    if drain:
        yield from _drained(talk)
    if talk.settings.dtr:
        yield from _dtr_pulse(talk, DTR_OFF)
    held = talk.lines and Signals.DCD in talk.on and talk.dtr_hangs_up is not True
    if talk.dtr_hangs_up is not False and not held:
        answer = yield from talk.ask("H0")
        talk.dtr_hangs_up = answer.result is not None
        if answer.result is not None:
            return True
        talk.note("dropping DTR does not hang up: the escape is tried")
    yield from _escape(talk, talk.escape, GUARD)
    answer = yield from talk.ask("H0", 4.0)
    return answer.result is not None


def give_up(talk: Talk) -> Procedure:
    """Abort a handshake by a key, then as any call."""
    talk.send(b"\r")
    yield from talk.pause(0.5)
    ended = yield from hang_up(talk, drain=False)
    return ended


def unstick(talk: Talk) -> Procedure:
    """The ladder: ever stronger means, until one of them gets an answer to AT."""
    for name, rung in LADDER:
        if rung in (_long_dtr_off, _break) and not talk.settings.dtr:
            continue
        talk.note(f"the modem does not answer: {name} is tried")
        yield from rung(talk)
        for patience in (1.0, 2.0):
            answer = yield from talk.ask("", patience)
            if answer.ok:
                return True
    return False


def rest(talk: Talk, seconds: float) -> Procedure:
    """Leave the modem alone."""
    yield from talk.pause(seconds)
    return True


def _drained(talk: Talk) -> Steps:
    talk.do(Drain())
    yield from talk.drained(DRAIN)
    yield from talk.pause(LAST_WORDS)


def _dtr_pulse(talk: Talk, seconds: float) -> Steps:
    talk.set_dtr(False)
    yield from talk.pause(seconds)
    talk.set_dtr(True)
    yield from talk.pause(0.5)
    talk.reader.forget()


def _escape(talk: Talk, character: bytes, guard: float) -> Steps:
    yield from talk.pause(guard)
    for _ in range(3):
        talk.send(character)
        yield from talk.pause(0.1)
    yield from talk.pause(guard)


def _slow_escape(talk: Talk) -> Steps:
    for character in sorted({b"+", talk.escape}):
        yield from _escape(talk, character, 2 * GUARD)
    yield from talk.ask("H0", 4.0)


def _reset(talk: Talk) -> Steps:
    yield from talk.ask("Z", 4.0)
    yield from talk.pause(0.5)


def _factory(talk: Talk) -> Steps:
    yield from talk.ask("&F", 4.0)


def _break(talk: Talk) -> Steps:
    talk.do(BreakToDce())
    yield from talk.pause(1.0)


def _long_dtr_off(talk: Talk) -> Steps:
    yield from _dtr_pulse(talk, 5.0)


LADDER: tuple[tuple[str, Callable[[Talk], Steps]], ...] = (
    ("a slow escape and ATH0", _slow_escape),
    ("ATZ", _reset),
    ("AT&F", _factory),
    ("DTR off for five seconds", _long_dtr_off),
    ("a break", _break),
)
