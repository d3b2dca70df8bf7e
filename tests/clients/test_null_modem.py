"""`offhook null-modem`: what people use socat for, with the faults of a real cable."""

import os
import random
import signal
import subprocess
import sys
import time
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import serial

from tests.support.line_client import LineClient
from tests.support.programs import path_of

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
        deadline = time.monotonic() + 30
        while "Ready" not in output.read_text():
            assert process.poll() is None, output.read_text()
            assert time.monotonic() < deadline
            time.sleep(0.02)
        yield output.read_text().split("\n")[0].split(" <-> ")
        process.send_signal(signal.SIGTERM)
        assert process.wait(15) == 0, output.read_text()
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
def test_zmodem_brings_a_file_over_a_noisy_line(home: Path) -> None:
    content = random.Random(1).randbytes(20_000)
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
                receive, stdin=terminals[1], stdout=terminals[1], stderr=quiet, cwd=home / "in"
            )
            sending = subprocess.Popen(send, stdin=terminals[0], stdout=terminals[0], stderr=quiet)
            try:
                assert sending.wait(90) == 0
                assert receiving.wait(90) == 0
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
        one, other = (serial.serial_for_url(end.replace("rfc2217:", "rfc2217://"), timeout=5) for end in ends)
        try:
            for level in (True, False, True):
                one.dtr = level
                one.rts = level
                deadline = time.monotonic() + 10
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
        one.type("x" * 90)
        began = time.monotonic()
        other.take(90)
        assert time.monotonic() - began > 2.5
