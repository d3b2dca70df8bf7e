"""A letter while it is being written."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from offhook.mailbox.letters import Address, Draft
from offhook.terminal.discipline import clean, one_line

MOST_LINES = 20_000
"""Lines of a letter written here."""
MOST_OCTETS = 200_000
"""Octets of one, as UTF-8: so that all that is kept for later stays within bounds."""
MOST_QUOTED = 1000
"""Lines of another letter that are taken into this one."""


@dataclass(slots=True)
class Unsent:
    """Recipients as addresses, the subject, the lines typed so far, and what the letter answers.

    `message_id` is given when the letter is begun: whatever happens while it is sent, it is one letter.
    `answers` is the key of the letter this one answers, which is marked as replied when this one is sent.
    """

    message_id: str
    to: list[str] = field(default_factory=list)
    cc: list[str] = field(default_factory=list)
    bcc: list[str] = field(default_factory=list)
    subject: str = ""
    lines: list[str] = field(default_factory=list)
    in_reply_to: str = ""
    references: list[str] = field(default_factory=list)
    answers: str = ""

    @property
    def begun(self) -> bool:
        """Whether there is anything worth keeping."""
        return bool(self.lines or self.subject or self.to)

    @property
    def full(self) -> bool:
        """Whether no more lines may be added."""
        return len(self.lines) >= MOST_LINES or sum(map(_octets, self.lines)) >= MOST_OCTETS

    def draft(self, sender: Address) -> Draft:
        """As a draft to compose."""
        return Draft(
            sender=sender,
            to=tuple(Address("", each) for each in self.to),
            cc=tuple(Address("", each) for each in self.cc),
            bcc=tuple(Address("", each) for each in self.bcc),
            subject=self.subject,
            body="".join(f"{line}\n" for line in self.lines),
            in_reply_to=self.in_reply_to,
            references=tuple(self.references),
        )


def _octets(line: str) -> int:
    return len(line) if line.isascii() else len(line.encode("utf-8", "replace"))


def from_draft(draft: Draft, message_id: str, answers: str = "") -> Unsent:
    """A reply or a forwarded letter, to go on with; nothing in it that could drive its reader's terminal."""
    return Unsent(
        message_id,
        to=[each.address for each in draft.to],
        cc=[each.address for each in draft.cc],
        bcc=[each.address for each in draft.bcc],
        subject=one_line(draft.subject),
        lines=taken_in(draft.body.split("\n")[:-1]),
        in_reply_to=draft.in_reply_to,
        references=list(draft.references),
        answers=answers,
    )


def taken_in(lines: Sequence[str]) -> list[str]:
    """Lines of another letter as they go into this one: cleaned, and not too many of them."""
    cleaned = clean("\n".join(lines[:MOST_QUOTED]))[0].split("\n")[:MOST_QUOTED] if lines else []
    room = MOST_OCTETS // 2
    for number, line in enumerate(cleaned):
        room -= _octets(line)
        if room < 0:
            return [*cleaned[:number], "[...]"]
    return [*cleaned, "[...]"] if len(lines) > MOST_QUOTED else cleaned
