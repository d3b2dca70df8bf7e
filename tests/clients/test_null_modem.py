"""`offhook null-modem`: what people use socat for, with the faults of a real cable."""

import os
import random
import signal
import socket
import subprocess
import sys
import termios
import time
import tty
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import serial

from bench.pacing import measure
from offhook.virtual_lines.telnet import subnegotiation
from tests.support.line_client import LineClient
from tests.support.programs import path_of
from tests.support.remote_url import remote_url

ROOT = Path(__file__).parent.parent.parent


@contextmanager
def null_modem(home: Path, one: str, other: str, *options: str) -> Iterator[list[str]]:
    """The cable; the names of its ends. SIGTERM ends it."""
    output = home / "cable.out"
    command = [sys.executable, "-m", "offhook", "null-modem", one, other, *options]
    with output.open("wb") as out:
        process = subprocess.Popen(
            command, cwd=home, stdout=out, stderr=out, env={**os.environ, "PYTHONPATH": str(ROOT)}
        )
    try:
        deadline = time.monotonic() + 120
        while "Ready" not in output.read_text():
            assert process.poll() is None, output.read_text()
            assert time.monotonic() < deadline
            time.sleep(0.02)
        yield output.read_text().split("\n")[0].split(" <-> ")
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0, output.read_text()
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def test_two_programs_talk_over_a_pair_of_ttys(home: Path) -> None:
    with null_modem(home, "pty:./a", "pty:./b") as ends:
        assert ends == [str(home / "a"), str(home / "b")]
        with LineClient(ends[0]) as one, LineClient(ends[1]) as other:
            for near, far in ((one, other), (other, one)):
                near.type("hello\r")
                far.expect("hello\r")


@pytest.mark.needs("sz", "rz")
@pytest.mark.timeout(600)
@pytest.mark.parametrize("source", [0, 1])
def test_zmodem_brings_a_file_over_a_noisy_line_in_either_direction(home: Path, source: int) -> None:
    content = random.Random(1).randbytes(10_000)
    (home / "file").write_bytes(content)
    (home / "in").mkdir()
    with null_modem(home, "pty:./a", "pty:./b", "--noise", "1e-4", "--seed", "7") as ends:
        terminals = [os.open(end, os.O_RDWR | os.O_NOCTTY) for end in ends]
        try:
            for terminal in terminals:
                tty.setraw(terminal)
            receive = [path_of("rz"), "--zmodem", "--binary", "--overwrite"]
            send = [path_of("sz"), "--zmodem", "--binary", "--quiet", "--packetlen", "256", str(home / "file")]
            quiet = subprocess.DEVNULL
            receiving = subprocess.Popen(
                receive, stdin=terminals[1 - source], stdout=terminals[1 - source], stderr=quiet, cwd=home / "in"
            )
            sending = subprocess.Popen(send, stdin=terminals[source], stdout=terminals[source], stderr=quiet)
            try:
                assert sending.wait(250) == 0
                os.write(terminals[source], b"OO")  # sz flushes the tty behind these last two bytes of its own
                assert receiving.wait(250) == 0
            finally:
                for process in (sending, receiving):
                    process.kill()
                    process.wait()
        finally:
            for terminal in terminals:
                os.close(terminal)
    assert (home / "in" / "file").read_bytes() == content


@pytest.mark.filterwarnings("ignore:setDaemon:DeprecationWarning", "ignore:setName:DeprecationWarning")
def test_rfc_2217_ends_have_each_others_signals(home: Path) -> None:
    with null_modem(home, "rfc2217:127.0.0.1:0", "rfc2217:127.0.0.1:0") as ends:
        one, other = (serial.serial_for_url(remote_url(end), timeout=60) for end in ends)
        try:
            for level in (True, False, True):
                one.dtr = level
                one.rts = level
                deadline = time.monotonic() + 60
                while (other.dsr, other.cd, other.cts) != (level, level, level):
                    assert time.monotonic() < deadline
                    time.sleep(0.02)
            one.write(b"over")
            assert other.read(4) == b"over"
        finally:
            one.close()
            other.close()


def test_a_paced_line_is_as_slow_as_its_rate(home: Path) -> None:
    with (
        null_modem(home, "pty:./a", "pty:./b", "--rate", "300") as ends,
        LineClient(ends[0]) as one,
        LineClient(ends[1]) as other,
    ):
        began = time.monotonic()
        one.type("x" * 90)
        other.take(90)
        assert time.monotonic() - began > 2.5


@pytest.mark.filterwarnings("ignore:setDaemon:DeprecationWarning", "ignore:setName:DeprecationWarning")
def test_dtr_of_a_pty_crosses_when_a_program_comes_goes_and_sets_the_speed_to_nothing(home: Path) -> None:
    with null_modem(home, "pty:./a", "rfc2217:127.0.0.1:0") as ends:
        remote = serial.serial_for_url(remote_url(ends[1]), timeout=60)
        try:

            def lines_are(on: bool) -> None:
                deadline = time.monotonic() + 60
                while (remote.dsr, remote.cd, remote.cts) != (on, on, on):
                    assert time.monotonic() < deadline, f"the lines are not {on}"
                    time.sleep(0.02)

            lines_are(False)
            for _ in range(2):
                with LineClient(ends[0]) as program:
                    lines_are(True)
                    program.set_speed(termios.B0)
                    lines_are(False)
                    program.set_speed(termios.B9600)
                    lines_are(True)
                lines_are(False)
        finally:
            remote.close()


def test_framing_counts_in_the_pace(home: Path) -> None:
    with (
        null_modem(home, "pty:./a", "pty:./b", "--rate", "300", "--framing", "8E2") as ends,
        LineClient(ends[0]) as one,
        LineClient(ends[1]) as other,
    ):
        began = time.monotonic()
        one.type("x" * 25)
        other.take(25)
        assert time.monotonic() - began > 0.95


def test_a_framing_that_is_none_says_what_would_be(home: Path) -> None:
    command = [sys.executable, "-m", "offhook", "null-modem", "pty:./a", "pty:./b", "--framing", "9X1"]
    refused = subprocess.run(
        command, cwd=home, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    assert refused.returncode == 2
    assert "as in 8N1 or 7E1" in refused.stderr


def test_many_paced_lines_of_one_process_keep_their_rate_and_lose_nothing() -> None:
    pacing = measure(cables=10, rate=1200, seconds=1.0)
    assert len(pacing.ratios) == 10
    assert min(pacing.ratios) > 0.1
    assert max(pacing.ratios) < 1.001


@pytest.mark.filterwarnings("ignore:setDaemon:DeprecationWarning", "ignore:setName:DeprecationWarning")
def test_a_break_passes_between_rfc_2217_ends(home: Path) -> None:
    with null_modem(home, "rfc2217:127.0.0.1:0", "rfc2217:127.0.0.1:0") as ends:
        host, port = ends[1].removeprefix("rfc2217:").split(":")
        with (
            socket.create_connection((host, int(port)), timeout=60) as other,
            closing(serial.serial_for_url(remote_url(ends[0]), timeout=60)) as one,
        ):
            other.sendall(subnegotiation(44, bytes((10, 255))))  # tell of every state of the line
            heard = b""
            while subnegotiation(44, bytes((110, 255))) not in heard:
                heard += other.recv(4096)
            one.send_break(0.05)
            while not any(
                subnegotiation(44, bytes((106, state))) in heard for state in range(0x10, 0x100) if state & 0x10
            ):
                heard += other.recv(4096)
