"""The benchmarks run, and their table says what was measured."""

import json
import sys
from pathlib import Path

import pytest

from bench.measures import ROWS
from bench.report import Results, percentile, ratios, table
from bench.run import main

# The least that is an emulator: OK to everything, CONNECT and the host's bytes to a dial command.
EMULATOR = """
import os, select, socket, sys, tty
master, slave = os.openpty()
tty.setraw(slave)
os.symlink(os.ttyname(slave), sys.argv[1])
call, line = None, b""
while True:
    for ready in select.select([master, call] if call else [master], [], [])[0]:
        if ready is master:
            data = os.read(master, 4096)
            if call:
                call.sendall(data)
                continue
            line += data
            if data.endswith(b"\\r"):
                where = line.strip().removeprefix(b"ATDT").decode()
                line = b""
                if ":" in where:
                    host, port = where.split(":")
                    call = socket.create_connection((host, int(port)))
                os.write(master, b"\\r\\nCONNECT\\r\\n" if call else b"\\r\\nOK\\r\\n")
        elif data := call.recv(4096):
            os.write(master, data)
        else:
            call = None
            os.write(master, b"\\r\\nNO CARRIER\\r\\n")
"""


@pytest.mark.needs("socat")
def test_one_short_run_measures_every_row_of_the_host_and_of_a_peer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "emulator.py").write_text(EMULATOR)
    peer = f"other={sys.executable} {tmp_path / 'emulator.py'} {{link}}"
    little = ["--rounds", "2", "--keys", "20", "--commands", "5", "--calls", "1", "--warm-up", "2"]
    times = tmp_path / "times.json"
    assert main([*little, "--peer", peer, "--json", str(times)]) == 0
    said = capsys.readouterr().out
    for row in ROWS.values():
        assert row.title in said
    found = json.loads(times.read_text())
    for name in ROWS:
        assert {"offhook", "other"} <= set(found[name])
    assert [len(each) for each in found["echo"]["socat"]] == [20, 20]


def test_a_ratio_is_taken_round_by_round_and_skips_rounds_that_one_side_has_not() -> None:
    assert ratios([[2.0], [6.0], [1.0]], [[1.0], [2.0]], 50) == [2.0, 3.0]


def test_a_percentile_is_one_of_the_times() -> None:
    times = [float(number) for number in range(1, 101)]
    assert percentile(times, 50) == 50
    assert percentile(times, 99) == 99
    assert percentile([7.0], 99) == 7


def test_the_table_compares_with_the_first_peer_that_has_the_row() -> None:
    results = Results()
    for who, seconds in (("offhook", 0.0002), ("socat", 0.0001)):
        results.add("echo", who, 0, seconds)
    results.add("at", "offhook", 0, 0.00005)
    at, echo, _ = table(results, "offhook").splitlines()[1:]
    assert at.split()[-2:] == ["50.0", "us"]
    assert echo.endswith("2.00 (2.00-2.00)  2.00 (2.00-2.00)  socat")
