"""Rows of a list on the operator's terminal, which nothing in them can drive."""

from collections.abc import Sequence

WIDEST = 60
"""Characters of a cell that are shown."""


def row(cells: Sequence[str], widths: Sequence[int]) -> str:
    """One line; what does not print, which a caller may have dialled, is shown as a question mark."""
    shown = ("".join(each if " " <= each <= "~" else "?" for each in cell) for cell in cells)
    return "  ".join(cell[:WIDEST].ljust(width) for cell, width in zip(shown, widths, strict=True)).rstrip()
