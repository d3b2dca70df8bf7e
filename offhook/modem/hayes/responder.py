"""What the modem says to the DTE: echo, result codes and information text, in the form now set.

RING and NO CARRIER come unasked; they are held back while the DTE is in the middle of a
command line, and said when it is done (V.250 5.7.2).
"""

from offhook.modem.hayes.connect_report import Rates, connect_report
from offhook.modem.hayes.personality import Personality
from offhook.modem.hayes.profile import Profile
from offhook.modem.hayes.result_codes import ResultCode, degraded
from offhook.modem.rs232 import Parity, with_parity

_PARITIES = {"0": Parity.ODD, "1": Parity.EVEN, "2": Parity.MARK, "3": Parity.NONE}
"""Of +ICF with seven bits; a space is no bit at all."""


def said_parity(icf: str, found: Parity) -> Parity:
    """The parity of what the modem says, as +ICF has it; `found` is that of the DTE's AT."""
    form, _, parity = icf.partition(",")
    match form:
        case "3":
            return Parity.NONE
        case "5":
            return _PARITIES.get(parity, Parity.NONE)
    return found


class Responder:
    """Makes the bytes; `profile` is the active one and may be replaced."""

    def __init__(self, profile: Profile, personality: Personality) -> None:
        self.profile = profile
        self._personality = personality
        self._held: list[ResultCode] = []
        self.parity = Parity.NONE
        """What the DTE wants in the eighth bit of all that it is told."""
        self.ring_kind = ""
        """The number behind RING in words, where rings are told apart."""

    def result(self, code: ResultCode, *, answering: bool = False, insisted: bool = False) -> bytes:
        """`code`, degraded as X has it unless it is `insisted` on; empty where Q silences it.

        `answering`: in a call that came in.
        """
        options = self.profile.options
        code = code if insisted else degraded(code, options["X"])
        unasked = answering and code in (ResultCode.RING, ResultCode.CONNECT, ResultCode.NO_CARRIER)
        if options["Q"] == 1 or (options["Q"] == 2 and unasked):
            return b""
        words = self._personality.words(code)
        return self._formatted(words + self.ring_kind if code is ResultCode.RING else words, code.value)

    def connect(self, rates: Rates, *, answering: bool) -> bytes:
        """CONNECT with the lines before it that are asked for."""
        options = self.profile.options
        if options["Q"] == 1 or (options["Q"] == 2 and answering):
            return b""
        lines = connect_report(self.profile, self._personality, rates)
        return b"".join(self._formatted(words, number) for words, number in lines)

    def information(self, *lines: str) -> bytes:
        """Information text, which Q does not silence (V.250 5.7.1)."""
        end = self.profile.line_end
        head = end if self.profile.options["V"] else b""
        text = head + b"".join(line.encode("ascii", "replace") + end for line in lines)
        return with_parity(text, self.parity)

    def _formatted(self, words: str, number: int | None) -> bytes:
        end = self.profile.line_end
        if self.profile.options["V"]:
            said = end + words.encode("ascii") + end
        else:
            said = (words if number is None else str(number)).encode("ascii") + end[:1]
        return with_parity(said, self.parity)

    def hold(self, code: ResultCode) -> None:
        """Keep an unasked result until the line is done; the same one is kept once."""
        if code not in self._held:
            self._held.append(code)

    def release(self, *, answering: bool) -> bytes:
        """What was held."""
        said = b"".join(self.result(code, answering=answering) for code in self._held)
        self._held.clear()
        return said

    def forget(self) -> None:
        """Drop what was held."""
        self._held.clear()

    def forget_ring(self) -> None:
        """Drop a RING that was held: the caller has gone."""
        self._held = [code for code in self._held if code is not ResultCode.RING]
