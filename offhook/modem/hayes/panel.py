"""What commands tell the DTE and what they put away: information text, profiles and numbers."""

from offhook.modem.hayes.actions import KeepNumber, KeepProfiles
from offhook.modem.hayes.caller_id import caller_id_lines
from offhook.modem.hayes.events import NumberStored
from offhook.modem.hayes.pages import information
from offhook.modem.hayes.situation import Situation


class FrontPanel:
    """Acts on the situation of one modem: the `Panel` of its commands."""

    def __init__(self, situation: Situation) -> None:
        self._now = situation

    def on_number(self, event: NumberStored) -> None:
        """A number was stored elsewhere."""
        self._now.memory.keep_number(event.slot, event.text)

    def keep_profiles(self) -> None:
        """Have the stored profiles outlast a restart."""
        self._now.do(KeepProfiles())

    def keep_number(self, slot: int, text: str) -> None:
        """Have a stored number outlast a restart."""
        self._now.do(KeepNumber(slot, text))

    def last_caller(self, unformatted: bool) -> list[str] | None:
        """Who called last, as +VCID tells it; None if nobody has called."""
        caller = self._now.memory.last_caller
        return None if caller is None else caller_id_lines(caller, unformatted=unformatted)

    def tell(self, *lines: str) -> None:
        """Send information text."""
        self._now.tell(*lines)

    def note(self, text: str) -> None:
        """Say why in the trace."""
        self._now.note(text)

    def information(self, page: int) -> tuple[str, ...] | None:
        """The lines of ATI`page`; empty for a test that is passed, None if there is no such page."""
        return information(self._now, page)
