r"""What is said when a call comes up: CONNECT, and the lines before it that tell how (V.250 6.4.3, 6.5.5, 6.6.2).

S95, where it is not 0, says what to tell instead of W. The line of a call keeps every byte in its order, so with error
control asked for (&Q5 and \N2 to \N7, or &M4 of U.S. Robotics) it is told as LAP-M; there is no compression.
"""

from offhook.modem.hayes.personality import Personality
from offhook.modem.hayes.profile import Profile

Line = tuple[str, int | None]
"""Words, and the number that stands for them with V0; None for lines that are words with V0 too."""

_CARRIERS = (
    (300, "V21"),
    (1200, "V22"),
    (2400, "V22B"),
    (9600, "V32"),
    (14400, "V32B"),
    (33600, "V34"),
    (56000, "V90"),
)
_CONNECT_IS_LINE, _CARRIER, _PROTOCOL, _COMPRESSION = 1, 4, 8, 32
_NOT_COMPRESSED = "COMPRESSION: NONE"
_BY_W = {0: 0, 1: _CARRIER | _PROTOCOL | _COMPRESSION, 2: _CONNECT_IS_LINE}


def modulation(rate: int) -> str:
    """The modulation that a line of `rate` bit/s stands for, as +MCR names it."""
    return next((name for highest, name in _CARRIERS if rate <= highest), "V92")


def connect_report(profile: Profile, personality: Personality, dte_rate: int, line_rate: int) -> list[Line]:
    """The lines, CONNECT last; rates in bit/s."""
    options, extended = profile.options, profile.extended
    told = profile.registers[95] or _BY_W[options["W"]]
    reliable = options["&M"] in (4, 5) if personality.suffixes else _reliable(options)
    lines: list[Line] = []
    if extended["+ILRR"] == "1":
        lines.append((f"+ILRR: {dte_rate}", None))
    if extended["+MR"] == "1":
        lines += [(f"+MCR: {modulation(line_rate)}", None), (f"+MRR: {line_rate}", None)]
    if extended["+ER"] == "1":
        lines.append((f"+ER: {'LAPM' if reliable else 'NONE'}", None))
    if extended["+DR"] == "1":
        lines.append(("+DR: NONE", None))
    protocol = f"PROTOCOL: {'LAP-M' if reliable else 'NONE'}"
    for wanted, words, number in (
        (_CARRIER, f"CARRIER {line_rate}", personality.carrier.get(line_rate)),
        (_PROTOCOL, protocol, personality.details.get(protocol)),
        (_COMPRESSION, _NOT_COMPRESSED, personality.details.get(_NOT_COMPRESSED)),
    ):
        if told & wanted and (options["V"] or number is not None):
            lines.append((words, number))
    rate = line_rate if told & _CONNECT_IS_LINE else dte_rate
    return [*lines, _connect(profile, personality, rate, line_rate, reliable=reliable)]


def _reliable(options: dict[str, int]) -> bool:
    return options["&Q"] in (5, 6) and options["\\N"] > 1


def _connect(profile: Profile, personality: Personality, rate: int, line_rate: int, *, reliable: bool) -> Line:
    options = profile.options
    if options["X"] == 0:
        return "CONNECT", 1
    suffix = ""
    if personality.suffixes and options["&A"]:
        suffix = "/ARQ" if reliable else ""
        if options["&A"] >= 2:
            suffix += f"/{modulation(line_rate)}"
        if options["&A"] == 3 and reliable:
            suffix += "/LAPM"
    elif options["\\V"] and reliable:
        suffix = "/LAP-M"
    numbers = personality.reliable if reliable and personality.reliable else personality.connect
    words = "CONNECT" if rate == 300 and not suffix else f"CONNECT {rate}{suffix}"
    return words, numbers.get(rate, 1)
