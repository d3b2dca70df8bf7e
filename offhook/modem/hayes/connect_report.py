r"""What is said when a call comes up: CONNECT, and the lines before it that tell how (V.250 6.4.3, 6.5.5, 6.6.2).

S95, where it is not 0, says what to tell instead of W. The line of a call keeps every byte in its order, so with error
control asked for (&Q5 and \N2 to \N7, or &M4 of U.S. Robotics) it is told as LAP-M; there is no compression.
"""

from dataclasses import dataclass, replace

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


@dataclass(frozen=True, slots=True)
class Ways:
    """The rates of a line that has another each way, in bit/s: of what the modem sends and of what it hears."""

    sent: int
    heard: int


@dataclass(frozen=True, slots=True)
class Rates:
    """The rates of a call in bit/s: the DTE's, the line's, and the line's each way where they differ.

    `line_told`: the DTE's is the line's, since its port has none of its own.
    """

    dte: int
    line: int
    ways: Ways | None = None
    line_told: bool = False


def modulation(rate: int, ways: Ways | None = None) -> str:
    """The modulation that a line of `rate` bit/s stands for, as +MCR names it."""
    if ways is not None:
        return "V23C"
    return next((name for highest, name in _CARRIERS if rate <= highest), "V92")


def connect_report(profile: Profile, personality: Personality, rates: Rates) -> list[Line]:
    """The lines, CONNECT last."""
    ways = rates.ways
    options, extended = profile.options, profile.extended
    told = profile.registers[95] or _BY_W[options["W"]]
    reliable = options["&M"] in (4, 5) if personality.suffixes else _reliable(options)
    lines: list[Line] = []
    if extended["+ILRR"] == "1":
        lines.append((f"+ILRR: {rates.dte}", None))
    if extended["+MR"] == "1":
        both = rates.line if ways is None else f"{ways.sent},{ways.heard}"
        lines += [(f"+MCR: {modulation(rates.line, ways)}", None), (f"+MRR: {both}", None)]
    if extended["+ER"] == "1":
        lines.append((f"+ER: {'LAPM' if reliable else 'NONE'}", None))
    if extended["+DR"] == "1":
        lines.append(("+DR: NONE", None))
    protocol = f"PROTOCOL: {'LAP-M' if reliable else 'NONE'}"
    carrier = str(rates.line) if ways is None else f"{ways.sent}/{ways.heard}"
    for wanted, words, number in (
        (_CARRIER, f"CARRIER {carrier}", personality.carrier.get(carrier)),
        (_PROTOCOL, protocol, personality.details.get(protocol)),
        (_COMPRESSION, _NOT_COMPRESSED, personality.details.get(_NOT_COMPRESSED)),
    ):
        if told & wanted and (options["V"] or number is not None):
            lines.append((words, number))
    line_told = bool(told & _CONNECT_IS_LINE) or rates.line_told
    return [*lines, _connect(profile, personality, replace(rates, line_told=line_told), reliable=reliable)]


def _reliable(options: dict[str, int]) -> bool:
    return options["&Q"] in (5, 6) and options["\\N"] > 1


def _connect(profile: Profile, personality: Personality, rates: Rates, *, reliable: bool) -> Line:
    options = profile.options
    if options["X"] == 0:
        return "CONNECT", 1
    split = f"CONNECT {rates.ways.sent}TX/{rates.ways.heard}RX" if rates.ways and rates.line_told else ""
    if split in personality.details:
        return split, personality.details[split]
    rate = rates.line if rates.line_told else rates.dte
    suffix = ""
    if personality.suffixes and options["&A"]:
        suffix = "/ARQ" if reliable else ""
        if options["&A"] >= 2:
            suffix += f"/{modulation(rates.line, rates.ways)}"
        if options["&A"] == 3 and reliable:
            suffix += "/LAPM"
    elif options["\\V"] and reliable:
        suffix = "/LAP-M"
    numbers = personality.reliable if reliable and personality.reliable else personality.connect
    words = "CONNECT" if rate == 300 and not suffix else f"CONNECT {rate}{suffix}"
    return words, numbers.get(rate, 1)
