"""What a line is doing, for whoever runs the exchange."""

from enum import Enum


class LineState(Enum):
    """The value is how it is written for people."""

    OUT_OF_SERVICE = "out of service"
    IDLE = "idle"
    MADE_BUSY = "made busy"
    OFF_HOOK = "off-hook"
    CALLING = "calling"
    RINGING = "ringing"
    TALKING = "talking"
