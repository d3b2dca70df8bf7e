"""A letter's heading read from its header section: by one look where it is ordinary, by the whole reader elsewhere."""

import re
from collections.abc import Mapping
from datetime import date
from types import MappingProxyType

from offhook.mailbox.letters.catalog import Heading
from offhook.mailbox.letters.header import read_headers
from offhook.mailbox.letters.summary import sender_in, sent_at

_PRINTABLE = bytes(range(32, 127)) + b"\t\n"
_NO_FIELD = re.compile(rb"\n(?!(?!--)[!-9;-~]{1,200}+:|[ \t]++[!-~])")
_SENDER = re.compile(r"(?:([\w!#$%&'*+/=?^`{|}~-]+(?: [\w!#$%&'*+/=?^`{|}~-]+)*) )?<([\w.+-]+@[\w.-]+)>")
_DATE = re.compile(r"(?:[A-Za-z]{3}, )?([ \d]?\d) ([A-Z][a-z]{2}) (\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)")
_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTHS: Mapping[str, int] = MappingProxyType({name: number for number, name in enumerate(_NAMES, 1)})
_EPOCH = date(1970, 1, 1).toordinal()
_LONGEST = 8192


Fields = tuple[str, str, str, str]
"""Sender's name, sender's address, subject and date of a letter, as texts."""


def heading_in(head: bytes) -> Heading:
    """The heading of a letter from its header section (or from all of it); nothing in it raises."""
    return heading_of(heading_fields(head))


def heading_of(fields: Fields) -> Heading:
    """The heading that these fields make."""
    name, address, subject, date_text = fields
    return Heading(name, address, subject, _moment(date_text))


def heading_fields(head: bytes) -> Fields:
    """What a heading is made of; the date is not looked into yet, which is for the letters that are shown."""
    return _quickly(head) or _carefully(head)


def _carefully(head: bytes) -> Fields:
    headers, _ = read_headers(head)
    name, address = sender_in(headers)
    return name, address, headers.text("subject"), headers.text("date")


def _quickly(head: bytes) -> Fields | None:
    """The fields of a heading of ASCII without encoded words, its address of the usual form; None for any other."""
    end = head.find(b"\n\n")
    section = head if end < 0 else head[: end + 1]
    if len(section) > _LONGEST or b"=?" in section or not section.endswith(b"\n") or section[:1] in (b" ", b"\t"):
        return None
    small = b"\n" + section.lower()
    if section.translate(None, _PRINTABLE) or _NO_FIELD.search(small, 0, len(small) - 1):
        return None
    sender = _SENDER.fullmatch(_value(section, small, b"\nfrom:"))
    if sender is None:
        return None
    subject, date_text = _value(section, small, b"\nsubject:"), _value(section, small, b"\ndate:")
    return sender[1] or "", sender[2], subject, date_text


def _value(section: bytes, small: bytes, name: bytes) -> str:
    """The value of the first field of that name, unfolded; `small` is a line end and the section in small letters."""
    at = small.find(name)
    if at < 0:
        return ""
    start = at + len(name) - 1
    end = section.find(b"\n", start)
    while section[end + 1 : end + 2] in (b" ", b"\t"):
        end = section.find(b"\n", end + 1)
    return section[start:end].replace(b"\n", b"").strip(b" \t").decode("ascii")


def _moment(text: str) -> float | None:
    found = _DATE.fullmatch(text)
    if found is None or found[2] not in _MONTHS:
        return sent_at(text)
    day, month, year, hour, minute, second, sign, east_hours, east_minutes = found.groups()
    if not (hour < "24" and minute < "60" and second < "60" and year >= "1000" and east_hours < "24"):
        return sent_at(text)
    try:
        days = date(int(year), _MONTHS[month], int(day)).toordinal() - _EPOCH
    except ValueError:
        return None
    east = int(east_hours) * 3600 + int(east_minutes) * 60
    clock = int(hour) * 3600 + int(minute) * 60 + int(second)
    return float(days * 86_400 + clock + (east if sign == "-" else -east))
