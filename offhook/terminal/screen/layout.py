"""Text laid out for a width: wrapping, and one line for a letter in the index.

Nothing is ever put in the last column: some terminals go to the next line there by themselves,
some do not. Lines carry no blanks at their end, which cost time and show nothing.
"""

from collections.abc import Iterable, Iterator

from wcwidth import wcswidth, wcwidth

from offhook.terminal.discipline import one_line

LONGEST_WRAPPED = 100_000
"""Characters of one line of text that are laid out; the rest is cut off and said to be."""


def width(text: str) -> int:
    """Columns that `text` takes; text already cleaned."""
    return len(text) if text.isascii() else max(wcswidth(text), 0)


def cut(text: str, columns: int) -> str:
    """As much of `text` as fits."""
    if text.isascii():
        return text[:columns].rstrip()
    used = 0
    for index, character in enumerate(text):
        used += max(wcwidth(character), 0)
        if used > columns:
            return text[:index].rstrip()
    return text.rstrip()


def wrap(lines: Iterable[str], columns: int) -> Iterator[str]:
    """Cleaned lines wrapped at blanks to less than `columns`; quoted lines keep their marks on what is carried over."""
    room = max(columns - 1, 1)
    for line in lines:
        text = line[:LONGEST_WRAPPED].expandtabs(8).rstrip()
        if len(line) > LONGEST_WRAPPED:
            text += " [cut]"
        if width(text) <= room:
            yield text
        else:
            yield from _wrapped(text, room)


def _wrapped(text: str, room: int) -> Iterator[str]:
    mark = _quote_mark(text)
    if width(mark) > room // 2:
        mark = ""
    rest = text[len(mark) :] if mark else text
    room -= width(mark)
    while rest:
        piece = _piece(rest, room)
        yield (mark + piece).rstrip()
        rest = rest[len(piece) :].lstrip(" ") if len(piece) < len(rest) else ""


def _quote_mark(text: str) -> str:
    end = 0
    while end < len(text) and text[end] in "> ":
        end += 1
    return text[:end] if text[:1] == ">" else ""


def _piece(text: str, room: int) -> str:
    """The longest head of `text` that fits, ended at a blank if there is one."""
    head = text[:room] if text[: room + 1].isascii() else _fitting(text, room)
    if len(head) >= len(text):
        return text
    blank = head.rfind(" ") if text[len(head)] != " " else len(head)
    return head[:blank] if blank > 0 and head[:blank].strip() else head


def _fitting(text: str, room: int) -> str:
    used = 0
    for index, character in enumerate(text):
        used += max(wcwidth(character), 0)
        if used > room:
            return text[: max(index, 1)]
    return text


def index_row(number: int, mark: str, date: str, name: str, subject: str, columns: int) -> str:
    """One letter on one line: number, mark, date, name, subject; a narrow one loses first the date, then the name."""
    room = max(columns - 1, 8)
    head = f"{number:2}{mark}"
    for date_shown, name_columns in ((date, 12), ("", 12), ("", 8), ("", 0)):
        left = (
            room - width(head) - (len(date_shown) + 1 if date_shown else 0) - (name_columns + 1 if name_columns else 0)
        )
        if left >= 15 or not name_columns:
            break
    parts = [head + date_shown]
    if name_columns:
        shown = cut(one_line(name), name_columns)
        parts.append(shown + " " * (name_columns - width(shown)))
    parts.append(cut(one_line(subject), max(left, 0)))
    return cut(" ".join(parts) if date_shown else parts[0] + " ".join(parts[1:]), room)


def size(octets: int) -> str:
    """A size for people: 900 bytes, 12 kB, 3.4 MB."""
    if octets < 1000:
        return f"{octets} byte{'s' if octets != 1 else ''}"
    if octets < 1_000_000:
        return f"{octets / 1000:.0f} kB"
    return f"{octets / 1_000_000:.1f} MB"
