"""Telephone numbers as dialled and as written in the directory."""

_DIGITS = frozenset("0123456789*#ABCD")
_SILENT = str.maketrans("", "", " -.()")


def digits_of(number: str) -> str | None:
    """The digits (0 to 9, *, #, A to D) of a number; None for what is no number, such as a name."""
    digits = number.upper().translate(_SILENT)
    return digits if _DIGITS.issuperset(digits) else None


def normalised(number: str) -> str:
    """What a number is looked up by.

    Spaces, dashes, dots and parentheses between digits count for nothing; in what is no number, such as a name, they
    do, and only the case of its letters does not.
    """
    digits = digits_of(number)
    return number.strip().casefold() if digits is None else digits
