"""Whose modem this one passes for: what the makers do differently, as data.

Numbers of CONNECT, the spelling of a result, what ATH answers in a call, and settings after &F; programs written
for one maker's modem tell by these. The commands are the same for all.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from offhook.modem.hayes.bit_maps import BIT_MAPS, BitMap
from offhook.modem.hayes.result_codes import ResultCode


@dataclass(frozen=True, slots=True)
class Personality:
    """One maker's ways.

    `connect` gives the number of CONNECT by rate in bit/s, a rate not in it is told as 1; `reliable` those with error
    control, where they are others. `carrier` gives those of CARRIER by what is behind it; `details` those of other
    lines by their text. `spelling` has results that are spelt another way, `has` the codes that not every maker has.
    `hung_up` answers ATH and a dropped DTR in a call. `factory` has the settings that &F makes other than the tables
    say.
    `suffixes`: &A adds what was negotiated to CONNECT. `bit_maps`: the S-registers that are bits of options.
    `xon_xoff`: those that hold these two characters.
    """

    name: str
    meaning: str
    connect: Mapping[int, int] = field(default_factory=dict)
    reliable: Mapping[int, int] = field(default_factory=dict)
    carrier: Mapping[str, int] = field(default_factory=dict)
    details: Mapping[str, int] = field(default_factory=dict)
    spelling: Mapping[ResultCode, str] = field(default_factory=dict)
    has: frozenset[ResultCode] = frozenset()
    hung_up: ResultCode = ResultCode.OK
    factory: Mapping[str, int] = field(default_factory=dict)
    suffixes: bool = False
    bit_maps: Mapping[int, BitMap] = field(default_factory=lambda: BIT_MAPS)
    xon_xoff: tuple[int, int] = (32, 33)

    def words(self, code: ResultCode) -> str:
        """A result as sent with V1."""
        return self.spelling.get(code, code.words)


HAYES = Personality(
    "hayes",
    "Hayes Smartmodem and Ultra",
    connect=MappingProxyType(
        {
            300: 1,
            1200: 5,
            2400: 10,
            4800: 11,
            7200: 24,
            9600: 12,
            12000: 25,
            14400: 13,
            19200: 14,
            28800: 15,
            38400: 28,
            57600: 18,
            115200: 87,
        }
    ),
)
ROCKWELL = Personality(
    "rockwell",
    "Rockwell, Conexant and their many brands",
    connect=MappingProxyType(
        {
            300: 1,
            600: 9,
            1200: 5,
            2400: 10,
            4800: 11,
            7200: 13,
            9600: 12,
            12000: 14,
            14400: 15,
            16800: 59,
            19200: 16,
            21600: 61,
            24000: 62,
            26400: 63,
            28800: 64,
            31200: 91,
            33600: 84,
            38400: 17,
            57600: 18,
            115200: 19,
        }
    ),
    carrier=MappingProxyType(
        {
            "300": 40,
            "1200/75": 44,
            "75/1200": 45,
            "1200": 46,
            "2400": 47,
            "4800": 48,
            "7200": 49,
            "9600": 50,
            "12000": 51,
            "14400": 52,
            "16800": 53,
            "19200": 54,
            "21600": 55,
            "24000": 56,
            "26400": 57,
            "28800": 58,
            "31200": 78,
            "33600": 79,
        }
    ),
    details=MappingProxyType(
        {
            "PROTOCOL: NONE": 70,
            "PROTOCOL: LAP-M": 77,
            "COMPRESSION: NONE": 69,
            "CONNECT 75TX/1200RX": 22,
            "CONNECT 1200TX/75RX": 23,
        }
    ),
    has=frozenset({ResultCode.BLACKLISTED}),
)
USR = Personality(
    "usr",
    "U.S. Robotics Courier and Sportster",
    connect=MappingProxyType(
        {
            300: 1,
            1200: 5,
            2400: 10,
            4800: 18,
            7200: 20,
            9600: 13,
            12000: 21,
            14400: 25,
            16800: 43,
            19200: 85,
            21600: 91,
            24000: 99,
            26400: 103,
            28800: 107,
        }
    ),
    reliable=MappingProxyType(
        {
            300: 14,
            1200: 15,
            2400: 16,
            4800: 19,
            7200: 24,
            9600: 17,
            12000: 22,
            14400: 26,
            16800: 57,
            19200: 88,
            21600: 94,
            24000: 100,
            26400: 104,
            28800: 108,
        }
    ),
    spelling=MappingProxyType({ResultCode.NO_DIALTONE: "NO DIAL TONE"}),
    has=frozenset({ResultCode.RINGING}),
    hung_up=ResultCode.NO_CARRIER,
    factory=MappingProxyType({"&M": 4, "S7": 60, "S11": 70, "S21": 10, "S22": 17, "S23": 19, "S25": 20}),
    suffixes=True,
    bit_maps=MappingProxyType({number: bit_map for number, bit_map in BIT_MAPS.items() if number not in (21, 22, 23)}),
    xon_xoff=(22, 23),
)
V250 = Personality("v250", "ITU-T V.250 and no maker: every CONNECT is 1")
PERSONALITIES: tuple[Personality, ...] = (HAYES, ROCKWELL, USR, V250)
