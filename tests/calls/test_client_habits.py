"""What terminal programs are known to send to a modem, and the ways of theirs that have broken emulators."""

import pytest

from tests.support.demo_host import DemoHost
from tests.support.line_client import LineClient
from tests.support.mail_session import log_in, read_the_first_letter

# Captured from the programs, or read in their sources.
INIT_STRINGS = {
    "minicom": ["AT S7=45 S0=0 L1 V1 X4 &c1 E1 Q0", "ATZ"],
    "cu and uucico": ["ATZ", "ATM0L0E1Q0", "ATM0H"],
    "C-Kermit hayes-2400": ["ATQ0H0", "ATQ0", "ATM1L2", "ATS2=43S7=70"],
    "C-Kermit generic": ["ATQ0V1"],
    "C-Kermit hayes-high-speed": ["AT&K3", "ATQ0X4N1Y0S37=0", "AT&Q5S36=7S48=7", "ATS46=2", "ATS2=43S7=15"],
    "chat": ["ATZ", "ATQ0V1E1S0=0&C1&D2"],
    "wvdial": ["ATZ", "ATQ0 V1 E1 S0=0 &C1 &D2 +FCLASS=0"],
    "wvdialconf": ["ATQ0 V1 E1", "ATQ0 V1 E1 Z", "ATQ0 V1 E1 S0=0 &C1 &D2", "ATI", "AT"],
    "mgetty": ["ATQ0V1H0", "AT", "ATM0L1E1Q0"],
    "Windows Unimodem": ["AT", "AT&FE0V1&C1&D2S0=0W1", "ATS7=60S30=0L0M1\\N3%C1&K3B0B15B2N1X4"],
}


@pytest.mark.parametrize("client", INIT_STRINGS)
def test_the_init_strings_of_a_client_are_accepted(host: DemoHost, client: str) -> None:
    with LineClient(host.modem0) as caller:
        for line in INIT_STRINGS[client]:
            caller.command(line)


@pytest.mark.parametrize("line", ["AT+CGMI", "AT+CPIN?", "AT+FCLASS=2.0", "AT+FAA=1;+FCR=1", "ATX9", "AT$NONSENSE"])
def test_what_is_not_there_is_an_error_at_once(host: DemoHost, line: str) -> None:
    with LineClient(host.modem0) as caller:
        caller.type(f"{line}\r")
        caller.expect(r"\r\nERROR\r\n")


def test_lines_that_end_in_cr_lf_dial_and_log_in(host: DemoHost) -> None:
    with LineClient(host.modem0) as caller:
        caller.type("AT\r\n")
        caller.expect(r"OK\r\n")
        caller.type(f"ATDT{DemoHost.MAIL_HOST}\r\n")
        caller.expect("CONNECT")
        caller.expect("login: ")
        caller.type("alice\r\n")
        caller.expect("password: ")
        caller.type("letmein\r\n")
        caller.expect(r"(?m)^\? ")
        caller.type("1\r\n")
        caller.expect("You have come by a telephone line")


def test_a_bare_return_and_noise_before_at_do_no_harm(host: DemoHost) -> None:
    with LineClient(host.modem0) as caller:
        caller.type("\r\r\r\x1b\x00\x11AAAAT\r")
        caller.expect(r"OK\r\n")
        assert "ERROR" not in caller.heard


def test_the_escape_glued_to_a_command_in_the_command_state_is_the_command(host: DemoHost) -> None:
    with LineClient(host.modem0) as caller:
        caller.type("+++ATQ0H0\r")
        caller.expect(r"OK\r\n")


def test_a_line_typed_ahead_of_the_result_is_answered_too(host: DemoHost) -> None:
    with LineClient(host.modem0) as caller:
        caller.type("ATE0\rATI0\rAT\r")
        for _ in range(3):
            caller.expect(r"\r\nOK\r\n")


def test_a_dial_string_with_the_dashes_and_spaces_of_print_dials(host: DemoHost) -> None:
    with LineClient(host.modem0) as caller:
        caller.type("atdt 1-0 0\r")
        caller.expect("CONNECT")
        log_in(caller)
        read_the_first_letter(caller)


def test_the_host_says_nothing_in_the_tenth_of_a_second_after_connect(host: DemoHost) -> None:
    # minicom throws away what comes in the same read as CONNECT. This test may itself be kept from looking for a while.
    for _ in range(10):
        with LineClient(host.modem0) as caller:
            caller.dial()
            was_silent = caller.silent(0.1)
            caller.expect("login: ")
        if was_silent:
            return
    pytest.fail("the host has never waited")


@pytest.mark.parametrize("times", [20])
def test_the_tty_can_be_closed_and_opened_between_calls(host: DemoHost, times: int) -> None:
    for _ in range(times):
        with LineClient(host.modem1) as caller:
            caller.dial()


def test_a_client_that_opens_at_once_hears_nothing_of_the_last_ones_hang_up(host: DemoHost) -> None:
    with LineClient(host.modem0) as caller:
        caller.dial()
    with LineClient(host.modem0) as caller:
        assert caller.silent(0.3)
        caller.command("AT")
