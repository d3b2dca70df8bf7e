r"""What each maker's modem is told at the start, as data, and how the maker is known.

All are asked for the same: words for results, the line's rate in CONNECT, DCD that follows the carrier, DTR that
hangs up, error control where there is any, and flow control as the port has it. A modem nobody knows gets the
generic recipe, which names only what V.250 and the Smartmodem have. Order: `factory` first, alone, since it may take
back what was set before it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from offhook.modem.hayes import HAYES, PERSONALITIES, Personality

_KFLOW = MappingProxyType({"none": ("&K0",), "rtscts": ("&K3",), "xonxoff": ("&K4",)})


@dataclass(frozen=True, slots=True)
class Recipe:
    """One maker's. `marks` are found in what the modem answers to `QUERIES`, in capitals.

    `settings` are lines of commands without AT, each a tuple of its parts: a modem that refuses a line is given the
    parts one by one. `flow` and `caller_id` are alternatives: the first that is not refused holds. `numbers` is the
    personality whose numbers of CONNECT it has.
    """

    name: str
    meaning: str
    marks: re.Pattern[str] | None = None
    factory: str = ""
    settings: tuple[tuple[str, ...], ...] = ()
    flow: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: _KFLOW)
    caller_id: tuple[str, ...] = ("+VCID=1", "#CID=1")
    numbers: Personality = HAYES

    @property
    def connects(self) -> dict[int, int]:
        """The rate of CONNECT by its number, in bit/s."""
        return {
            number: rate for table in (self.numbers.connect, self.numbers.reliable) for rate, number in table.items()
        }


WORDS = ("E0", "Q0", "V1")
"""No echo, and results in words: the first thing every modem is told, and again after its factory settings."""
_LINES = ("&C1", "&D2")


def _named(name: str) -> Personality:
    return next(each for each in PERSONALITIES if each.name == name)


GENERIC = Recipe(
    "generic",
    "any modem, by what V.250 and the Smartmodem 2400 have",
    settings=(WORDS, ("X4",), _LINES),
    flow=MappingProxyType(
        {
            "none": ("+IFC=0,0", "&K0", "\\Q0"),
            "rtscts": ("+IFC=2,2", "&K3", "\\Q3"),
            "xonxoff": ("+IFC=1,1", "&K4", "\\Q1"),
        }
    ),
)
RECIPES: tuple[Recipe, ...] = (
    Recipe(
        "usr",
        "U.S. Robotics Courier and Sportster",
        re.compile(r"U\.? ?S\.? ?ROBOTICS|COURIER|SPORTSTER|3COM"),
        "&F1",
        ((*WORDS, "X4"), _LINES, ("&A3", "&B1"), ("&M4",)),
        MappingProxyType({"none": ("&H0&R1&I0",), "rtscts": ("&H1&R2&I0",), "xonxoff": ("&H2&R1&I2",)}),
        ("#CID=1", "+VCID=1"),
        _named("usr"),
    ),
    Recipe(
        "rockwell",
        "Rockwell, Conexant and their many brands",
        re.compile(r"ROCKWELL|CONEXANT|\bRC(?:V|\d)\d|\bCX\d{3}|SMARTUSB|\bSUPRA|\bK56FLEX\b"),
        "&F",
        ((*WORDS, "X4", "W2"), _LINES, ("\\N3", "%C3")),
        numbers=_named("rockwell"),
    ),
    Recipe(
        "lucent",
        "Lucent and Agere",
        re.compile(r"LUCENT|AGERE|VENUS|\bLT V\.\d"),
        "&F",
        ((*WORDS, "X4", "W2"), _LINES, ("\\N3", "%C1")),
        numbers=_named("rockwell"),
    ),
    Recipe(
        "multitech",
        "Multi-Tech",
        re.compile(r"MULTI-?TECH|\bMT\d{4}"),
        "&F",
        ((*WORDS, "X4"), _LINES, ("\\N3",)),
        numbers=_named("rockwell"),
    ),
    Recipe(
        "zyxel",
        "ZyXEL U-1496, Elite and Omni",
        re.compile(r"ZYXEL|U-?1496|\bOMNI\b"),
        "&F",
        ((*WORDS, "X4"), _LINES, ("&K4",)),
        MappingProxyType({"none": ("&H0",), "rtscts": ("&H3",), "xonxoff": ("&H4",)}),
        ("S40.2=1", "+VCID=1"),
    ),
    Recipe(
        "elsa",
        "ELSA MicroLink",
        re.compile(r"\bELSA\b|MICROLINK"),
        "&F",
        ((*WORDS, "X4"), _LINES, ("\\N3",)),
        MappingProxyType({"none": ("\\Q0",), "rtscts": ("\\Q3",), "xonxoff": ("\\Q1",)}),
    ),
    Recipe(
        "hayes",
        "Hayes Smartmodem, Optima, Accura; and the modems of offhook",
        re.compile(r"HAYES|SMARTMODEM|OPTIMA|ACCURA|OFFHOOK"),
        "&F",
        ((*WORDS, "X4", "W2"), _LINES, ("&Q5",)),
    ),
    GENERIC,
)
"""Looked through in this order; the last one is everybody's."""

QUERIES = ("I", "I3", "I6", "+GMI", "+GMM")
"""What a modem is asked who it is by."""


def recognised(answers: str) -> Recipe:
    """The recipe for a modem that says this of itself."""
    capitals = answers.upper()
    return next((each for each in RECIPES if each.marks is not None and each.marks.search(capitals)), GENERIC)


def named(name: str) -> Recipe:
    """The recipe of that name; raises `KeyError`."""
    return {each.name: each for each in RECIPES}[name]
