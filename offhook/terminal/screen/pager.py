r"""What a key means at the end of a page of long text."""

from enum import Enum, auto

PROMPT = "More? "
HELP = "Return: next page   l: one line   c: all the rest   q: stop   3: read letter 3"


class Choice(Enum):
    """What a key at the end of a page asks for; `COMMAND` is the first key of the next command."""

    NEXT = auto()
    LINE = auto()
    ALL = auto()
    STOP = auto()
    COMMAND = auto()
    HELP = auto()


def choice(key: str) -> Choice:
    r"""What `key` asks for ("\n" is Return); keys without a meaning ask for help."""
    if key.isdecimal():
        return Choice.COMMAND
    match key.lower():
        case "\n" | " " | "y" | "+":
            return Choice.NEXT
        case "l" | "j":
            return Choice.LINE
        case "c":
            return Choice.ALL
        case "q" | "n" | "x" | "s":
            return Choice.STOP
    return Choice.HELP
