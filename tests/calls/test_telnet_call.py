"""Calls that come by Telnet."""

from tests.support.demo_host import DemoHost
from tests.support.mail_session import PROMPT, echoed_the_password, log_in, read_the_first_letter
from tests.support.telnet_caller import TelnetCaller

LONG_LETTER = "7"


def lines_of_the_first_page(caller: TelnetCaller) -> int:
    """Begin to read the long letter; how many lines came before the pager stopped."""
    start = len(caller.heard)
    caller.type(f"{LONG_LETTER}\r")
    caller.expect("does not fit on a screen")
    caller.expect(r"More\? ")
    lines = caller.heard[start:].count("\n")
    caller.type("q")
    caller.expect(PROMPT)
    return lines


def test_a_telnet_call_from_login_to_close(host: DemoHost) -> None:
    with TelnetCaller(host.telnet) as caller:
        log_in(caller)
        assert not echoed_the_password(caller.heard)
        read_the_first_letter(caller)
        caller.type("q\r")
        caller.expect("(?i)goodbye")
        caller.hung_up()


def test_the_window_a_telnet_caller_tells_sets_the_length_of_a_page(host: DemoHost) -> None:
    pages = {}
    for rows in (10, 24, 40):
        with TelnetCaller(host.telnet, rows=rows) as caller:
            log_in(caller)
            pages[rows] = lines_of_the_first_page(caller)
    assert all(rows - 4 <= lines <= rows for rows, lines in pages.items()), pages


def test_a_window_resized_during_the_call_sets_the_length_of_the_next_page(host: DemoHost) -> None:
    with TelnetCaller(host.telnet, rows=40) as caller:
        log_in(caller)
        assert lines_of_the_first_page(caller) > 24
        caller.resize(80, 12)
        assert lines_of_the_first_page(caller) <= 12


def test_a_telnet_caller_and_a_modem_caller_may_read_the_same_mail(host: DemoHost) -> None:
    with TelnetCaller(host.telnet) as one, TelnetCaller(host.telnet) as other:
        log_in(one)
        log_in(other)
        read_the_first_letter(one)
        read_the_first_letter(other)
