"""`offhook modem` with words that are wrong: a sentence, a status, and no traceback."""

import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from offhook.cli.modem import modem
from offhook.modem.hayes import PERSONALITIES, EscapeStyle
from offhook.modem.ports import PortError
from offhook.modem_pool import ModemPool, PoolOptions
from offhook.toml_table import ConfigError
from offhook.virtual_lines.phone_book import DialOut
from offhook.virtual_lines.trunks import GuardSettings, ListenProtocol


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., PoolOptions]:
    """Run the command with words; the options that the pool would be made with."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    made: list[PoolOptions] = []

    def run(*words: str) -> PoolOptions:
        made.clear()
        with monkeypatch.context() as patch:
            patch.setattr("offhook.cli.modem.ModemPool", made.append)
            patch.setattr("offhook.cli.modem._run", lambda pool: None)
            patch.setattr("offhook.cli.modem.event_loop.run", lambda running: None)
            result = CliRunner().invoke(modem, words, catch_exceptions=False)
        if result.exit_code:
            raise click.UsageError(result.output)
        return made[0]

    return run


def test_with_ports_alone_nothing_listens_and_everything_may_be_called(
    given: Callable[..., PoolOptions], tmp_path: Path
):
    options = given("pty:a", "tcp:127.0.0.1:0")
    assert options.ports == ("pty:a", "tcp:127.0.0.1:0")
    assert options.folder == tmp_path
    assert (options.listening, options.dial_out, options.phone_book) == ([], DialOut.YES, None)
    assert options.memory == tmp_path / "state/offhook/modems"


def test_every_option_reaches_the_pool(given: Callable[..., PoolOptions], tmp_path: Path):
    (tmp_path / "secret").write_text("  sesame \nnot this\n")
    words = (
        "pty:a --listen 127.0.0.1:2323 --listen raw:[::1]:6400 --listen auto:h:1 --dial-out list --rate 2400 --lenient "
        "--strict --leased --realistic --escape ties --memory mem --terminal vt52 --calls-a-minute 3 --hold-down 1.5 "
        f"--key-gate --password-file secret --trace t --phonebook b --personality {PERSONALITIES[-1].name}"
    )
    options = given(
        *words.split(),
        "--busy-text",
        "Later, é",
    )
    assert [(each.host, each.port, each.protocol) for each in options.listening] == [
        ("127.0.0.1", 2323, ListenProtocol.TELNET),
        ("::1", 6400, ListenProtocol.RAW),
        ("h", 1, ListenProtocol.AUTO),
    ]
    for each in options.listening:
        assert (each.guard, each.key, each.password) == (GuardSettings(3, 1.5), True, "sesame")
        assert each.texts.busy == b"Later, ?\r\n"
    assert options.dial_out is DialOut.LIST
    assert options.terminal_type == "vt52"
    assert (options.memory, options.trace, options.phone_book) == (Path("mem"), Path("t"), Path("b"))
    settings = options.settings
    assert (settings.line_rate, settings.dte_rate, settings.lenient, settings.realistic) == (2400, 2400, True, True)
    assert settings.strict
    assert options.lines.leased
    assert settings.escape is EscapeStyle.TIES
    assert settings.personality is PERSONALITIES[-1]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("", "Missing argument 'PORT...'"),
        ("pty:a --dial-out maybe", "is not one of"),
        ("pty:a --listen ssh:127.0.0.1:22", "callers are not taken by 'ssh': known are telnet, raw, auto"),
        ("pty:a --rate 1", "not in the range"),
        ("pty:a --calls-a-minute -1", "not in the range"),
        ("pty:a --password-file none", "--password-file: none cannot be read: No such file or directory"),
        ("pty:a --password-file empty", "the first line of empty is empty: anybody could call"),
        ("pty:a --password-file latin", "latin is not UTF-8 text"),
        ("pty:a --password-file long", "a password is one line of at most 128 bytes"),
    ],
)
def test_an_option_that_is_wrong_is_told_and_what_would_be_right(
    given: Callable[..., PoolOptions], words: str, said: str
):
    Path("empty").write_text("\nsesame\n")
    Path("latin").write_bytes(b"\xff\n")
    Path("long").write_text("x" * 129)
    with pytest.raises(click.UsageError) as caught:
        given(*words.split())
    assert said in str(caught.value)


def test_an_init_string_may_begin_with_its_at(given: Callable[..., PoolOptions]):
    for words in ("S0=1&C0", "ATS0=1&C0", "at S0=1 &C0"):
        assert given("pty:a", "--init", words).settings.init.replace(" ", "") == "S0=1&C0"


@pytest.mark.parametrize("address", ["2323", "127.0.0.1", "raw:2323", "127.0.0.1:99999"])
def test_an_address_to_listen_on_that_is_none_is_told(given: Callable[..., PoolOptions], address: str):
    with pytest.raises(PortError, match="write HOST:PORT"):
        given("pty:a", "--listen", address)


def offhook_modem(folder: Path, *words: str) -> str:
    """Run it until it ends with status 1; the one sentence that it said."""
    result = subprocess.run(
        [sys.executable, "-m", "offhook", "modem", *words, "--memory", str(folder / "memory")],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=Path(__file__).parent.parent.parent,
    )
    assert result.returncode == 1, result
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    assert "internal error" not in result.stderr
    return result.stderr.strip()


def test_ports_that_are_none_or_in_use_are_one_sentence(tmp_path: Path):
    assert offhook_modem(tmp_path, "com1").startswith("offhook: 'com1' is no port: write one of pty:PATH")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        assert f"cannot listen on {address}: Address already in use" in offhook_modem(tmp_path, f"tcp:{address}")
        said = offhook_modem(tmp_path, f"pty:{tmp_path}/modem0", "--listen", address)
        assert said == f"offhook: cannot listen for callers on {address}: Address already in use"
    assert not (tmp_path / "modem0").is_symlink()


def test_files_that_are_wrong_are_one_sentence_with_their_line(tmp_path: Path):
    book = tmp_path / "book.toml"
    book.write_text('[[entry]]\nnumber = "1"\nto = "gopher:x"\n')
    port = f"pty:{tmp_path}/modem0"
    assert offhook_modem(tmp_path, port, "--phonebook", str(book)).startswith(f"{book}:3: entry[1].to: the transport")
    said = offhook_modem(tmp_path, port, "--trace", str(tmp_path / "none/trace"))
    assert said == f"offhook: No such file or directory: {tmp_path}/none/trace"


async def test_a_pool_can_be_made_of_what_the_command_line_gives(given: Callable[..., PoolOptions], tmp_path: Path):
    with pytest.raises(ConfigError, match="there is no such file"):
        ModemPool(given("pty:a", "--phonebook", "none.toml"))
