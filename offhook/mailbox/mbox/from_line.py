"""The `From ` line that opens a letter in an mbox: told from a line of text, read, and written.

RFC 4155 says how it should look. A line opens a letter when it is `From `, a sender that may be missing or 8-bit, and a
date: asctime's, with or without a weekday, seconds, zones before or after the year, a year of two digits, or a date as
in a header. Times without a zone are local, as Postfix, Dovecot and procmail write them.
"""

import re
from datetime import UTC, datetime, timedelta, timezone

MAX_FROM_LINE = 1000
"""Bytes of a line that is looked at as a `From ` line."""

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_ZONE = rb"(?:[+-]\d{4}|[A-Z]{1,5}(?:[ ]DST)?)"
_CLOCK = rb"(?P<%s>\d{1,2}:\d\d(?::\d\d)?)"
_MONTH = rb"(?P<%s>" + "|".join(_MONTHS).encode() + rb")"
_ASCTIME = (
    (_MONTH % b"month") + rb"[ ]+(?P<day>\d{1,2})[ ]+" + (_CLOCK % b"clock")
    + rb"(?:[ ]+(?P<zone>" + _ZONE + rb"))?[ ]+(?P<year>\d{4}|\d\d)(?:[ ]+(?P<zone_after>" + _ZONE + rb"))?"
)  # fmt: skip
_HEADER_DATE = (
    rb"(?P<day2>\d{1,2})[ ]+" + (_MONTH % b"month2") + rb"[ ]+(?P<year2>\d{4}|\d\d)[ ]+" + (_CLOCK % b"clock2")
    + rb"(?:[ ]+(?P<zone2>" + _ZONE + rb"))?"
)  # fmt: skip
_FROM_LINE = re.compile(
    rb"From (?P<sender>[^\n]*?)[ \t]*(?:\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),?[ ]+)?"
    rb"(?<![^ \t])(?:" + _ASCTIME + rb"|" + _HEADER_DATE + rb")(?![^\s])[^\n]*",
    re.IGNORECASE,
)
_ZONES = {b"EST": -5, b"EDT": -4, b"CST": -6, b"CDT": -5, b"MST": -7, b"MDT": -6, b"PST": -8, b"PDT": -7}
_ZONES |= {b"GMT": 0, b"UT": 0, b"UTC": 0, b"Z": 0, b"CET": 1, b"CEST": 2, b"MET": 1, b"MEST": 2}
_LATEST = 250_000_000_000.0  # in the year 9892: what a date can say
_UNFIT = re.compile(rb"[\x00-\x20\x7f]+")


def is_from_line(line: bytes) -> bool:
    """Whether a line, with or without its end, opens a letter."""
    return line.startswith(b"From ") and _FROM_LINE.match(line) is not None


def arrival(line: bytes) -> float | None:
    """When the letter arrived by its `From ` line, in seconds since 1970; None when it does not say."""
    found = _FROM_LINE.match(line)
    if found is None:
        return None
    day, month, year, clock, zone = (
        found["day"] or found["day2"],
        found["month"] or found["month2"],
        found["year"] or found["year2"],
        (found["clock"] or found["clock2"]).split(b":"),
        found["zone_after"] or found["zone"] or found["zone2"],
    )
    full_year = int(year) if len(year) > 2 else int(year) + (1900 if int(year) >= 70 else 2000)
    hour, minute, second, *_ = [*map(int, clock), 0]
    try:
        number = _MONTHS.index(month.lower().decode()) + 1
        local = datetime(full_year, number, int(day), hour, minute, min(second, 59))
        away = _offset(zone)
        return (local if away is None else local.replace(tzinfo=away)).timestamp()
    except (ValueError, OverflowError, OSError):
        return None


def _offset(zone: bytes | None) -> timezone | None:
    if not zone:
        return None
    if zone[:1] in b"+-":
        minutes = int(zone[1:3]) * 60 + int(zone[3:5])
        return timezone(timedelta(minutes=-minutes if zone[:1] == b"-" else minutes))
    hours = _ZONES.get(zone.upper())
    return UTC if hours == 0 else None if hours is None else timezone(timedelta(hours=hours))


def make_from_line(sender: bytes, arrived: float) -> bytes:
    """The line for a letter of `sender` (`MAILER-DAEMON` for none), with its line feed; the time is local."""
    when = datetime.fromtimestamp(int(min(max(arrived, 0), _LATEST)))
    fit = _UNFIT.sub(b"-", sender)[:320] or b"MAILER-DAEMON"
    date = (
        f"{_WEEKDAYS[when.weekday()]} {_MONTHS[when.month - 1].title()} {when.day:2d} {when:%H:%M:%S} {when.year:04d}"
    )
    return b"From " + fit + b" " + date.encode() + b"\n"
