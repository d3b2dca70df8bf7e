"""Setting a modem up: wake it, find out who made it, give it its recipe by lines, and a line that is refused by parts.

A refusal is noted and passed over: a modem that lacks flow control or caller ID still takes calls. Silence is not:
after two commands in a row without an answer the modem counts as stuck.
"""

from collections.abc import Generator

from offhook.modem.dte.recipes import QUERIES, WORDS, named, recognised
from offhook.modem.dte.talk import Answer, Heard, Procedure, Steps, Talk

OWN_ESCAPE = 28
"""What the escape character is set to: a caller's +++ is echoed to them through our modem, which must not take it."""
_TRIES = 4
_SILENCES = 2


class Stuck(Exception):
    """The modem does not answer any longer; caught where the set-up begins."""


def set_up(talk: Talk) -> Procedure:
    """The whole of it; whether the modem is ready."""
    script = _Script(talk)
    try:
        yield from script.run()
    except Stuck:
        return False
    return True


class _Script:
    def __init__(self, talk: Talk) -> None:
        self._talk = talk
        self._silent = 0

    def run(self) -> Steps:
        talk, settings = self._talk, self._talk.settings
        talk.set_dtr(True)
        yield from talk.pause(0.3)
        yield from self._wake()
        yield from self._line(WORDS)
        if settings.recipe == "auto":
            yield from self._recognise()
        else:
            talk.recipe = named(settings.recipe)
        recipe = talk.recipe
        talk.reader.connects = recipe.connects
        if recipe.factory:
            yield from self._ask(recipe.factory)
        for parts in recipe.settings:
            yield from self._line(parts)
        yield from self._first(recipe.flow[settings.flow])
        if settings.caller_id:
            yield from self._first(recipe.caller_id)
        answer = yield from self._ask(f"S2={OWN_ESCAPE}")
        talk.escape = bytes([OWN_ESCAPE]) if answer.ok else b"+"
        if settings.init:
            answer = yield from self._ask(settings.init)
            if not answer.ok:
                talk.note(f"the modem refuses init: {settings.init}")
        yield from self._ask(f"S0={settings.rings if settings.auto_answer else 0}")
        answer = yield from self._ask("")
        if not answer.ok:
            raise Stuck

    def _wake(self) -> Steps:
        for _ in range(_TRIES):
            answer = yield from self._talk.ask("", 1.0)
            if answer.ok:
                return
        raise Stuck

    def _recognise(self) -> Steps:
        talk = self._talk
        texts: list[str] = []
        for query in QUERIES:
            answer = yield from self._ask(query)
            texts += answer.texts
        talk.recipe = recognised("\n".join(texts))
        told = next((text for text in texts if not text.upper().startswith("AT")), "nothing")
        talk.note(f"the modem says {told!r}: recipe {talk.recipe.name}")

    def _line(self, parts: tuple[str, ...]) -> Steps:
        answer = yield from self._ask("".join(parts))
        if answer.ok or len(parts) == 1:
            return
        for part in parts:
            answer = yield from self._ask(part)
            if not answer.ok:
                self._talk.note(f"the modem refuses {part}")

    def _first(self, alternatives: tuple[str, ...]) -> Steps:
        for each in alternatives:
            answer = yield from self._ask(each)
            if answer.ok:
                return
        self._talk.note(f"the modem refuses {' and '.join(alternatives)}")

    def _ask(self, command: str) -> Generator[float, Heard, Answer]:
        answer = yield from self._talk.ask(command)
        if answer.result is not None:
            self._silent = 0
            return answer
        self._silent += 1
        if self._silent >= _SILENCES:
            raise Stuck
        return answer
