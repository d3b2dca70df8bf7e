"""Calls from one modem of the host to the other."""

import termios
import time

from tests.support.demo_host import DemoHost
from tests.support.line_client import LineClient


def connect(caller: LineClient, called: LineClient, number: str) -> None:
    """`caller` dials `number`, which rings `called`, who answers."""
    called.command("AT")
    caller.command("AT")
    caller.type(f"ATDT{number}\r")
    called.expect(r"\r\nRING\r\n")
    called.type("ATA\r")
    called.expect(r"CONNECT( \d+)?\r\n")
    caller.expect(r"CONNECT( \d+)?\r\n")


def test_two_modems_talk_until_one_hangs_up(host: DemoHost) -> None:
    with LineClient(host.modem0) as caller, LineClient(host.modem1) as called:
        connect(caller, called, DemoHost.NUMBER1)
        caller.type("from the caller")
        called.expect("from the caller")
        called.type("from the called")
        caller.expect("from the called")
        caller.escape()
        caller.command("ATH")
        called.expect(r"\r\nNO CARRIER\r\n")
        caller.command("AT")
        called.command("AT")


def test_the_called_may_hang_up_too(host: DemoHost) -> None:
    with LineClient(host.modem1) as caller, LineClient(host.modem0) as called:
        connect(caller, called, DemoHost.NUMBER0)
        called.escape()
        called.command("ATH")
        caller.expect(r"\r\nNO CARRIER\r\n")


def test_every_byte_value_crosses_a_call_unchanged_both_ways(host: DemoHost) -> None:
    every = "".join(map(chr, range(256))) * 40
    with LineClient(host.modem0) as caller, LineClient(host.modem1) as called:
        connect(caller, called, DemoHost.NUMBER1)
        for sender, receiver in ((caller, called), (called, caller)):
            before = len(receiver.heard)
            for start in range(0, len(every), 1024):
                sender.type(every[start : start + 1024])
                receiver.take(before + start + len(every[start : start + 1024]))
            assert receiver.heard[before:] == every


def test_a_call_comes_back_online_after_the_escape(host: DemoHost) -> None:
    with LineClient(host.modem0) as caller, LineClient(host.modem1) as called:
        connect(caller, called, DemoHost.NUMBER1)
        caller.escape()
        caller.command("AT")
        caller.command("ATO", r"CONNECT( \d+)?")
        called.type("still here?")
        caller.expect(r"still here\?")
        caller.type("still here.")
        called.expect(r"still here\.")


def test_a_modem_answers_by_itself_when_s0_says_so(host: DemoHost) -> None:
    with LineClient(host.modem0) as caller, LineClient(host.modem1) as called:
        called.command("ATS0=1")
        caller.dial(DemoHost.NUMBER1)
        called.expect(r"CONNECT( \d+)?\r\n")
        caller.type("hello")
        called.expect("hello")
        called.escape()
        called.command("ATH")
        called.command("ATZ")


def test_a_line_in_use_is_busy(host: DemoHost) -> None:
    with LineClient(host.modem0) as caller, LineClient(host.modem1) as other:
        other.dial()
        other.expect("login: ")
        caller.command("AT")
        caller.command(f"ATDT{DemoHost.NUMBER1}", "BUSY")


def test_ones_own_number_is_busy(host: DemoHost) -> None:
    with LineClient(host.modem0) as caller:
        caller.command("AT")
        caller.command(f"ATDT{DemoHost.NUMBER0}", "BUSY")


def test_an_unknown_number_gives_no_carrier(host: DemoHost) -> None:
    with LineClient(host.modem0) as caller:
        caller.command("AT")
        caller.command("ATDT5550123", "NO CARRIER")


def test_a_caller_who_gives_up_stops_the_ringing(host: DemoHost) -> None:
    with LineClient(host.modem0) as caller, LineClient(host.modem1) as called:
        called.command("AT")
        caller.command("AT")
        caller.type(f"ATDT{DemoHost.NUMBER1}\r")
        called.expect(r"\r\nRING\r\n")
        time.sleep(0.2)  # what comes within 125 ms of the dial command does not end the call
        caller.type("x")
        caller.expect(r"\r\nNO CARRIER\r\n")
        called.command("AT")
        caller.dial()


def test_closing_the_tty_hangs_up_and_frees_the_line_at_once(host: DemoHost) -> None:
    with LineClient(host.modem0) as caller, LineClient(host.modem1) as called:
        connect(caller, called, DemoHost.NUMBER1)
        caller.close()
        called.expect(r"\r\nNO CARRIER\r\n")
        with LineClient(host.modem0) as next_caller:
            connect(next_caller, called, DemoHost.NUMBER1)


def test_the_next_client_on_a_tty_does_not_hear_what_the_last_one_missed(host: DemoHost) -> None:
    with LineClient(host.modem1) as caller:
        caller.dial()
        caller.expect("login: ")
        caller.type("alice\r")
    with LineClient(host.modem1) as caller:
        caller.command("AT")
        assert "assword" not in caller.heard
        assert "NO CARRIER" not in caller.heard


def test_speed_zero_hangs_up(host: DemoHost) -> None:
    with LineClient(host.modem0) as caller, LineClient(host.modem1) as called:
        connect(caller, called, DemoHost.NUMBER1)
        caller.set_speed(termios.B0)
        called.expect(r"\r\nNO CARRIER\r\n")
        caller.set_speed(termios.B9600)
        caller.command("AT")
        caller.command(f"ATDT{DemoHost.MAIL_HOST}", r"CONNECT 9600")
