"""How a character is framed on the line, as people write it: 8N1, 7E1, 8N2."""

import re
from dataclasses import dataclass

_FORM = re.compile(r"([5-8])([NEOMS])(1|1\.5|2)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Framing:
    """Data bits, the letter of the parity (N, E, O, M or S) and stop bits."""

    data_bits: int = 8
    parity: str = "N"
    stop_bits: float = 1

    @property
    def bits(self) -> float:
        """Of a character on the line, with its start bit."""
        return 1 + self.data_bits + (self.parity != "N") + self.stop_bits

    def __str__(self) -> str:
        return f"{self.data_bits}{self.parity}{self.stop_bits:g}"


EIGHT_N_ONE = Framing()
"""What nearly all lines have."""


def parse_framing(text: str) -> Framing:
    """The framing that `text` writes; raises `ValueError`."""
    found = _FORM.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no framing: write data bits, parity and stop bits, as in 8N1 or 7E1")
    data_bits, parity, stop_bits = found.groups()
    return Framing(int(data_bits), parity.upper(), float(stop_bits))
