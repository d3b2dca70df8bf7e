"""What `offhook control` shows of an answer."""

import importlib
from typing import Any

import pytest
from click.testing import CliRunner

control_module = importlib.import_module("offhook.cli.control")


def line(name: str, number: str | None) -> dict[str, Any]:
    return {"line": name, "number": number, "state": "idle", "made_busy": False}


def test_columns_stand_below_their_heads_however_long_a_name_is(monkeypatch: pytest.MonkeyPatch):
    answer = {"ok": True, "lines": [line("a", "1"), line("rfc2217-127-0-0-1-4001", "2"), line("\x1b[2Jx", None)]}
    monkeypatch.setattr(control_module, "_asked", lambda path, words: answer)
    result = CliRunner().invoke(control_module.control, ["ctl", "lines"])
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert {each.index("idle") for each in lines[1:]} == {lines[0].index("state")}
    assert lines[3].startswith("?[2Jx ")
