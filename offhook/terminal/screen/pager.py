r"""What a key means at the end of a page of long text."""

from enum import Enum, auto

PROMPT = "More? "
HELP = "Return: next page   l: one line   c: all the rest   q: stop"


class Choice(Enum):
    """What a key at the end of a page asks for."""

    NEXT = auto()
    LINE = auto()
    ALL = auto()
    STOP = auto()
    HELP = auto()


def choice(key: str) -> Choice:
    r"""What `key` asks for ("\n" is Return); keys without a meaning ask for help."""
    match key.lower():
        case "\n" | " " | "y" | "+":
            return Choice.NEXT
        case "l" | "j":
            return Choice.LINE
        case "c":
            return Choice.ALL
        case "q" | "n" | "x":
            return Choice.STOP
    return Choice.HELP
