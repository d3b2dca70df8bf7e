"""PETSCII as Commodore's machines have it in their upper and lower case mode, and ASCII.

Small letters are where ASCII has the capitals, capitals are 80 higher. What a key of the machine does is
translated too: DEL rubs out, the cursor keys are those of an ANSI terminal, the pound key is the backslash, and control
keys are as they are. Colours and graphics of the machine mean nothing to a host. ASCII's braces, bar, tilde and
grave accent, which the machine lacks, are shown by what looks most like them.
"""

from offhook.virtual_lines.charsets.tables import TableTranslation, meaningless, table

_LOOKS_LIKE = {0x5F: 0xA4, 0x60: 0x27, 0x7B: 0xB3, 0x7C: 0xDD, 0x7D: 0xAB, 0x7E: 0xB1}
_TO_HOST = (
    {each: each for each in (*range(0x01, 0x1C), *range(0x20, 0x41), *range(0x5B, 0x60))}
    | {0x41 + each: 0x61 + each for each in range(26)}
    | {0x61 + each: 0x41 + each for each in range(26)}
    | {0xC1 + each: 0x41 + each for each in range(26)}
    | {there: here for here, there in _LOOKS_LIKE.items() if there > 0x7F}
    | {0x0D: 0x0D, 0x8D: 0x0D, 0x14: 0x08, 0xA0: 0x20}
)
_TO_MACHINE = (
    {each: each for each in (0x07, *range(0x20, 0x41), *range(0x5B, 0x5F))}
    | {0x61 + each: 0x41 + each for each in range(26)}
    | {0x41 + each: 0xC1 + each for each in range(26)}
    | _LOOKS_LIKE
    | {0x08: 0x9D, 0x7F: 0x14, 0x0C: 0x93, 0x09: 0x20}
    | dict.fromkeys(range(0xA0, 0x100), 0x3F)
)
_CURSOR_KEYS = {b"\x11": b"\x1b[B", b"\x91": b"\x1b[A", b"\x1d": b"\x1b[C", b"\x9d": b"\x1b[D"}


def petscii() -> TableTranslation:
    """For one call."""
    return TableTranslation(
        table(_TO_HOST), table(_TO_MACHINE), meaningless(_TO_HOST), meaningless(_TO_MACHINE), _CURSOR_KEYS, b"\r"
    )
