from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.mailbox.letters import format_date, parse_date


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("Tue, 24 Nov 2026 09:05:00 +0100", 1795507500),
        ("24 Nov 2026 08:05 GMT", 1795507500),
        ("Tue, 24 Nov 26 03:05:00 EST (eastern)", 1795507500),
        ("Tue,  24-Nov-2026 00:05:00 PST", 1795507500),
        ("tue, 24 november 2026 08:05:00", 1795507500),
        ("1 Jan 1970 00:00:00 +0000", 0),
        ("1 Jan 99 00:00:00 Z", 915148800),
        ("31 Dec 2016 23:59:60 +0000", 1483228799),
    ],
)
def test_a_date_field_is_understood(text: str, seconds: int):
    moment = parse_date(text)
    assert moment is not None
    assert moment.timestamp() == seconds


@pytest.mark.parametrize(
    "text",
    ["", "yesterday", "32 Jan 2026 00:00:00", "1 Foo 2026 00:00", "1 Jan 2026 25:00:00", "1 Jan 2026 00:00 +9999"],
)
def test_what_is_no_date_is_none(text: str):
    assert parse_date(text) is None


offsets = st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(st.datetimes(datetime(1900, 1, 1), datetime(9999, 1, 1), timezones=offsets))
def test_a_written_date_reads_back(moment: datetime):
    assert parse_date(format_date(moment)) == moment.replace(microsecond=0)


def test_a_date_is_written_in_full():
    assert format_date(datetime(2026, 1, 2, 3, 4, 5)) == "Fri, 02 Jan 2026 03:04:05 +0000"
    assert format_date(datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)) == "Fri, 02 Jan 2026 03:04:05 +0000"


@given(st.text(max_size=60))
def test_any_text_is_a_date_field(text: str):
    parse_date(text)
