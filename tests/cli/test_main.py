import importlib
import inspect
import logging
import re
import signal
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path

import click
import pytest

from offhook.cli.main import COMMANDS, SUMMARIES, Commands, Printable
from tests.support.demo_host import ROOT, demo_host


def offhook(*words: str | Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "offhook", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def test_a_wrong_configuration_is_said_without_a_traceback(tmp_path: Path):
    file = tmp_path / "o.toml"
    file.write_text("[telnet]\nlisten = 2323\n")
    result = offhook("serve", "--config", file)
    assert result.returncode == 1
    assert result.stderr.strip() == (
        f"{file}:2: telnet.listen: write text in quotes (HOST:PORT; port 0 picks a free one)"
    )


def test_a_port_in_use_is_said_without_a_traceback(tmp_path: Path):
    file = tmp_path / "o.toml"
    file.write_text('[smtp]\nlisten = "192.0.2.1:25"\n')
    result = offhook("serve", "--config", file)
    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    assert result.stderr.strip()


def test_the_help_names_each_command_in_its_order_with_a_whole_sentence():
    assert list(SUMMARIES) == list(COMMANDS)
    lines = offhook("--help").stdout.splitlines()
    for name, summary in SUMMARIES.items():
        assert f"  {name.ljust(max(map(len, SUMMARIES)))}  {summary}" in lines


def test_the_version_is_told():
    assert offhook("--version").stdout.startswith("offhook, version 0.")


def test_a_second_demo_in_one_folder_is_refused_and_the_first_goes_on(tmp_path: Path):
    with demo_host(tmp_path / "demo") as host:
        result = offhook("demo", "--directory", host.directory, "--telnet-port", "0", "--smtp-port", "0")
        assert result.returncode == 1
        assert "A demo host is running in" in result.stderr
        assert (host.directory / "ready").exists()


def test_closing_the_terminal_window_ends_a_host_as_cleanly_as_ctrl_c(tmp_path: Path):
    with demo_host(tmp_path / "demo") as host:
        host.process.send_signal(signal.SIGHUP)
        assert host.process.wait(60) == 0
        assert not (host.directory / "ready").exists()
        assert not (host.directory / "modem0").is_symlink()


def test_a_link_that_is_in_use_and_an_account_file_that_is_broken_are_one_sentence(tmp_path: Path):
    file = tmp_path / "o.toml"
    file.write_text('[[line]]\nname = "a"\nport = "pty:taken"\nnumber = "1"\n')
    (tmp_path / "taken").write_text("a file")
    result = offhook("serve", "--config", file)
    assert result.returncode == 1
    assert result.stderr.startswith("offhook: ")
    assert "internal error" not in result.stderr
    (tmp_path / "accounts").write_bytes(b"\xff\n")
    result = offhook("mail", "--account", "x", "--config", file)
    assert result.returncode == 1
    assert "is not UTF-8" in result.stderr
    assert "internal error" not in result.stderr


def test_what_a_client_sends_cannot_drive_the_terminal_through_the_log():
    record = logging.LogRecord("x", logging.WARNING, "f", 1, "said %s", ("\x1b]0;pwn\x07\x9b2J\u202eok",), None)
    assert Printable("%(message)s").format(record) == "said \\x1b]0;pwn\\x07\\x9b2J\\u202eok"


def test_every_command_loads_when_it_is_wanted_and_has_a_line_in_the_help():
    group = Commands()
    context = click.Context(group)
    commands = {name: group.get_command(context, name) for name in group.list_commands(context)}
    assert all(command is not None and command.get_short_help_str() for command in commands.values())
    modules = {path.stem for path in Path(inspect.getfile(Commands)).parent.glob("*.py")}
    defining = {
        name
        for name in modules
        if isinstance(getattr(importlib.import_module(f"offhook.cli.{name}"), name, None), click.Command)
    }
    assert defining == set(COMMANDS.values())
    assert group.get_command(context, "no-such-command") is None


@pytest.mark.parametrize(
    "broken",
    ["option before the command", "option", "no value", "module gone", "package gone", "click gone", "output closed"],
)
def test_a_mail_server_is_told_to_try_again_whatever_is_wrong_with_the_command_or_its_installation(
    broken: str, tmp_path: Path
):
    words = ["deliver", "--config", str(tmp_path / "none.toml"), "alice"]
    setup = ConfigParser()
    setup.read(ROOT / "setup.cfg")
    [module] = re.findall(r"(?m)^offhook = (offhook\S+):main$", setup["options.entry_points"]["console_scripts"])
    program = f"from {module} import main; main()"
    match broken:
        case "option before the command":
            words.insert(0, "--nonsense")
        case "option":
            words.insert(1, "--nonsense")
        case "no value":
            words = ["deliver", "--config"]
        case "module gone":
            program = f"import sys; sys.modules['offhook.cli.deliver'] = None; {program}"
        case "click gone":
            program = f"import sys; sys.modules['click'] = None; {program}"
        case "package gone":  # not even the classes that the last word on an error needs can be loaded
            program = f"import sys; sys.modules['offhook.mailbox.accounts'] = None; {program}"
        case _:
            program = f"import os; reading, writing = os.pipe(); os.close(reading); os.dup2(writing, 2); {program}"
    command = [sys.executable, "-c", program, *words]
    ended = subprocess.run(command, input=b"x", capture_output=True, timeout=60, check=False)
    assert ended.returncode == 75, ended.stderr
    assert b"Traceback" not in ended.stderr
    assert ended.stderr or broken == "output closed"
