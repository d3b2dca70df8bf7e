"""A letter's heading read from its header section: by one look where it is ordinary, by the whole reader elsewhere."""

import re
from collections.abc import Mapping
from datetime import date
from types import MappingProxyType

from offhook.mailbox.letters.catalog import Heading
from offhook.mailbox.letters.header import read_headers
from offhook.mailbox.letters.summary import sender_in, sent_at

_ORDINARY = re.compile(rb"(?:(?!--)[!-9;-~]{1,200}[ \t]*+:[ -~\t]*+\n(?:[ \t]++[!-~][ -~\t]*+\n)*+)++\Z")
_WANTED = re.compile(rb"\n(from|subject|date)[ \t]*+:")
_VALUE = re.compile(rb"[^\n]*+(?:\n[ \t][^\n]*+)*+")
_SENDER = re.compile(r"(?:([\w!#$%&'*+/=?^`{|}~-]+(?: [\w!#$%&'*+/=?^`{|}~-]+)*) )?<([\w.+-]+@[\w.-]+)>")
_DATE = re.compile(r"(?:[A-Za-z]{3}, )?([ \d]?\d) ([A-Z][a-z]{2}) (\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)")
_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTHS: Mapping[str, int] = MappingProxyType({name: number for number, name in enumerate(_NAMES, 1)})
_EPOCH = date(1970, 1, 1).toordinal()
_LONGEST = 8192


def heading_in(head: bytes) -> Heading:
    """The heading of a letter from its header section (or from all of it); nothing in it raises."""
    return _quickly(head) or _carefully(head)


def _carefully(head: bytes) -> Heading:
    headers, _ = read_headers(head)
    name, address = sender_in(headers)
    return Heading(name, address, headers.text("subject"), sent_at(headers.text("date")))


def _quickly(head: bytes) -> Heading | None:
    """A heading of ASCII without encoded words, its address of the usual form; None for any other."""
    end = head.find(b"\n\n")
    section = head if end < 0 else head[: end + 1]
    if len(section) > _LONGEST or b"=?" in section or not _ORDINARY.match(section):
        return None
    values: dict[bytes, str] = {}
    for found in _WANTED.finditer(b"\n" + section.lower()):
        if found[1] not in values:
            value = _VALUE.match(section, found.end() - 1)
            values[found[1]] = value[0].replace(b"\n", b"").strip(b" \t").decode("ascii") if value else ""
    sender = _SENDER.fullmatch(values.get(b"from", ""))
    if sender is None:
        return None
    return Heading(sender[1] or "", sender[2], values.get(b"subject", ""), _moment(values.get(b"date", "")))


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
