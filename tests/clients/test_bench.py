"""The benchmarks run, and their table says what was measured and whether the aims are met."""

import json
import sys
from pathlib import Path

import pytest

from bench.measures import ROWS, Aim, percentile
from bench.payload import BLOCK, BLOCK_SIZE, DOUBLED, Inspector, piece
from bench.report import Results, ratios, table, unmet
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
def test_a_quick_run_measures_every_row_of_ours_and_what_a_peer_has(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "emulator.py").write_text(EMULATOR)
    peer = f"other={sys.executable} {tmp_path / 'emulator.py'} {{pty}}"
    values = tmp_path / "values.json"
    assert main(["--quick", "--rounds", "1", "--subject", peer, "--json", str(values)]) == 0, capsys.readouterr().out
    said = capsys.readouterr().out
    found = json.loads(values.read_text())
    for name, row in ROWS.items():
        assert row.title in said
        assert "offhook" in found[name]
    assert {"socat", "other"} <= set(found["up"])
    assert found["lines_lost"]["offhook"] == [0]


def test_the_subjects_take_turns_in_as_many_rounds_as_are_asked_for(tmp_path: Path) -> None:
    (tmp_path / "emulator.py").write_text(EMULATOR)
    peer = f"other={sys.executable} {tmp_path / 'emulator.py'} {{pty}}"
    values = tmp_path / "values.json"
    assert main(["--quick", "--measures", "answers", "--rounds", "2", "--subject", peer, "--json", str(values)]) == 0
    found = json.loads(values.read_text())
    assert [len(rounds) for rounds in found["at_p50"].values()] == [2, 2]


def test_a_ratio_is_taken_round_by_round_and_skips_rounds_that_one_side_has_not() -> None:
    assert ratios([2.0, 6.0, 1.0], [1.0, 2.0]) == [2.0, 3.0]
    assert ratios([2.0, None, 1.0], [1.0, 2.0, 0.0]) == [2.0]


def test_a_percentile_is_one_of_the_times() -> None:
    times = [float(number) for number in range(1, 101)]
    assert percentile(times, 50) == 50
    assert percentile(times, 99) == 99
    assert percentile([7.0], 99) == 7


def test_the_table_compares_with_the_first_peer_that_has_the_row_and_judges_the_median_ratio() -> None:
    results = Results()
    for number, ours in enumerate((90e6, 100e6, 97e6)):
        results.add("up", "offhook", number, ours)
        results.add("up", "socat", number, 100e6)
        results.add("telnet_up", "offhook", number, 80e6)
    results.add("lines_rss", "offhook", 0, 41)
    up, _, telnet, memory = table(results, "offhook").splitlines()[2:]
    assert "0.97 (0.90-1.00)" in up
    assert "| socat " in up
    assert "| yes |" in up
    assert "0.82 (0.80-0.89)" in telnet
    assert "| own raw |" in telnet
    assert "| no " in telnet
    assert "<= 40 KiB" in memory
    assert [title.split(",")[-1] for title in unmet(results, "offhook")] == [
        " to own raw",
        "many lines: memory that each adds",
    ]


def test_an_aim_is_met_at_its_limit() -> None:
    assert Aim(0.95, at_least=True).met(0.95)
    assert not Aim(0.95, at_least=True).met(0.94)
    assert Aim(1.3).met(1.3)
    assert not Aim(1.3).met(1.31)


def test_the_inspector_finds_a_byte_that_was_changed_or_lost_in_any_chunking() -> None:
    stream = BLOCK + BLOCK + BLOCK[:10]
    for size in (1000, 4095, 65536, 100_000, len(stream)):
        inspector = Inspector()
        for at in range(0, len(stream), size):
            inspector.take(stream[at : at + size])
        assert inspector.right
        assert inspector.count == len(stream)
    lost = Inspector()
    lost.take(stream[:5000] + stream[5001:9000])
    assert not lost.right


def test_a_piece_of_the_stream_may_go_over_the_end_of_a_block() -> None:
    assert piece(2 * BLOCK_SIZE - 3, 10) == BLOCK[-3:] + BLOCK[:7]
    assert piece(0, BLOCK_SIZE) == BLOCK
    assert len(DOUBLED) > BLOCK_SIZE
