"""A letter in the spool: its sender, and for each recipient how far it has come; and how that is written down."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeAlias

from offhook.mailbox.letters import PermanentFailure, TemporaryFailure

Failure: TypeAlias = TemporaryFailure | PermanentFailure
"""Why a recipient did not get the letter: for the moment, or for good."""
Outcome: TypeAlias = Mapping[str, Failure | None]
"""What became of a try, by recipient; None is a delivery."""

LONGEST_REPLY = 500
"""Characters of a server's reply that are kept."""
_FORM = 1
_UNPRINTABLE = re.compile(r"[^\x20-\x7e]+")


class State(Enum):
    """What a recipient waits for. One that has the letter is no longer listed."""

    PENDING = "pending"
    """The next try."""
    FAILED = "failed"
    """The notice that tells the sender; the letter itself is not tried any more."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """One recipient's part. `next_attempt` is in seconds since 1970, `last_reply` one line of ASCII."""

    address: str
    next_attempt: float
    state: State = State.PENDING
    attempts: int = 0
    last_reply: str = ""
    until: float = 0.0
    """Not given up before, in seconds since 1970, though its time is over."""
    returns: int = 0
    """How often it was given more time because nobody had tried it when it was due."""


@dataclass(frozen=True, slots=True)
class SpooledLetter:
    """A letter that somebody still waits for. `arrived` is in seconds since 1970, `size` in bytes."""

    ident: str
    sender: str
    arrived: float
    size: int
    recipients: tuple[Recipient, ...]
    delay_told: bool = False
    """Whether the sender has been told that it takes long."""

    @property
    def next_attempt(self) -> float:
        """When the first of its recipients is to be tried, in seconds since 1970."""
        return min((recipient.next_attempt for recipient in self.recipients), default=0.0)


@dataclass(frozen=True, slots=True)
class Try:
    """One try of a letter, for those of its recipients who are due."""

    ident: str
    sender: str
    recipients: tuple[str, ...]
    letter: bytes
    again: bool = False
    """Whether there may have been one before: whom one that was cut short has reached, nobody has written down."""

    def name(self, recipient: str) -> str:
        """Names the letter for one recipient, the same each time it is tried, and no other letter."""
        return f"{self.ident} {recipient}"


def one_line(text: str) -> str:
    """A reply as it is kept and shown: printable ASCII, of bounded length."""
    return _UNPRINTABLE.sub(" ", text).strip()[:LONGEST_REPLY]


def shown_address(address: str) -> str:
    """A recipient as people are told of it: without the mark by which it leads to one copy alone."""
    return address.removeprefix("\\")


def encode(letter: SpooledLetter) -> bytes:
    """The envelope file of a letter; its name holds the letter's ident."""
    return json.dumps(
        {
            "form": _FORM,
            "sender": letter.sender,
            "arrived": letter.arrived,
            "size": letter.size,
            "delay_told": letter.delay_told,
            "recipients": [
                {
                    "address": each.address,
                    "state": each.state.value,
                    "attempts": each.attempts,
                    "next_attempt": each.next_attempt,
                    "last_reply": each.last_reply,
                    "until": each.until,
                    "returns": each.returns,
                }
                for each in letter.recipients
            ],
        }
    ).encode("ascii")


def decode(ident: str, data: bytes) -> SpooledLetter:
    """The letter an envelope file tells of. Raises `ValueError` if it is no such file."""
    try:
        facts: Any = json.loads(data)
        if facts["form"] != _FORM:
            raise ValueError(f"an envelope of form {facts['form']!r}")
        recipients = tuple(
            Recipient(
                str(each["address"]),
                float(each["next_attempt"]),
                State(each["state"]),
                int(each["attempts"]),
                one_line(str(each["last_reply"])),
                float(each.get("until", 0.0)),  # earlier releases have neither
                int(each.get("returns", 0)),
            )
            for each in facts["recipients"]
        )
        arrived, size = float(facts["arrived"]), int(facts["size"])
        return SpooledLetter(ident, str(facts["sender"]), arrived, size, recipients, bool(facts["delay_told"]))
    except (KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise ValueError("no envelope") from error
