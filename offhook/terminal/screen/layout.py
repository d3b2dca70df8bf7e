"""Text laid out for a width: wrapping, and one line for a letter in the index.

Nothing is ever put in the last column: some terminals go to the next line there by themselves,
some do not. Lines carry no blanks at their end, which cost time and show nothing. Text comes here
spelled in the terminal's charset already, since only then its width is known.
"""

from collections.abc import Iterable, Iterator

from wcwidth import wcwidth

from offhook.terminal.discipline import one_line, spell
from offhook.terminal.screen.capabilities import Capabilities

LONGEST_WRAPPED = 100_000
"""Characters of one line of text that are laid out; the rest is cut off and said to be."""
NAME_COLUMNS = 12
LEAST_SUBJECT = 15
"""Columns the subject must have before a date or a whole name is shown beside it."""
MOST_A_COLUMN = 4
"""Characters sent for each column of a line: marks without a width would make a line of any length else."""


def width(text: str) -> int:
    """Columns that `text` takes; text already cleaned."""
    return len(text) if text.isascii() else sum(max(wcwidth(character), 0) for character in text)


def _fitting(text: str, columns: int) -> str:
    """As much of the beginning of `text` as fits; looks at no more of it than that."""
    if text[: columns + 1].isascii():
        return text[:columns]
    used = 0
    text = text[: MOST_A_COLUMN * columns]
    for index, character in enumerate(text):
        used += max(wcwidth(character), 0)
        if used > columns:
            return text[:index]
    return text


def cut(text: str, columns: int) -> str:
    """As much of `text` as fits, without blanks at its end."""
    return _fitting(text, columns).rstrip()


def wrap(lines: Iterable[str], columns: int) -> Iterator[str]:
    """Lines wrapped at blanks to less than `columns`; quoted lines keep their marks on what is carried over."""
    room = max(columns - 1, 2)
    for line in lines:
        text = line[:LONGEST_WRAPPED].expandtabs(8).rstrip()
        if len(line) > LONGEST_WRAPPED:
            text += " [cut]"
        if len(_fitting(text, room)) == len(text):
            yield text
        else:
            yield from _wrapped(text, room)


def _wrapped(text: str, room: int) -> Iterator[str]:
    mark = _quote_mark(text)
    if width(mark) > room // 2:
        mark = ""
    room -= width(mark)
    at = len(mark)
    while at < len(text):
        piece = _piece(text, at, room)
        yield (mark + piece).rstrip()
        at += len(piece)
        while at < len(text) and text[at] == " ":
            at += 1


def _quote_mark(text: str) -> str:
    end = 0
    while end < len(text) and text[end] in "> ":
        end += 1
    return text[:end] if text[:1] == ">" else ""


def _piece(text: str, start: int, room: int) -> str:
    """The longest piece of `text` from `start` that fits, ended at a blank if there is one."""
    ahead = text[start : start + MOST_A_COLUMN * room + 1]
    head = _fitting(ahead, room) or ahead[:1]
    if len(head) == len(ahead):
        return head
    blank = len(head) if ahead[len(head)] == " " else head.rfind(" ")
    return head[:blank] if head[: max(blank, 0)].strip() else head


def index_row(number: int, mark: str, date: str, name: str, subject: str, terminal: Capabilities) -> str:
    """One letter on one line: number, mark, date, name, subject; a narrow one loses first the date, then the name."""
    room = terminal.columns - 1
    head = f"{number:2}{mark}"
    for day, name_columns in ((date, NAME_COLUMNS), ("", NAME_COLUMNS), ("", 8), ("", 0)):
        left = room - len(head) - (len(day) + 1 if day else 0) - (name_columns + 1 if name_columns else 0)
        if left >= LEAST_SUBJECT:
            break
    row = f"{head}{day} " if day else head
    if name_columns:
        shown = cut(one_line(spell(name, terminal.charset)), name_columns)
        row += shown + " " * (name_columns - width(shown) + 1)
    return cut(row + one_line(spell(subject, terminal.charset)), room)


def size(octets: int) -> str:
    """A size for people: 900 bytes, 12 kB, 3.4 MB."""
    if octets < 1000:
        return f"{octets} byte{'s' if octets != 1 else ''}"
    if octets < 999_500:
        return f"{octets / 1000:.0f} kB"
    return f"{octets / 1_000_000:.1f} MB"
