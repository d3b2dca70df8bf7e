"""What the modem says to the DTE: echo, result codes and information text, in the form now set.

RING and NO CARRIER come unasked; they are held back while the DTE is in the middle of a
command line, and said when it is done (V.250 5.7.2).
"""

from offhook.modem.hayes.profile import Profile
from offhook.modem.hayes.result_codes import Family, ResultCode, connect_number, connect_words, degraded


class Responder:
    """Makes the bytes; `profile` is the active one and may be replaced."""

    def __init__(self, profile: Profile, family: Family) -> None:
        self.profile = profile
        self._family = family
        self._held: list[ResultCode] = []

    def result(self, code: ResultCode, *, answering: bool = False) -> bytes:
        """`code`, degraded as X has it; empty where Q silences it. `answering`: in a call that came in."""
        code = degraded(code, self.profile.options["X"])
        quiet = self.profile.options["Q"]
        unasked = answering and code in (ResultCode.RING, ResultCode.CONNECT, ResultCode.NO_CARRIER)
        if quiet == 1 or (quiet == 2 and unasked):
            return b""
        return self._formatted(code.words, code.value)

    def connect(self, dte_rate: int, line_rate: int, *, answering: bool) -> bytes:
        """CONNECT as W and X have it, with the lines before it that W1 asks for. Rates in bit/s."""
        options = self.profile.options
        if options["Q"] == 1 or (options["Q"] == 2 and answering):
            return b""
        rate = line_rate if options["W"] == 2 else dte_rate
        details = b""
        if options["W"] == 1 and options["V"]:
            for line in (f"CARRIER {line_rate}", "PROTOCOL: NONE", "COMPRESSION: NONE"):
                details += self._formatted(line, 0)
        level = options["X"]
        return details + self._formatted(connect_words(rate, level), connect_number(rate, level, self._family))

    def information(self, *lines: str) -> bytes:
        """Information text, which Q does not silence (V.250 5.7.1)."""
        end = self.profile.line_end
        head = end if self.profile.options["V"] else b""
        return head + b"".join(line.encode("ascii", "replace") + end for line in lines)

    def _formatted(self, words: str, number: int) -> bytes:
        end = self.profile.line_end
        if self.profile.options["V"]:
            return end + words.encode("ascii") + end
        return str(number).encode("ascii") + end[:1]

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
