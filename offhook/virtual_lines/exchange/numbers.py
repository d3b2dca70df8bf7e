"""Telephone numbers as dialled and as written in the directory."""

_DIGITS = frozenset("0123456789*#ABCD")


def normalised(number: str) -> str:
    """The digits of a number; what stands between them (spaces, dashes, dots, parentheses) is left out."""
    return "".join(character for character in number.upper() if character in _DIGITS)
