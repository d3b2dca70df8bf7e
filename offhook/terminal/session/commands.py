"""The commands at the mail prompt, as a table: mailx's names, its abbreviations, and what they take."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Command:
    """One command. `short` is the least that must be typed of `name`; `takes` and `help` are for the caller."""

    name: str
    short: str
    takes: str
    help: str


COMMANDS: tuple[Command, ...] = (
    Command("next", "n", "[letter]", "read the next letter (Return does the same)"),
    Command("print", "p", "[letters]", "read letters (a bare number does the same)"),
    Command("type", "t", "[letters]", "the same as print"),
    Command("Print", "P", "[letters]", "read with every header line, as it came"),
    Command("Type", "T", "[letters]", "the same as Print"),
    Command("top", "to", "[letters]", "the first five lines"),
    Command("headers", "h", "[letter]", "list letters, a screenful"),
    Command("z", "z", "[-]", "list the next or, z-, the previous screenful"),
    Command("from", "f", "[letters]", "list these letters"),
    Command("search", "sea", "word...", "list letters that hold all of these words; @ then stands for them"),
    Command("size", "si", "[letters]", "how large they are"),
    Command("delete", "d", "[letters]", "mark for deletion at quit"),
    Command("dp", "dp", "", "delete and read the next"),
    Command("dt", "dt", "", "the same as dp"),
    Command("undelete", "u", "[letters]", "take the mark back"),
    Command("unread", "unr", "[letters]", "mark as not read"),
    Command("touch", "tou", "[letters]", "mark as read"),
    Command("flag", "fl", "[letters]", "mark as important"),
    Command("unflag", "unf", "[letters]", "take that back"),
    Command("reply", "r", "[letter]", "answer sender and all recipients"),
    Command("Reply", "R", "[letter]", "answer the sender only"),
    Command("forward", "fo", "letter address...", "send a letter on"),
    Command("mail", "m", "address...", "write a letter"),
    Command("save", "s", "[letters] folder", "copy into a folder; the letters stay here too"),
    Command("copy", "c", "[letters] folder", "the same as save"),
    Command("move", "mov", "[letters] folder", "the same, and take them away here"),
    Command("folder", "fold", "[folder]", "go to a folder (% the first one, # the one before), or say which this is"),
    Command("file", "fi", "[folder]", "the same as folder"),
    Command("folders", "folders", "", "list your folders"),
    Command("set", "se", "[name=value]", "columns, rows, rate, charset or escape of your terminal"),
    Command("=", "=", "", "number of the current letter"),
    Command("help", "hel", "", "this list (? does the same)"),
    Command("list", "l", "", "the same as help"),
    Command("quit", "q", "", "remove deleted letters and hang up"),
    Command("exit", "ex", "", "hang up and leave all letters as they were"),
    Command("xit", "x", "", "the same as exit"),
)

SPECIAL: Mapping[str, str] = MappingProxyType({"?": "help", "": "next"})
"""What stands for a command without being part of its name."""
NO_SHELL = frozenset(
    {"!", "|", "sh", "shell", "pi", "pipe", "e", "edit", "v", "visual", "so", "source", "cd", "ch", "chdir"}
)
"""Commands of mailx that lead to a shell, an editor or the host's files: there are none here."""


def find_command(word: str) -> Command | None:
    """The command that `word` stands for: any length between its abbreviation and its name.

    Case matters, since `r` and `R` differ; but a word in capitals that is no command is taken as
    small letters, for keyboards that have no others.
    """
    word = SPECIAL.get(word, word)
    return _named(word) or (_named(word.lower()) if word.isupper() else None)


def _named(word: str) -> Command | None:
    return next((each for each in COMMANDS if each.name.startswith(word) and len(word) >= len(each.short)), None)
