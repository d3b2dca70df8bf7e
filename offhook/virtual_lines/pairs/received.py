"""What has come in at an end of a wire and was not read yet; how characters of seven bits go out and come in."""

from collections.abc import Callable

from offhook.modem.rs232 import EIGHT_N_ONE, Framing, Parity, Signals, with_parity
from offhook.virtual_lines.pairs.wire import Wire

XON, XOFF = b"\x11", b"\x13"
MOST_UNREAD = 65536
"""Bytes that wait to be read; then the other end waits."""
SEVEN_BITS = bytes(range(128)) * 2
"""A table for `bytes.translate`: the eighth bit off."""
_PARITIES = {"E": Parity.EVEN, "O": Parity.ODD, "M": Parity.MARK}


def as_heard(data: bytes, framing: Framing) -> bytes:
    """What one who is set to this framing hears of the bytes on the line."""
    return data.translate(SEVEN_BITS) if framing.data_bits == 7 else data


def as_sent(data: bytes, framing: Framing) -> bytes:
    """A line of seven bits carries the parity, if there is one, in the eighth."""
    if framing.data_bits != 7:
        return data
    parity = _PARITIES.get(framing.parity)
    return data.translate(SEVEN_BITS) if parity is None else with_parity(data, parity)


class Received:
    """The `Holder` of end `number`, for one who reads when it suits; used with the wire held."""

    def __init__(self, wire: Wire, number: int) -> None:
        self._wire = wire
        self._number = number
        self._rtscts = self._xonxoff = False
        self.framing = EIGHT_N_ONE
        self.unread = bytearray()
        self.breaks = 0
        self.on_stir: Callable[[], None] = lambda: None
        """Called with the wire held, in any thread, when anything has changed on it."""

    def take(self, count: int) -> bytes:
        """The first `count` bytes, or all there are."""
        taken = bytes(self.unread[:count])
        del self.unread[:count]
        if len(self.unread) <= MOST_UNREAD // 4:
            self._wire.stop(self._number, False)
        return taken

    def heed(self, *, rtscts: bool, xonxoff: bool) -> None:
        """Whether CTS, and XOFF and XON among the bytes that come, hold what is sent from here."""
        self._rtscts, self._xonxoff = rtscts, xonxoff
        waits = rtscts and Signals.CTS not in self._wire.inputs(self._number)
        self._wire.stop(1 - self._number, waits, "cts")
        if not xonxoff:
            self._wire.stop(1 - self._number, False, "xoff")

    def arrived(self, data: bytes) -> None:
        """Bytes to be read."""
        data = as_heard(data, self.framing)
        if self._xonxoff and (xoff := data.rfind(XOFF)) != (xon := data.rfind(XON)):
            self._wire.stop(1 - self._number, xoff > xon, "xoff")
            data = data.translate(None, XON + XOFF)
        self.unread += data
        if len(self.unread) > MOST_UNREAD:
            self._wire.stop(self._number, True)

    def lines_are(self, on: Signals) -> None:
        """CTS may hold or free what is sent."""
        self.heed(rtscts=self._rtscts, xonxoff=self._xonxoff)

    def broke(self) -> None:
        """A break reads as a NUL, as on a port of the system."""
        self.breaks += 1
        self.unread += b"\0"

    def rate_is(self, rate: int) -> None:
        """The line has its own rate."""

    def may_send(self, on: bool) -> None:
        """Whoever writes looks at the room there is."""

    def stirred(self) -> None:
        """Whoever waits is woken by the wire; others are told."""
        self.on_stir()
