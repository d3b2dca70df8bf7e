"""Bit-mapped S-registers: options in the bits of a number, as the makers' modems have them.

Theory: the options are what counts. Such a register has their bits when it is read, and a write sets those options
whose bits it changes; bits that stand for nothing are kept. A write with bits that no option has is refused as a whole.
E, Q and V cannot be set by S14, since programs write 0 there and would be left with a modem that says nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from offhook.modem.hayes.profile import Profile
from offhook.modem.rs232 import Parity


@dataclass(frozen=True, slots=True)
class Field:
    """Bits of a register, the lowest first, that hold an option; `codes` is what they hold by its value.

    `sets`: a write sets the option.
    """

    option: str
    bits: tuple[int, ...]
    codes: Mapping[int, int]
    sets: bool = True

    @property
    def mask(self) -> int:
        """The bits as a number."""
        return sum(1 << bit for bit in self.bits)

    def held(self, value: int) -> int:
        """The register's bits for a value of the option."""
        code = self.codes[value]
        return sum((code >> at & 1) << bit for at, bit in enumerate(self.bits))

    def chosen(self, register: int, now: int) -> int | None:
        """The option's value for a number in the register, the one it has if it fits; None if there is none."""
        fitting = [value for value in self.codes if self.held(value) == register & self.mask]
        return now if now in fitting else next(iter(fitting), None)


@dataclass(frozen=True, slots=True)
class BitMap:
    """What one register is made of.

    `told` are bits by which the modem tells what it has found out, `telling` is what, in words.
    """

    fields: tuple[Field, ...]
    told: int = 0
    telling: str = ""

    @property
    def mask(self) -> int:
        """All bits that have a meaning of their own."""
        return self.told | sum(each.mask for each in self.fields)

    def read(self, profile: Profile, kept: int, told: int = 0) -> int:
        """The register's number; `kept` is the one that was stored, `told` what the modem has found out."""
        held = sum(each.held(profile.setting(each.option)) for each in self.fields)
        return kept & ~self.mask | held | told & self.told

    def settings(self, value: int, profile: Profile) -> dict[str, int] | None:
        """The options that a write of `value` sets; None if it has bits that no option has."""
        found: dict[str, int] = {}
        for each in self.fields:
            chosen = each.chosen(value, profile.setting(each.option))
            if chosen is None and each.sets:
                return None
            if chosen is not None and each.sets:
                found[each.option] = chosen
        return found


def _field(option: str, bits: Sequence[int], codes: Mapping[int, int] | int, *, sets: bool = True) -> Field:
    """A field; a number for `codes` is the highest value, each value being its own code."""
    each = {value: value for value in range(codes + 1)} if isinstance(codes, int) else codes
    return Field(option, tuple(bits), MappingProxyType(dict(each)), sets)


PULSE = 0b0010_0000
"""Of S14: pulses are dialled where the dial string does not say it (P)."""
ORIGINATING = 0b1000_0000
"""Of S14: the modem has the caller's part, or had it last."""
_DTE = 0b0011_1110
"""Of S23: what is known of the DTE."""

BIT_MAPS: Mapping[int, BitMap] = MappingProxyType(
    {
        14: BitMap(
            (
                _field("E", [1], 1, sets=False),
                _field("Q", [2], {0: 0, 1: 1, 2: 1}, sets=False),
                _field("V", [3], 1, sets=False),
            ),
            ORIGINATING,
            "7 the modem calls, or did last",
        ),
        21: BitMap(
            (
                _field("&J", [0], 1),
                _field("&R", [2], {0: 0, 1: 1, 2: 1}),
                _field("&D", [3, 4], 3),
                _field("&C", [5], 1),
                _field("&S", [6], {0: 0, 1: 1, 2: 1}),
                _field("Y", [7], 1),
            )
        ),
        22: BitMap(
            (
                _field("L", [0, 1], 3),
                _field("M", [2, 3], 3),
                _field("X", [4, 5, 6], {0: 0, 1: 4, 2: 5, 3: 6, 4: 7, 5: 7, 6: 7, 7: 7}),
            )
        ),
        23: BitMap(
            (_field("&T", [0], {5: 0, 4: 1, 0: 0}), _field("&G", [6, 7], 2)),
            _DTE,
            "1 to 3 the DTE's rate, 4 and 5 its parity",
        ),
        27: BitMap(
            (
                _field("&Q", [0, 1, 3], 6),
                _field("&L", [2], 1),
                _field("&X", [4, 5], 2),
                _field("B", [6], {0: 0, 1: 1, 2: 0, 3: 0, 15: 0, 16: 1}),
            )
        ),
        28: BitMap((_field("&P", [3, 4], 3),)),
        31: BitMap(
            (
                _field("\\V", [0], {0: 0, 1: 1, 2: 1}),
                _field("N", [1], 1),
                _field("W", [2, 3], 2),
                _field("#CID", [4, 5], 2),
            )
        ),
        39: BitMap((_field("&K", [0, 1, 2], 6),)),
        40: BitMap((_field("\\K", [3, 4, 5], 5), _field("\\A", [6, 7], 3))),
        41: BitMap((_field("%C", [0, 1], 3), _field("%E", [2, 6], 3), _field("\\G", [3], 1))),
    }
)

_RATES = (300, 600, 1200, 2400, 4800, 9600, 19200)
"""Bit/s by their codes in S23; what is faster has the next one."""
_PARITIES = {Parity.EVEN: 0, Parity.ODD: 2, Parity.MARK: 3, Parity.NONE: 3}


def dte_bits(rate: int, parity: Parity) -> int:
    """What S23 tells of a DTE at `rate` bit/s: a parity that is mark cannot be told from none by it."""
    code = next((at for at, highest in enumerate(_RATES) if rate <= highest), len(_RATES))
    return code << 1 | _PARITIES[parity] << 4
