"""ATASCII of Atari's eight-bit machines, and ASCII.

The letters are ASCII's; the line end, what rubs out, the tabulator and the bell are not, the cursor keys are one byte
each, and a byte with its top bit set is the same in inverse video.
"""

from offhook.virtual_lines.charsets.tables import TableTranslation, meaningless, table

_LOOKS_LIKE = {0x60: 0x27, 0x7B: 0x28, 0x7D: 0x29, 0x7E: 0x2D}
_TEXT = (*range(0x20, 0x60), *range(0x61, 0x7B), 0x7C)
_TO_HOST = (
    {each: each for each in (*range(0x01, 0x1C), *_TEXT)}
    | {0x80 | each: each for each in _TEXT}
    | {0x9B: 0x0D, 0x7E: 0x08, 0x7F: 0x09, 0xFD: 0x07}
)
_TO_MACHINE = (
    {each: each for each in _TEXT}
    | _LOOKS_LIKE
    | {0x07: 0xFD, 0x08: 0x1E, 0x09: 0x7F, 0x0C: 0x7D, 0x7F: 0x7E}
    | dict.fromkeys(range(0xA0, 0x100), 0x3F)
)
_CURSOR_KEYS = {b"\x1c": b"\x1b[A", b"\x1d": b"\x1b[B", b"\x1e": b"\x1b[D", b"\x1f": b"\x1b[C"}


def atascii() -> TableTranslation:
    """For one call."""
    return TableTranslation(
        table(_TO_HOST), table(_TO_MACHINE), meaningless(_TO_HOST), meaningless(_TO_MACHINE), _CURSOR_KEYS, b"\x9b"
    )
