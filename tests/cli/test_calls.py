"""`offhook calls` lists what is on record."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from offhook.cli.calls import calls

NOW = datetime.now(UTC)


def entry(hours: float, **more: object) -> dict[str, object]:
    """A record of a call so long ago."""
    began = (NOW - timedelta(hours=hours)).isoformat(timespec="seconds")
    usual = {"began": began, "answered": began, "caller": "a", "caller_id": "201", "number": "202", "destination": "b"}
    return {**usual, "seconds": 60.5, "sent": 10, "received": 2000, "rate": 2400, "cause": "normal", **more}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    old, new = [entry(100, number="old")], [entry(3, number="\x1b[2J", answered=None, cause="busy"), entry(1)]
    (tmp_path / "calls.jsonl.1").write_text("".join(json.dumps(each) + "\n" for each in old))
    (tmp_path / "calls.jsonl").write_text("".join(json.dumps(each) + "\n" for each in new))
    (tmp_path / "o.toml").write_text('[calls]\nfile = "calls.jsonl"\n')
    (tmp_path / "none.toml").write_text('[calls]\nfile = ""\n')
    return tmp_path


def run(*words: str) -> Result:
    return CliRunner().invoke(calls, words)


def test_calls_are_listed_oldest_first_with_all_that_is_known(folder: Path):
    result = run()
    assert result.exit_code == 0
    head, *rows = result.output.splitlines()
    assert head.split() == ["began", "caller", "number", "to", "talked", "sent", "received", "rate", "cause"]
    assert [row.split()[4] for row in rows] == ["old", "?[2J", "202"]
    assert rows[2].split()[2:] == ["a", "201", "202", "b", "60.5", "s", "10", "2000", "2400", "normal"]


def test_nothing_on_record_drives_the_terminal(folder: Path):
    assert "\x1b" not in run().output


@pytest.mark.parametrize(
    ("since", "count"), [("2h", 1), ("4h", 2), ("1w", 3), ("1999-12-31", 3), ("2999-01-01T00:00", 0)]
)
def test_since_leaves_out_what_was_before(folder: Path, since: str, count: int):
    assert len(run("--json", "--since", since).output.splitlines()) == count


def test_json_is_what_is_on_record(folder: Path):
    assert json.loads(run("--json", "--last", "1").output)["sent"] == 10


def test_the_configuration_says_where_the_records_are(folder: Path):
    assert len(run("--json", "--config", "o.toml").output.splitlines()) == 3


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--since", "soon"], "is no time"),
        (["x", "--config", "o.toml"], "not both"),
        (["--config", "none.toml"], "keeps no records"),
    ],
)
def test_wrong_words_are_said_plainly(folder: Path, words: list[str], said: str):
    result = run(*words)
    assert result.exit_code == 2
    assert said in result.output


def test_records_that_are_not_there_are_said_to_be_missing_and_nothing_is_listed(folder: Path):
    result = run("missing.jsonl")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "missing.jsonl is not there: no call has been recorded" in result.stderr
