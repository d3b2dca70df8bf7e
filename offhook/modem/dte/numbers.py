"""Numbers as a modem is given them: digits and the signs of a dial string, and nothing that could end the command."""

LONGEST = 40
"""Characters; V.250 lets a command line have 40, and older modems have no more."""
_SILENT = str.maketrans("", "", " -.()/")
_DIALLED = frozenset("0123456789*#ABCD,W@!+")


def dialled(number: str) -> str:
    """What is dialled for `number`; "" if no modem can dial it."""
    digits = number.upper().translate(_SILENT)
    return digits if 0 < len(digits) <= LONGEST and _DIALLED.issuperset(digits) else ""
