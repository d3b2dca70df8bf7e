import stat
from pathlib import Path

import pytest
from click.testing import CliRunner

from offhook.cli.main import offhook
from offhook.mailbox.accounts import AccountFile


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "offhook.toml"
    file.write_text('[accounts]\nfile = "accounts"\n')
    return file


def run(*words: str | Path, typed: str = ""):
    return CliRunner().invoke(offhook, [str(word) for word in words], input=typed)


def test_an_account_is_added_listed_locked_unlocked_and_removed(config: Path):
    words = ("--config", config)
    added = run("account", "add", "Carol", "--full-name", "Carol C.", "--password-stdin", *words, typed="secret\n")
    assert added.output == "Account carol added.\n"
    assert run("account", "list", *words).output.split() == ["carol", "Carol", "C."]
    assert run("account", "lock", "carol", *words).exit_code == 0
    assert "locked" in run("account", "list", *words).output
    assert run("account", "lock", "--undo", "carol", *words).exit_code == 0
    assert "locked" not in run("account", "list", *words).output
    assert run("account", "remove", "carol", *words).exit_code == 0
    assert run("account", "list", *words).output == ""


def test_the_account_file_is_for_its_owner_only_and_holds_an_argon2id_hash(config: Path):
    run("account", "add", "carol", "--password-stdin", "--config", config, typed="secret\n")
    file = config.parent / "accounts"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.read_text().startswith("carol:{ARGON2ID}$argon2id$")


def test_the_password_is_asked_for_twice_and_never_shown(config: Path):
    result = run("account", "add", "carol", "--config", config, typed="secret\nsecret\n")
    assert result.exit_code == 0
    assert "secret" not in result.output
    account = AccountFile(config.parent / "accounts").find("carol")
    before = account.hash if account else ""
    assert run("account", "passwd", "carol", "--config", config, typed="other\nother\n").exit_code == 0
    account = AccountFile(config.parent / "accounts").find("carol")
    assert account is not None
    assert account.hash != before


@pytest.mark.parametrize(
    ("words", "typed", "said"),
    [
        (("passwd", "nobody", "--password-stdin"), "x\n", "There is no account nobody."),
        (("remove", "nobody"), "", "There is no account nobody."),
        (("lock", "nobody"), "", "There is no account nobody."),
        (("add", "../etc", "--password-stdin"), "x\n", "is no account name"),
        (("add", "carol", "--password-stdin"), "\n", "A password has 1 to 1024 characters."),
        (("add", "carol", "--full-name", "a:b", "--password-stdin"), "x\n", "no colon"),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_a_failure(config: Path, words: tuple[str, ...], typed: str, said: str):
    result = run("account", *words, "--config", config, typed=typed)
    assert result.exit_code != 0
    assert said in result.output
    assert "Traceback" not in result.output


def test_an_account_that_is_there_is_not_added_again(config: Path):
    for _ in range(2):
        result = run("account", "add", "carol", "--password-stdin", "--config", config, typed="x\n")
    assert "already" in result.output


def test_check_config_says_that_a_file_is_correct_or_where_it_is_not(config: Path):
    assert "correct" in run("check-config", config).output
    config.write_text("[hots]\n")
    result = run("check-config", config)
    assert result.exit_code != 0
    assert str(result.exception).startswith(f"{config}:1: hots: there is no such key")


def test_mail_for_an_account_that_is_not_there_is_one_sentence(config: Path):
    result = run("mail", "--account", "nobody", "--config", config)
    assert "There is no account nobody" in result.output
    assert result.exit_code != 0


def test_every_command_has_a_line_of_help():
    for name, command in offhook.commands.items():
        assert command.get_short_help_str(), name
