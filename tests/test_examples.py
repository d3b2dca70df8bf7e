"""The examples pass for those who run them, and the plugin is no burden to those who do not use it."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "examples"
FOLDERS = sorted(path.name for path in EXAMPLES.iterdir() if list(path.glob("test_*.py")))


def run_pytest(folder: Path, *options: str) -> str:
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", *options]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "COV"))}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=250)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_five_examples_pass():
    assert len(FOLDERS) == 5
    output = run_pytest(EXAMPLES, "-rA")
    for folder in FOLDERS:
        assert re.search(rf"^PASSED {folder}/test_", output, re.MULTILINE), folder


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_page_shows_each_example(folder: str):
    page = (ROOT / "docs" / "testing-with-offhook.md").read_text(encoding="utf-8")
    assert f"../examples/{folder}" in page


def test_what_the_page_shows_is_what_the_fixtures_do(tmp_path: Path):
    page = (ROOT / "docs" / "testing-with-offhook.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    assert len(blocks) >= 3
    for number, block in enumerate(blocks):
        (tmp_path / f"test_page{number}.py").write_text(block, encoding="utf-8")
    assert " passed" in run_pytest(tmp_path)


def test_the_plugin_imports_nothing_before_a_fixture_is_asked_for(tmp_path: Path):
    (tmp_path / "test_plain.py").write_text(
        "import sys\n\n\n"
        "def test_nothing_came_along():\n"
        "    came = {name for name in sys.modules if name.split('.')[0] in ('offhook', 'serial', 'pydantic')}\n"
        "    assert came == {'offhook', 'offhook.pytest_plugin'}\n"
    )
    run_pytest(tmp_path)


def test_what_the_modems_did_is_shown_behind_a_test_that_failed(tmp_path: Path):
    (tmp_path / "test_failing.py").write_text(
        "def test_failing(turned_clock, modem):\n"
        "    port = modem.open()\n"
        "    port.write(b'ATDT123\\r')\n"
        "    assert port.read(100) == b'CONNECT'\n"
    )
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=250)
    assert done.returncode == 1
    shown = done.stdout.partition("modem transcript")[2]
    assert "1000.000000 > DteSent(data=b'ATDT123\\r')" in shown
    assert "< Dial(" in shown


def test_a_project_keeps_its_own_fixtures_of_the_same_name(tmp_path: Path):
    (tmp_path / "conftest.py").write_text(
        "import pytest\n\n\n@pytest.fixture\ndef modem():\n    return 'ours'\n\n\n"
        "@pytest.fixture\ndef exchange(modem):\n    return modem\n"
    )
    (tmp_path / "test_own.py").write_text("def test_ours(exchange):\n    assert exchange == 'ours'\n")
    run_pytest(tmp_path)
