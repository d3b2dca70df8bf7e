"""Letters made into text for a session, away from the host's process: in a child with limits, forked by a clerk.

What is short and has no HTML is read where it is: that is one linear pass of our own code.
"""

import json
from collections.abc import Awaitable, Callable

from offhook.mailbox.clerks.clerk import Clerk
from offhook.mailbox.letters import Attachment, Rendered, heading_lines, render, render_raw

SHORT = 32 * 1024
"""Octets of a letter that is read without a clerk, if it has no HTML."""
NOTE = "Shown as it came: it could not be read within the limits for one letter."

_PROGRAM = "offhook.mailbox.clerks.reader"

Reading = Callable[[bytes], Awaitable[Rendered]]
"""Makes a letter into text; raises nothing."""


class Reader:
    """Reads letters for the sessions of a host; `close` it."""

    def __init__(self) -> None:
        self._clerk = Clerk(_PROGRAM)

    async def render(self, letter: bytes) -> Rendered:
        """Any letter as text (a `Reading`)."""
        if len(letter) <= SHORT and b"html" not in letter.lower():
            return render(letter)
        answer = await self._clerk.ask(letter)
        return (answer and unpacked(answer)) or as_text(letter)

    async def close(self) -> None:
        """End the clerk."""
        await self._clerk.close()


def as_text(letter: bytes) -> Rendered:
    """A letter that could not be read: its header and its source."""
    return Rendered(heading_lines(letter), render_raw(letter), (), (NOTE,))


def packed(shown: Rendered) -> bytes:
    """A letter's text as the clerk hands it over."""
    attachments = [(each.name, each.type, each.size) for each in shown.attachments]
    return json.dumps([shown.headers, shown.body, attachments, shown.notes]).encode()


def unpacked(data: bytes) -> Rendered | None:
    """The text in an answer, or None; nothing is believed of its form."""
    try:
        headers, body, attachments, notes = json.loads(data)
        return Rendered(
            tuple((str(name), str(text)) for name, text in headers),
            tuple(map(str, body)),
            tuple(Attachment(str(name), str(kind), int(size)) for name, kind, size in attachments),
            tuple(map(str, notes)),
        )
    except (ValueError, TypeError):
        return None
