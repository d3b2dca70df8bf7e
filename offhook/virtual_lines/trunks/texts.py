"""What callers from the network are told before they talk to anybody, as the operator likes it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CallerTexts:
    """Each is sent as it is, line ends included; an empty one is not sent.

    `ringing` when the line rings, `answered` before its first byte when it has been answered, `busy` when no line
    is free, `no_answer` when nobody took the call.
    """

    ringing: bytes = b"Ringing...\r\n"
    answered: bytes = b""
    busy: bytes = b"All lines are busy. Try again later.\r\n"
    no_answer: bytes = b"The call failed: no answer.\r\n"
