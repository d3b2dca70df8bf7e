import subprocess
import sys
from pathlib import Path


def offhook(*words: str | Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "offhook", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_a_wrong_configuration_is_said_without_a_traceback(tmp_path: Path):
    file = tmp_path / "o.toml"
    file.write_text("[telnet]\nlisten = 2323\n")
    result = offhook("serve", "--config", file)
    assert result.returncode == 1
    assert result.stderr.strip() == (
        f"{file}:2: telnet.listen: input should be a valid string (HOST:PORT; port 0 picks a free one)"
    )


def test_a_port_in_use_is_said_without_a_traceback(tmp_path: Path):
    file = tmp_path / "o.toml"
    file.write_text('[smtp]\nlisten = "192.0.2.1:25"\n')
    result = offhook("serve", "--config", file)
    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    assert result.stderr.strip()


def test_the_version_is_told():
    assert offhook("--version").stdout.startswith("offhook, version 0.")
