"""`offhook control` and `offhook calls` beside a pool that runs, with calls on real ttys."""

import json
import subprocess
import sys
import urllib.request
from pathlib import Path

from tests.support.line_client import LineClient
from tests.support.pool_host import pool_host
from tests.support.serving import environment


def offhook(folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "offhook", *words]
    return subprocess.run(
        command, cwd=folder, env=environment(folder), capture_output=True, text=True, timeout=60, check=False
    )


def ordered(folder: Path, *words: str) -> str:
    """What the operator reads."""
    result = offhook(folder, "control", "ctl", *words)
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_an_operator_sees_rings_busies_dials_and_hangs_up(tmp_path: Path) -> None:
    options = ("--control", "ctl", "--metrics", "127.0.0.1:0", "--records", "calls.jsonl")
    with pool_host(tmp_path, ["pty:a", "pty:b"], *options) as pool:
        with LineClient(str(tmp_path / "a")) as a, LineClient(str(tmp_path / "b")) as b:
            a.command("AT")
            b.command("AT")
            assert [line.split() for line in ordered(tmp_path, "lines").splitlines()[1:]] == [
                ["a", "1", "idle", "no"],
                ["b", "2", "idle", "no"],
            ]
            ordered(tmp_path, "ring", "a", "60")
            a.expect(r"\r\nRING\r\n")
            ordered(tmp_path, "hangup", "a")
            ordered(tmp_path, "busy", "b", "on")
            a.type("ATDT2\r")
            a.expect(r"\r\nBUSY\r\n")
            ordered(tmp_path, "busy", "b", "off")
            b.command("ATS0=1")
            ordered(tmp_path, "trace", "on")
            ordered(tmp_path, "dial", "a", "2")
            a.expect(r"CONNECT \d+\r\n")
            b.expect(r"CONNECT \d+\r\n")
            ordered(tmp_path, "trace", "off")
            a.type("hello")
            b.expect("hello")
            assert ordered(tmp_path, "calls").splitlines()[1].split()[:3] == ["a", "2", "b"]
            ordered(tmp_path, "hangup", "a")
            a.expect(r"\r\nNO CARRIER\r\n")
            b.expect(r"\r\nNO CARRIER\r\n")
        assert "DialOrdered(number='2')" in (tmp_path / "ctl.trace").read_text()
        refused = offhook(tmp_path, "control", "ctl", "hangup", "a")
        assert (refused.returncode, refused.stderr) == (1, "Error: a has no call: it is idle\n")
        page = urllib.request.urlopen(pool.facts["metrics"], timeout=60).read().decode()
        assert 'offhook_calls_total{cause="busy"} 1\n' in page
        assert page.splitlines()[0] == ordered(tmp_path, "metrics").splitlines()[0]
        listed = offhook(tmp_path, "calls", "--json").stdout.splitlines()
        causes = [json.loads(line)["cause"] for line in listed]
        assert causes == ["cleared", "busy", "normal"]


def test_where_no_host_answers_is_said(tmp_path: Path) -> None:
    result = offhook(tmp_path, "control", "nowhere", "lines")
    assert result.returncode == 1
    assert result.stderr == "Error: nowhere: no host answers there: No such file or directory\n"
