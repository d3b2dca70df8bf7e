"""The body of a command line taken apart, one command at a time (V.250 5.3 and 5.4).

Parsing goes along with execution: a command that stands before an error has been carried out
when the error is found.
"""

from dataclasses import dataclass

from offhook.modem.hayes.commands import DEED_NAMES, EXTENDED_NAMES, OPTION_NAMES

_PREFIXES = "&\\%"
_EXTENDED_PREFIXES = "+#"
_DASHED = "SDR"
"""The one name that has a dash before it; other dashes are nothing."""
_NAME = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
_NUMERIC_VALUE = frozenset("0123456789,. ")


class NotUnderstood(Exception):
    """The rest of the line is no command; the text says what was met."""


@dataclass(frozen=True, slots=True)
class Numbered:
    """An option or a deed with its number; `number` is 0 where none was typed (`given` tells)."""

    name: str
    number: int
    given: bool


@dataclass(frozen=True, slots=True)
class OptionAsked:
    """An option and `?`: tell what it is."""

    name: str


@dataclass(frozen=True, slots=True)
class RegisterCommand:
    """`Sn`, `Sn=v`, `Sn?`, and `=v`, `?` for the register selected last.

    `number` is None for the selected one, `value` None if it is not set, `asked` true for `?`.
    """

    number: int | None
    value: int | None
    asked: bool


@dataclass(frozen=True, slots=True)
class DialCommand:
    """D and all that belongs to it; `stays` is true if `;` ended it."""

    text: str
    stays: bool


@dataclass(frozen=True, slots=True)
class StoreNumber:
    """`&Zn=text`: keep a dial string in slot `slot`; takes the rest of the line. `&Zn?` asks for it: `text` is None."""

    slot: int
    text: str | None


@dataclass(frozen=True, slots=True)
class ExtendedCommand:
    """`NAME`, `NAME=value`, `NAME?` or `NAME=?`."""

    name: str
    value: str | None = None
    asked: bool = False
    tested: bool = False


Command = Numbered | OptionAsked | RegisterCommand | DialCommand | StoreNumber | ExtendedCommand


class CommandParser:
    """Takes commands off a body from left to right."""

    def __init__(self, body: str) -> None:
        self._body = body
        self._at = 0
        self._extended_met = False

    def pass_over(self) -> None:
        """Leave out what was not understood: a number behind it, or all up to `;` behind an extended name."""
        if self._extended_met:
            self._at = (self._body + ";").index(";", min(self._at, len(self._body)))
            return
        self._number()
        if self._peek() in ("=", "?"):
            self._at += 1
            self._number()

    def next(self) -> Command | None:
        """The next command, or None at the end; raises `NotUnderstood`."""
        self._extended_met = False
        while self._peek() in (" ", ";"):
            self._at += 1
        letter = self._take().upper()
        if not letter:
            return None
        if letter in _PREFIXES:
            self._skip()
            letter += self._take().upper()
        dashed = letter == "-" and self._body[self._at :].upper().startswith(_DASHED)
        if letter in _EXTENDED_PREFIXES or dashed:
            return self._extended(letter)
        if letter == "D":
            return self._dial()
        if letter == "S":
            return self._register(self._number())
        if letter in ("=", "?"):
            self._at -= 1
            return self._register(None)
        if letter == "&Z":
            return self._store()
        if letter not in OPTION_NAMES and letter not in DEED_NAMES:
            raise NotUnderstood(f"there is no command {letter!r}")
        self._skip()
        if letter in OPTION_NAMES and self._peek() == "?":
            self._at += 1
            return OptionAsked(letter)
        number = self._number()
        return Numbered(letter, number or 0, number is not None)

    def _peek(self) -> str:
        return self._body[self._at : self._at + 1]

    def _take(self) -> str:
        character = self._peek()
        self._at += 1
        return character

    def _skip(self) -> None:
        while self._peek() == " ":
            self._at += 1

    def _number(self) -> int | None:
        digits = ""
        self._skip()
        while self._peek().isdigit():
            digits += self._take()
            self._skip()
        return int(digits) if digits else None

    def _dial(self) -> DialCommand:
        text, self._at = self._body[self._at :], len(self._body)
        end = _semicolon(text)
        if end is None:
            return DialCommand(text, False)
        self._at -= len(text) - end - 1
        return DialCommand(text[:end], True)

    def _register(self, number: int | None) -> RegisterCommand:
        self._skip()
        if self._peek() == "?":
            self._at += 1
            return RegisterCommand(number, None, True)
        if self._peek() == "=":
            self._at += 1
            return RegisterCommand(number, self._number() or 0, False)
        return RegisterCommand(number or 0, None, False)

    def _store(self) -> StoreNumber:
        slot = self._number() or 0
        self._skip()
        sign = self._take()
        if sign == "?":
            return StoreNumber(slot, None)
        if sign != "=":
            raise NotUnderstood("&Z wants =number")
        text = self._body[self._at :]
        self._at = len(self._body)
        return StoreNumber(slot, text.strip())

    def _extended(self, prefix: str) -> ExtendedCommand:
        name = prefix
        self._extended_met = True
        self._skip()
        while self._peek().upper() in _NAME and self._peek():
            name += self._take().upper()
        if name not in EXTENDED_NAMES:
            raise NotUnderstood(f"there is no command {name!r}")
        self._skip()
        if self._peek() == "?":
            self._at += 1
            return ExtendedCommand(name, asked=True)
        if self._peek() != "=":
            return ExtendedCommand(name)
        self._at += 1
        self._skip()
        if self._peek() == "?":
            self._at += 1
            return ExtendedCommand(name, tested=True)
        return ExtendedCommand(name, value=self._text() if EXTENDED_NAMES[name].free else self._value())

    def _text(self) -> str:
        """All up to a `;` that is in no string, or to the end."""
        text = self._body[self._at :]
        end = _semicolon(text)
        text = text if end is None else text[:end]
        self._at += len(text)
        return text.strip()

    def _value(self) -> str:
        """Digits, commas and dots: a value ends where they do, since some programs leave out the `;` behind it."""
        value = ""
        while self._peek() in _NUMERIC_VALUE and self._peek():
            value += self._take()
        return value.replace(" ", "").strip(",")


def _semicolon(text: str) -> int | None:
    """Where the first `;` outside quotes is."""
    quoted = False
    for at, character in enumerate(text):
        if character == '"':
            quoted = not quoted
        elif character == ";" and not quoted:
            return at
    return None
