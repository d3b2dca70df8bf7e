"""What a modem says to its DTE, understood line by line, in the words of all makers (their manuals; V.250 5.7).

A line may have noise before its words; what is no result and no line about a call is text, as `ATI` gives it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

MOST_TEXT = 80
"""Characters kept of a line."""
_RATES = range(75, 4_000_001)


class Result(Enum):
    """What a line means to the one who waits for it; the value is how most makers spell it."""

    OK = "OK"
    RING = "RING"
    NO_CARRIER = "NO CARRIER"
    ERROR = "ERROR"
    NO_DIALTONE = "NO DIALTONE"
    BUSY = "BUSY"
    NO_ANSWER = "NO ANSWER"
    RINGING = "RINGING"
    VOICE = "VOICE"
    DELAYED = "DELAYED"
    BLACKLISTED = "BLACKLISTED"


@dataclass(frozen=True, slots=True)
class Connect:
    """CONNECT. `rate` is the number behind it, in bit/s, where it is one; `suffix` what follows (`ARQ/V34/LAPM`)."""

    rate: int | None = None
    suffix: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """A line before CONNECT that tells how the call is: of the carrier (in bit/s), or of anything else."""

    carrier: int | None
    text: str


@dataclass(frozen=True, slots=True)
class CallerField:
    """One line about the caller; `kind` is DATE, TIME, NMBR, NAME or MESG."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Text:
    """Any other line: an answer to a query, an echo, or what noise has left of a result."""

    text: str


Reply = Result | Connect | Progress | CallerField | Text

_SPELT = {each.value: each for each in Result} | {
    "NO DIAL TONE": Result.NO_DIALTONE,
    "NODIALTONE": Result.NO_DIALTONE,
    "NO TONE": Result.NO_DIALTONE,
    "NOCARRIER": Result.NO_CARRIER,
    "NOANSWER": Result.NO_ANSWER,
    "CARRIER LOST": Result.NO_CARRIER,
    "LINE BUSY": Result.BUSY,
    "LINE IN USE": Result.BUSY,
    "COMMAND ERROR": Result.ERROR,
    "+CME ERROR": Result.ERROR,
    "+FCERROR": Result.ERROR,
    "RRING": Result.RINGING,
    "DIALING": Result.RINGING,
}
# Noise may stand before a result, but letters, digits and blanks would make it part of some other sentence.
_RESULT = re.compile(
    r"(?:^|[^A-Za-z0-9 ])(" + "|".join(re.escape(word) for word in sorted(_SPELT, key=len, reverse=True)) + r")\s*$"
)
_RING = re.compile(r"(?:^|[^A-Za-z0-9 ])RING(?: [A-Z0-9]{1,4}|[1-9])\s*$")  # distinctive: RING A, RING 2, RING3
_CONNECT = re.compile(r"(?:^|[^A-Za-z0-9 ])CONNECT(?![A-Z])\s*(\d{0,7})(.*)$")
_CARRIER = re.compile(r"(?:CARRIER|\+MRR:)\s*(\d{2,7})")
_PROGRESS = re.compile(r"(?:CARRIER \d|PROTOCOL:|COMPRESSION:|\+(?:MCR|MRR|ER|DR|ILRR):)")
_CALLER = re.compile(r"(DATE|TIME|NMBR|DDN_NMBR|NAME|MESG)\s*=\s*(.*)$")
_CALLER_ELSEWHERE = re.compile(r"(?:CALLER'?S? (?:NUMBER|ID)|CLIP|FM)\s*[:=]\s*\"?([0-9*#+]{2,32})")
_CALLER_HEX = re.compile(r"(?:[0-9A-F]{2}){6,160}$")
_NUMBERS = {
    "0": Result.OK,
    "2": Result.RING,
    "3": Result.NO_CARRIER,
    "4": Result.ERROR,
    "6": Result.NO_DIALTONE,
    "7": Result.BUSY,
    "8": Result.NO_ANSWER,
    "24": Result.DELAYED,
    "32": Result.BLACKLISTED,
}
"""The numbers that mean the same with every maker, or nothing with the others while no call is being set up."""


def understood(line: str) -> Reply:
    """What a line in words means."""
    caller = _CALLER.search(line)  # first: a name may be anything
    if caller is not None:
        return CallerField(caller[1].removeprefix("DDN_"), caller[2].strip()[:400])
    found = _RESULT.search(line)
    if found is not None:
        return _SPELT[found[1]]
    if _RING.search(line):
        return Result.RING
    connect = _CONNECT.search(line)
    if connect is not None:
        rate = int(connect[1] or 0)
        return Connect(rate if rate in _RATES else None, connect[2].strip(" /")[:MOST_TEXT])
    if _PROGRESS.match(line):
        carrier = _CARRIER.match(line)
        return Progress(int(carrier[1]) if carrier and int(carrier[1]) in _RATES else None, line)
    elsewhere = _CALLER_ELSEWHERE.search(line)
    if elsewhere is not None:
        return CallerField("NMBR", elsewhere[1])
    return CallerField("MESG", line) if _CALLER_HEX.match(line) else Text(line)


def understood_number(digits: str, connects: Mapping[int, int]) -> Reply | None:
    """What a line of digits means with V0; `connects` gives the rate of CONNECT by its number. None: it is text."""
    if digits == "1":
        return Connect()
    rate = connects.get(int(digits)) if len(digits) <= 3 else None
    if rate is not None:
        return Connect(rate)
    return _NUMBERS.get(digits)
