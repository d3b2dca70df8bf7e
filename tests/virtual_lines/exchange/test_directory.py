"""The directory finds what a number leads to."""

import pytest

from offhook.virtual_lines.exchange import Directory, LineDestination, Quality, ServiceDestination, Subscription

MAIL, LINE = ServiceDestination("mail"), LineDestination("modem0")


def test_a_number_is_found_however_it_is_written():
    directory = Directory([("100", MAIL), ("555-0201", LINE)])
    assert directory.find("1-0-0") == MAIL
    assert directory.find("(555) 0201") == LINE


def test_an_unknown_number_and_no_number_lead_nowhere():
    directory = Directory([("100", MAIL)])
    assert directory.find("101") is None
    assert directory.find("") is None


def test_a_line_is_known_by_its_first_number():
    directory = Directory([("201", LINE), ("202", LINE), ("100", ServiceDestination("modem0"))])
    assert directory.number_of("modem0") == "201"
    assert directory.number_of("modem1") is None


def test_what_is_known_of_a_line_may_change():
    directory = Directory([("201", LINE)])
    assert directory.subscription("modem0") == Subscription()
    directory.subscribe("modem0", Subscription(name="SMITH J", quality=Quality(2400)))
    assert directory.subscription("modem0").quality == Quality(2400)
    assert directory.caller_id("modem0").name == "SMITH J"


@pytest.mark.parametrize("numbers", [("100", "1-0-0"), ("",), ("-",)])
def test_a_number_given_twice_or_empty_is_refused(numbers: tuple[str, ...]):
    with pytest.raises(ValueError, match="empty or there twice"):
        Directory((number, MAIL) for number in numbers)
