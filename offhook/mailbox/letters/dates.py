"""Dates in letters: read tolerantly from a `Date` field, written strictly (RFC 5322 3.3)."""

import re
from datetime import UTC, datetime, timedelta, timezone

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DATE = re.compile(
    r"(?:[a-z]{3,9}\s*,?\s*)?(\d{1,2})[\s-]+([a-z]{3})[a-z]{0,6}[\s-]+(\d{2,4})\s+"
    r"(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\.\d{1,9})?\s*([+-]\d{4}|[a-z]{1,5})?",
    re.IGNORECASE,
)
_ZONES = (("EST", -300), ("EDT", -240), ("CST", -360), ("CDT", -300), ("MST", -420), ("MDT", -360), ("PST", -480))
_MAX_CHARACTERS = 200


def parse_date(text: str) -> datetime | None:
    """The moment a `Date` field names, with its own offset from UTC; None when it names none.

    Two-digit years, a missing weekday, seconds or zone, and the zone names of RFC 5322 4.3 are understood.
    """
    found = _DATE.search(text[:_MAX_CHARACTERS])
    if not found:
        return None
    day, month, year, hour, minute, second, zone = found.groups()
    try:
        return datetime(
            _full_year(int(year)),
            [name.lower() for name in _MONTHS].index(month.lower()) + 1,
            int(day),
            int(hour),
            int(minute),
            min(int(second or 0), 59),  # a leap second is shown as the one before it
            tzinfo=timezone(timedelta(minutes=_offset(zone or ""))),
        )
    except (ValueError, OverflowError):
        return None


def _full_year(year: int) -> int:
    """Two- and three-digit years as RFC 5322 4.3 reads them."""
    if year < 50:
        return year + 2000
    return year + 1900 if year < 1000 else year


def _offset(zone: str) -> int:
    """Minutes east of UTC; an unknown name counts as UTC."""
    if zone[:1] in ("+", "-"):
        minutes = int(zone[1:3]) * 60 + int(zone[3:5])
        return -minutes if zone[0] == "-" else minutes
    return dict(_ZONES, PDT=-420).get(zone.upper(), 0)


def format_date(moment: datetime) -> str:
    """`Tue, 24 Nov 2026 09:05:00 +0100`, in English whatever the locale; a moment without zone is taken as UTC."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (
        f"{_DAYS[moment.weekday()]}, {moment.day:02} {_MONTHS[moment.month - 1]} {moment.year:04} "
        f"{moment:%H:%M:%S} {moment:%z}"[:31]
    )
