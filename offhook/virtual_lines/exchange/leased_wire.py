"""Wires between two lines: one originates without a number, the other answers without a ring, and they meet.

It does not matter who is first; two that both originate, or both wait to answer, never meet, as on a real wire.
"""

from offhook.modem.hayes import CallerId
from offhook.virtual_lines.exchange.call import Call
from offhook.virtual_lines.exchange.directory import Directory
from offhook.virtual_lines.exchange.orders import Answered, Dialled, Seized
from offhook.virtual_lines.exchange.quality import joined
from offhook.virtual_lines.exchange.ringing import LONGEST_RING, NORTH_AMERICA


class LeasedWires:
    """Who waits on its wire; which lines have one `directory` knows."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._originating: dict[str, CallerId] = {}
        self._answering: set[str] = set()

    def taken(self, event: Dialled | Answered | Seized, now: float) -> Call | None:
        """A line went off-hook with no number and no ring; the call that is up by it, if the other end was waiting."""
        line, partner = event.line, self._directory.subscription(event.line).partner
        self.left(line)
        if partner is None or isinstance(event, Seized):
            return None
        if isinstance(event, Dialled):
            if partner in self._answering:
                return self._met(line, partner, event.caller, now)
            self._originating[line] = event.caller
        elif partner in self._originating:
            return self._met(partner, line, self._originating[partner], now)
        else:
            self._answering.add(line)
        return None

    def left(self, line: str) -> None:
        """`line` does not wait any longer."""
        self._originating.pop(line, None)
        self._answering.discard(line)

    def _met(self, caller: str, called: str, caller_id: CallerId, now: float) -> Call:
        self.left(caller)
        self.left(called)
        quality = joined([self._directory.subscription(line).quality for line in (caller, called)])
        return Call(
            *(caller, "", caller_id, now, NORTH_AMERICA, LONGEST_RING, quality),
            destination=called,
            line=called,
            answered=now,
        )
