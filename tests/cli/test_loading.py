"""What short commands load: a mail server starts `offhook deliver` for every letter."""

import subprocess
import sys
from pathlib import Path

import pytest

from offhook.mailbox.accounts import Account, AccountFile

HEAVY = {
    *("aiosmtpd", "aiosmtplib", "imapclient", "argon2", "selectolax", "sqlite3", "multiprocessing"),
    *("serial", "serial_asyncio", "tomlkit", "ptyprocess", "email.headerregistry", "wcwidth", "pam", "asyncssh"),
    *(
        "offhook.config",
        "offhook.mail_room",
        "offhook.reception",
        "offhook.host",
        "offhook.lines",
        "offhook.operations",
    ),
    *("offhook.operations", "offhook.modem", "offhook.terminal", "offhook.virtual_lines", "offhook.mailbox.imap"),
    *("offhook.mailbox.index", "offhook.mailbox.listeners", "offhook.mailbox.carriers", "offhook.mailbox.clerks"),
}
"""What no letter into a file needs."""
SETTINGS = HEAVY | {"pydantic", "tomllib"}
REPORT = (
    "import sys\nfrom offhook.cli.main import main\n"
    "try:\n    main()\nfinally:\n    print('\\n'.join(sys.modules), file=sys.stderr)"
)


def loaded(*words: str) -> set[str]:
    """The modules that a command has loaded when it is done."""
    done = subprocess.run(
        [sys.executable, "-c", REPORT, *words], input=b"Subject: x\n\nbody\n", capture_output=True, timeout=60
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return set(done.stderr.decode().splitlines())


@pytest.fixture
def config(tmp_path: Path) -> Path:
    AccountFile(tmp_path / "accounts").add(Account("alice", "x"))
    (tmp_path / "offhook.toml").write_text('[mail]\ndomains = ["here.org"]\n')
    return tmp_path / "offhook.toml"


@pytest.mark.parametrize(("store", "other"), [("maildir", "mbox"), ("mbox", "maildir")])
def test_a_delivery_loads_the_store_of_its_letter_and_nothing_that_others_need(config: Path, store: str, other: str):
    config.write_text(f'{config.read_text()}store = "{store}"\n')
    modules = loaded("deliver", "--config", str(config), "alice")
    assert not modules & HEAVY
    assert f"offhook.mailbox.{store}" in modules
    assert f"offhook.mailbox.{other}" not in modules


def test_a_look_at_the_spool_loads_no_more_than_a_delivery(config: Path):
    assert not loaded("spool", "list", "--config", str(config)) & HEAVY


def test_a_check_of_a_mailbox_loads_no_configuration(config: Path):
    for name in ("new", "cur", "tmp"):
        (config.parent / "box" / name).mkdir(parents=True)
        (config.parent / "box" / name).chmod(0o700)
    (config.parent / "box").chmod(0o700)
    assert not loaded("check-mailbox", str(config.parent / "box")) & SETTINGS


@pytest.mark.parametrize("word", ["--version", "--help"])
def test_what_is_told_of_the_command_itself_loads_none_of_its_commands(word: str):
    modules = loaded(word)
    assert not modules & (SETTINGS | {"asyncio"})
    assert {each for each in modules if each.startswith("offhook.")} == {"offhook.cli", "offhook.cli.main"}
