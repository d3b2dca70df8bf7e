"""A letter while it is being written, and the form in which it is kept if the call is lost."""

import json
from dataclasses import asdict, dataclass, field

from offhook.mailbox.letters import Address, Draft

MOST_LINES = 20_000
"""Lines of a letter written here."""


@dataclass(slots=True)
class Unsent:
    """Recipients as addresses, the subject, the lines typed so far, and what the letter answers."""

    to: list[str] = field(default_factory=list)
    cc: list[str] = field(default_factory=list)
    bcc: list[str] = field(default_factory=list)
    subject: str = ""
    lines: list[str] = field(default_factory=list)
    in_reply_to: str = ""
    references: list[str] = field(default_factory=list)
    answers: str = ""
    """The key of the letter this one answers, which is marked as replied when it is sent."""

    def kept(self) -> bytes:
        """As bytes to keep."""
        return json.dumps(asdict(self)).encode("ascii")

    @property
    def begun(self) -> bool:
        """Whether there is anything worth keeping."""
        return bool(self.lines or self.subject or self.to)

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


def from_draft(draft: Draft, answers: str = "") -> Unsent:
    """A reply or a forwarded letter, to go on with."""
    return Unsent(
        to=[each.address for each in draft.to],
        cc=[each.address for each in draft.cc],
        bcc=[each.address for each in draft.bcc],
        subject=draft.subject,
        lines=draft.body.split("\n")[:-1],
        in_reply_to=draft.in_reply_to,
        references=list(draft.references),
        answers=answers,
    )


def from_kept(data: bytes) -> Unsent | None:
    """What `Unsent.kept` made; None if it is something else."""
    try:
        values = json.loads(data)
        unsent = Unsent(**values)
    except (ValueError, TypeError, RecursionError):
        return None
    texts = [unsent.subject, unsent.in_reply_to, unsent.answers]
    lists = [unsent.to, unsent.cc, unsent.bcc, unsent.lines, unsent.references]
    whole = all(isinstance(text, str) for text in texts) and all(
        isinstance(each, list) and all(isinstance(item, str) for item in each) for each in lists
    )
    return unsent if whole else None
