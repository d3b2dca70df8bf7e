"""The charsets that machines on lines may have."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Literal, Protocol

from offhook.virtual_lines.charsets.atascii import atascii
from offhook.virtual_lines.charsets.codepage import CodepageTranslation
from offhook.virtual_lines.charsets.petscii import petscii


class Translation(Protocol):
    """Both directions of one call."""

    def from_machine(self, data: bytes) -> bytes:
        """What a host is sent for what the machine sent; may be empty."""

    def to_machine(self, data: bytes) -> bytes:
        """What the machine is sent for what a host sent; may be empty."""


@dataclass(frozen=True, slots=True)
class LineCharset:
    """One charset: how its calls are translated, and the machine's usual screen, if it has one."""

    begin: Callable[[], Translation]
    columns: int | None = None
    rows: int | None = None
    terminal_type: str | None = None


CHARSET_NAMES = Literal["petscii", "atascii", "cp437", "latin-1"]
CHARSETS: Mapping[str, LineCharset] = MappingProxyType(
    {
        "petscii": LineCharset(petscii, 40, 25, "dumb"),
        "atascii": LineCharset(atascii, 40, 24, "dumb"),
        "cp437": LineCharset(partial(CodepageTranslation, "cp437")),
        "latin-1": LineCharset(partial(CodepageTranslation, "latin-1")),
    }
)
"""By the name that a configuration and a phone book write."""


def translation(machine: str | None, host: str | None) -> Translation | None:
    """For a call between a machine and a host with these charsets; None if nothing is to be done.

    A machine without one is spoken to as it is. So is one whose host has the same; every other host is taken to speak
    ASCII, or UTF-8 where the machine's charset has more letters.
    """
    return CHARSETS[machine].begin() if machine is not None and machine != host else None
