"""Why a call was cleared, or never came about (after the causes of Q.850)."""

from enum import Enum


class Cause(Enum):
    """Ends of a call; the value is how a call record writes it."""

    NORMAL = "normal"
    BUSY = "busy"
    NO_ANSWER = "no answer"
    ABANDONED = "abandoned"
    UNOBTAINABLE = "unobtainable"
    OUT_OF_SERVICE = "out of service"
    CONGESTION = "congestion"
    NO_ROUTE = "no route"
    """There is no way to the network the number is on, or no such name in it."""
    REJECTED = "rejected"
    """The far end was reached, and the call could not be set up with it."""
    BARRED = "barred"
    """This line may not call that number."""
    CLEARED = "cleared"
    """Whoever runs the exchange ended it before it was answered."""
