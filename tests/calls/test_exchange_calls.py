"""Whole calls through an exchange that has it all: groups, programs, hosts, withheld numbers, bad lines."""

import os
import pwd
import time
from collections.abc import Iterator

import pytest

from offhook.operations import read_records
from tests.support.config_host import ConfigHost, config_host
from tests.support.far_host import PROMPT, far_host
from tests.support.line_client import LineClient

USER = "nobody" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
CONFIG = """\
[exchange]
cadence = "uk"
ring_seconds = 3

[[line]]
name = "a"
port = "pty:a"
number = "201"
caller_name = "Alice"

[[line]]
name = "b"
port = "pty:b"
number = "202"

[[line]]
name = "c"
port = "pty:c"
number = "203"

[[group]]
name = "pool"
number = "300"
lines = ["b", "c"]
order = "circular"

[[number]]
number = "100"
to = "mail"

[[number]]
number = "500"
to = "exec:cat"

[[number]]
number = "501"
to = "exec:cat"
quality = "slow"

[[number]]
number = "502"
to = "exec:one-cat"

[[number]]
number = "222"
to = "line:b"
quality = "viewdata"

[[number]]
number = "223"
to = "line:b"
cadence = "double"

[[number]]
number = "600"
to = "not in service"

[[number]]
number = "700"
to = "raw:127.0.0.1:PORT"

[[program]]
name = "cat"
command = ["/bin/cat"]
user = "USER"

[[program]]
name = "one-cat"
command = ["/bin/cat"]
user = "USER"
limit = 1

[[quality]]
name = "slow"
rate = 300

[[quality]]
name = "viewdata"
rate = "1200/75"
"""


