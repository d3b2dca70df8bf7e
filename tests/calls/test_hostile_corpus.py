"""Hostile letters through the real doors of a host, read on its real lines; and callers who go at any moment."""

import os
import random
import re
import smtplib
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from tests.support.demo_host import demo_host
from tests.support.hostile_letters import HostileLetter, hostile_letters
from tests.support.line_client import LineClient
from tests.support.mail_session import log_in
from tests.support.served_host import ServedHost, served_host
from tests.support.telnet_caller import TelnetCaller

CONFIG = """
[telnet]
listen = "127.0.0.1:0"
[smtp]
listen = "127.0.0.1:0"
[lmtp]
socket = "lmtp.sock"
[[number]]
number = "100"
to = "mail"
[[line]]
name = "modem"
port = "pty:modem"
number = "201"
[[line]]
name = "c64"
port = "pty:c64"
number = "202"
charset = "petscii"
"""
GOOD = b"From: friend@there.org\nSubject: good\n\nIt came through.\n"
PROMPT = r"[\r\n\x08\x9d]\? \Z"
REFUSED = range(500, 600)
"""A door may say no: to a NUL, a bare CR, a line that is too long."""


def address(host: ServedHost, service: str) -> tuple[str, int]:
    found = re.search(rf"(?m)^{service}: ([\d.]+):(\d+)$", host.said())
    assert found, host.said()
    return found[1], int(found[2])


def hand_in(server: smtplib.SMTP, hello: str, letters: Iterable[HostileLetter]) -> int:
    """Send letters as they are, with nothing mended on the way; how many were taken."""
    assert server.docmd(hello, "there.org")[0] == 250
    taken = 0
    for letter in letters:
        for line in ("MAIL FROM:<mallory@there.org>", "RCPT TO:<alice@localhost>", "DATA"):
            assert server.docmd(line)[0] < 400, line
        octets = letter.octets.replace(b"\r\n", b"\n").removesuffix(b"\n").replace(b"\n", b"\r\n")
        server.send(re.sub(rb"(?m)^\.", b"..", octets) + b"\r\n.\r\n")
        code, words = server.getreply()
        assert code == 250 or code in REFUSED, (letter.name, code, words)
        taken += code == 250
    server.close()
    return taken


def read_all(caller: LineClient | TelnetCaller, numbers: Iterable[int], petscii: bool = False) -> str:
    """List and read letters; what was heard meanwhile."""
    before = len(caller.heard)
    for number in numbers:
        for line in (f"f {number}", f"{number}"):
            caller.type(f"{line.swapcase() if petscii else line}\r")
            if caller.expect(rf"{PROMPT}|[Mm\xcd][Oo][Rr][Ee]\? \Z")[0].endswith("e? "):
                caller.type("Q" if petscii else "q")
                caller.expect(PROMPT)
    return caller.heard[before:]


def test_letters_from_every_door_are_read_on_every_kind_of_line_and_a_good_one_after_them(tmp_path: Path) -> None:
    letters = list(hostile_letters())
    by_file, by_smtp, by_lmtp = letters[::3], letters[1::3], letters[2::3]
    with served_host(tmp_path / "host", CONFIG, tuple(letter.octets for letter in by_file)) as host:
        taken = hand_in(smtplib.SMTP(*address(host, "smtp"), timeout=60), "EHLO", by_smtp)
        assert taken > len(by_smtp) / 2
        taken += hand_in(smtplib.LMTP(str(host.folder / "lmtp.sock"), timeout=60), "LHLO", by_lmtp)
        (host.folder / "mail" / "alice" / "new" / "1900000000.good.here").write_bytes(GOOD)
        count = len(by_file) + taken + 1
        with LineClient(str(host.folder / "modem")) as caller:
            caller.dial()
            log_in(caller)
            assert not re.findall("[^\r\n\b\x20-\x7e]", read_all(caller, range(1, count, 3)))
            caller.type("$\r")
            caller.expect("It came through")
        with LineClient(str(host.folder / "c64")) as caller:
            caller.dial()
            log_in_petscii(caller)
            heard = read_all(caller, range(2, count, 3), petscii=True)
            assert not re.findall("[^\r\x9d\x20-\x5e\xc1-\xda\xa4\xb3\xdd\xab\xb1]", heard)
        with TelnetCaller(address(host, "telnet"), rows=50) as caller:
            log_in(caller)
            caller.type("set charset=utf-8\r")
            caller.expect(PROMPT)
            heard = read_all(caller, range(3, count, 3)).encode("latin-1").decode("utf-8")
            assert not re.findall("[\0-\x07\t\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u2028-\u202e\u2066-\u2069\ufeff]", heard)
            caller.type("$\r")
            caller.expect("It came through")
        said = host.output.read_text(encoding="utf-8")
        assert "Traceback" not in said
        assert not re.findall("[\0-\x08\x0b-\x1f\x7f-\x9f]", said)


def log_in_petscii(caller: LineClient) -> None:
    caller.expect("LOGIN: ")
    caller.type("ALICE\r")
    caller.expect("PASSWORD: ")
    caller.type("LETMEIN\r")
    caller.expect(PROMPT)


STEPS = (
    ("login: ", "alice\r"),
    ("password: ", "letmein\r"),
    (r"\? ", "1\r"),
    (r"\? ", "h\r"),
    (r"\? ", "sea the\r"),
    (r"\? ", "m bob\r"),
    ("Subject: |Too many", "words\r"),
    ("helps|no such", "half a li"),
)


def test_callers_who_go_at_any_moment_leave_nothing_behind(tmp_path: Path) -> None:
    chance = random.Random(30)
    with demo_host(tmp_path / "demo") as host:

        def call(steps: int) -> None:
            telnet = chance.random() < 0.6
            with TelnetCaller(host.telnet) if telnet else LineClient(host.modem1) as caller:
                if isinstance(caller, LineClient):
                    caller.dial()
                for wanted, typed in STEPS[:steps]:
                    caller.expect(wanted)
                    caller.type(typed)

        for steps in range(len(STEPS) + 1):  # what is loaded and started at first use stays
            call(steps)
        before = settled(host.process.pid)
        for _ in range(30):
            call(chance.randrange(len(STEPS) + 1))
        deadline = time.monotonic() + 60
        while not no_more(after := belongings(host.process.pid), before):
            assert time.monotonic() < deadline, (before, after)
            time.sleep(0.1)
        assert "Traceback" not in host.said()


def no_more(after: tuple[list[str], int], before: tuple[list[str], int]) -> bool:
    """Whether nothing has been added to what there was."""
    return Counter(after[0]) <= Counter(before[0]) and after[1] <= before[1]


def settled(process: int) -> tuple[list[str], int]:
    """What a process has once that has not changed for a while."""
    deadline = time.monotonic() + 60
    last, since = belongings(process), time.monotonic()
    while time.monotonic() - since < 1.0:
        assert time.monotonic() < deadline, last
        time.sleep(0.1)
        if (now := belongings(process)) != last:
            last, since = now, time.monotonic()
    return last


def belongings(process: int) -> tuple[list[str], int]:
    """What a process has: its open files by kind, its children by number."""
    kinds = []
    for descriptor in os.listdir(f"/proc/{process}/fd"):
        try:
            kinds.append(re.sub(r"\d+", "", os.readlink(f"/proc/{process}/fd/{descriptor}")))
        except FileNotFoundError:
            continue
    children = sum(len(each.read_text().split()) for each in Path(f"/proc/{process}/task").glob("*/children"))
    return sorted(kinds), children