@pytest.fixture(scope="module")
def far(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a host elsewhere."""
    with far_host(tmp_path_factory.mktemp("far"), telnet=False) as port:
        yield port


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory, far: int) -> Iterator[ConfigHost]:
    folder = tmp_path_factory.mktemp("exchange")
    with config_host(folder, CONFIG.replace("USER", USER).replace("PORT", str(far))) as running:
        yield running


@pytest.fixture
def a(host: ConfigHost) -> Iterator[LineClient]:
    with LineClient(host.tty("a")) as client:
        client.command("ATZ")
        yield client


@pytest.fixture
def b(host: ConfigHost) -> Iterator[LineClient]:
    with LineClient(host.tty("b")) as client:
        client.command("ATZ")
        yield client


def last_record(host: ConfigHost, number: str) -> dict[str, object]:
    """The record of the last call to a number, as soon as it is there."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        file = host.folder / "calls.jsonl"
        found = [each for each in read_records(file) if each["number"] == number] if file.exists() else []
        if found:
            return found[-1]
        time.sleep(0.02)
    raise AssertionError(f"no call to {number} is on record")


def test_a_program_answers_and_its_end_is_the_end_of_the_call(host: ConfigHost, a: LineClient) -> None:
    a.type("ATDT500\r")
    a.expect(r"CONNECT \d+\r\n")
    a.type("hello there\r")
    a.expect("hello there\r\nhello there\r\n")
    a.type("\x04")
    a.expect("\r\nNO CARRIER\r\n")
    record = last_record(host, "500")
    assert (record["caller"], record["caller_name"], record["destination"]) == ("a", "Alice", "exec:cat")
    assert (record["cause"], record["sent"]) == ("normal", 13)
    assert isinstance(record["received"], int)
    assert record["received"] > 20


def test_a_program_that_runs_as_often_as_it_may_is_busy(a: LineClient, b: LineClient) -> None:
    a.type("ATDT502\r")
    a.expect(r"CONNECT \d+\r\n")
    b.type("ATDT502\r")
    b.expect("\r\nBUSY\r\n")
    a.escape()
    a.command("ATH")


def test_a_number_withheld_is_private_and_shown_it_has_the_name(a: LineClient, b: LineClient) -> None:
    b.command("AT+VCID=1")
    for dialled, number, name in (("202", "201", "Alice"), ("*67202", "P", "P")):
        a.type(f"ATDT{dialled}\r")
        b.expect(r"\r\nRING\r\n")
        b.expect(rf"NMBR = {number}\r\nNAME = {name}\r\n")
        a.type(" ")
        a.expect("NO CARRIER\r\n")


def test_a_group_rings_its_lines_in_turn(host: ConfigHost, a: LineClient, b: LineClient) -> None:
    with LineClient(host.tty("c")) as c:
        c.command("ATZ")
        rung = []
        for _ in range(2):
            a.type("ATDT300\r")
            before = {name: len(each.heard) for name, each in (("b", b), ("c", c))}
            deadline = time.monotonic() + 60
            while not (found := [n for n, each in (("b", b), ("c", c)) if "RING" in each.heard[before[n] :]]):
                assert time.monotonic() < deadline, "nobody was rung"
                b.silent(0.01)
                c.silent(0.01)
            rung += found
            a.silent(0.2)  # a key within 125 ms does not give up
            a.type(" ")
            a.expect("NO CARRIER\r\n")
            for each in (b, c):
                each.command("AT")  # there is nothing of this call's rings still to be heard
        assert sorted(rung) == ["b", "c"]


@pytest.mark.parametrize(("x", "told"), [(0, "NO CARRIER"), (2, "NO CARRIER"), (3, "BUSY"), (4, "BUSY")])
def test_busy_is_told_as_the_x_level_allows(a: LineClient, b: LineClient, x: int, told: str) -> None:
    a.command(f"ATX{x}")
    b.command("ATH1")
    a.type("ATDT202\r")
    a.expect(rf"\r\n{told}\r\n")
    b.command("ATH")
    for number in ("600", "999"):
        a.type(f"ATDT{number}\r")
        a.expect("\r\nNO CARRIER\r\n")


@pytest.mark.parametrize(("x", "told"), [(2, "NO CARRIER"), (3, "NO ANSWER")])
def test_a_number_that_rings_in_vain_is_given_up_when_the_exchange_says(a: LineClient, x: int, told: str) -> None:
    a.command(f"ATX{x}")
    a.type("ATDT203\r")
    a.expect(rf"\r\n{told}\r\n")


def test_not_in_service_and_unobtainable_are_told_apart_on_record(host: ConfigHost, a: LineClient) -> None:
    for number in ("600", "999"):
        a.type(f"ATDT{number}\r")
        a.expect("\r\nNO CARRIER\r\n")
    assert last_record(host, "600")["cause"] == "out of service"
    assert last_record(host, "999")["cause"] == "unobtainable"


def test_a_number_leads_to_a_host_though_the_lines_may_call_none(a: LineClient, far: int) -> None:
    a.type("ATDT700\r")
    a.expect(PROMPT)
    a.escape()
    a.command("ATH")
    a.type(f"ATDTraw:127.0.0.1:{far}\r")
    a.expect("\r\nNO CARRIER\r\n")


def test_300_bit_per_second_is_thirty_characters_a_second_and_connect_tells_it(host: ConfigHost, a: LineClient) -> None:
    a.type("ATDT501\r")
    a.expect(r"CONNECT\r\n")
    a.type("stty\r")  # one exchange before, so that the quiet after CONNECT is over
    a.expect("stty\r\nstty\r\n")
    begun, before = time.monotonic(), len(a.heard)
    a.type("0123456789" * 3 + "\r")
    a.take(before + 32 + 32)
    seconds = time.monotonic() - begun
    # The echo of the last character comes a character's time after it, and the line after that.
    assert seconds * 30 > 65 * 0.97
    a.type("\x04")
    a.expect("\r\nNO CARRIER\r\n")
    assert last_record(host, "501")["rate"] == 300


def seconds_for(text: str, sender: LineClient, receiver: LineClient) -> float:
    """How long it takes until a text has arrived."""
    begun = time.monotonic()
    sender.type(text)
    receiver.expect(text)
    return time.monotonic() - begun


def test_viewdata_is_quick_towards_the_caller_and_slow_from_it(a: LineClient, b: LineClient) -> None:
    a.command("AT+MR=1")
    b.command("AT+MR=1")
    a.type("ATDT222\r")
    b.expect(r"\r\nRING\r\n")
    b.type("ATA\r")
    a.expect(r"\+MRR: 75,1200\r\n\r\nCONNECT 1200\r\n")
    b.expect(r"\+MRR: 1200,75\r\n\r\nCONNECT 1200\r\n")
    rounds: list[float] = []
    while not rounds or (rounds[-1] > 12 and len(rounds) < 5):  # a busy machine makes it slower, though not each time
        rounds.append(seconds_for("x" * 120, b, a))
    assert min(rounds) > 0.9, "at 1200 bit/s it takes a second"
    assert rounds[-1] < 12, "at 75 bit/s it would take 16, each time"
    assert seconds_for("y" * 8, a, b) > 0.9, "at 1200 bit/s it would take a fifteenth"
    a.escape()
    a.command("ATH")
    b.expect("\r\nNO CARRIER\r\n")


def test_a_line_tells_its_numbers_apart_by_how_they_ring(a: LineClient, b: LineClient) -> None:
    b.command("AT-SDR=7")
    for number, ring in (("223", "RING2"), ("202", "RING")):  # the exchange rings as in Britain, but for 223
        for _ in range(5):  # a host that is kept from its processor in the middle of a ring makes another of it
            a.type(f"ATDT{number}\r")
            heard = b.expect(r"\r\n(RING\d?)\r\n")[1]
            a.type("x")
            a.expect(r"\r\nNO CARRIER\r\n")
            b.command("AT")
            if heard == ring:
                break
        assert heard == ring
