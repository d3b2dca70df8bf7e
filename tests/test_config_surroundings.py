"""What a configuration names outside itself is checked with it."""

import grp
from pathlib import Path

import pytest
from click.testing import CliRunner

from offhook.cli.main import offhook
from offhook.config import ConfigError, check_addresses, check_surroundings, load

SMARTHOST = '[smarthost]\nhost = "mail.example.org"\nuser = "u"\npassword_file = "secret"\n'

SYSTEM_USER = "games"
"""A user every Debian has."""


def problems(folder: Path, text: str) -> list[str]:
    file = folder / "offhook.toml"
    file.write_text(text)
    try:
        check_surroundings(load(file), file)
    except ConfigError as error:
        return [str(each).removeprefix(f"{folder}/") for each in error.problems]
    return []


@pytest.mark.parametrize(
    ("secret", "mode", "said"),
    [
        (None, 0, "cannot be read: No such file or directory"),
        ("pass\n", 0o604, "can be read by everybody: chmod 600 it"),
        ("\n", 0o600, "has no password in its first line"),
        ("pass\n", 0o600, ""),
        ("pass", 0o440, ""),
    ],
)
def test_the_smarthosts_password_file_is_looked_at(tmp_path: Path, secret: str | None, mode: int, said: str):
    if secret is not None:
        (tmp_path / "secret").write_text(secret)
        (tmp_path / "secret").chmod(mode)
    found = problems(tmp_path, SMARTHOST)
    if said:
        assert found == [f"offhook.toml:4: smarthost.password_file: {tmp_path}/secret {said}"]
    else:
        assert found == []


def test_the_sendmail_program_the_aliases_file_and_the_group_must_be_there(tmp_path: Path):
    text = '[mail]\naliases_file = "aliases"\n[lmtp]\ngroup = "no-such-group"\n[sendmail]\ncommand = ["/no/sendmail"]\n'
    assert problems(tmp_path, text) == [
        "offhook.toml:6: sendmail.command: /no/sendmail is no program that can be run",
        f"offhook.toml:2: mail.aliases_file: {tmp_path}/aliases cannot be read: No such file or directory",
        'offhook.toml:4: lmtp.group: there is no group "no-such-group" on this machine',
    ]
    (tmp_path / "aliases").write_text("ok: alice\nbad: |prog\nworse:\n")
    text = f'[mail]\naliases_file = "aliases"\n[lmtp]\ngroup = "{grp.getgrgid(0).gr_name}"\n'
    assert [each.partition(": ")[0] for each in problems(tmp_path, text)] == ["aliases:2", "aliases:3"]
    (tmp_path / "aliases").write_text("ok: alice\n")
    assert problems(tmp_path, text) == []


def test_check_config_and_serve_say_so(tmp_path: Path):
    problems(tmp_path, SMARTHOST)
    for words in (["check-config"], ["serve", "--config"]):
        result = CliRunner().invoke(offhook, [*words, str(tmp_path / "offhook.toml")])
        assert isinstance(result.exception, ConfigError)
        assert "password_file" in str(result.exception)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[smarthost]\nhost = "a.b"\n[sendmail]\n', "remove one"),
        ('[sendmail]\ncommand = ["sendmail"]\n', "the whole path"),
        ('[lmtp]\nlisten = "0.0.0.0:24"\n', "address of this machine alone"),
        ("[lmtp]\nmode = 0o777\n", "permissions in octal"),
        ('[[forward]]\naccount = "a"\nto = ["|cmd"]\n', "only names and addresses"),
        ('[[forward]]\naccount = "a"\nto = []\n', "write a name or address"),
        ('[[forward]]\naccount = "a"\nto = "b"\n[[forward]]\naccount = "A"\nto = "c"\n', "forwards twice"),
        ('[mail.aliases]\nx = ":include:/etc/x"\n', "only names and addresses"),
        ('[mail]\nseparator = "xx"\n', "separator"),
    ],
)
def test_what_cannot_be_right_is_refused_with_its_remedy(tmp_path: Path, text: str, said: str):
    (tmp_path / "c.toml").write_text(text)
    with pytest.raises(ConfigError, match=said):
        load(tmp_path / "c.toml")


def test_the_mail_servers_password_and_certificates_must_be_there(tmp_path: Path):
    text = '[imap]\nhost = "a.example"\nmaster_user = "m"\npassword_file = "secret"\nca_file = "ca.pem"\n'
    assert problems(tmp_path, text) == [
        f"offhook.toml:4: imap.password_file: {tmp_path}/secret cannot be read: No such file or directory",
        f"offhook.toml:5: imap.ca_file: {tmp_path}/ca.pem is no file",
    ]
    for name in ("secret", "ca.pem"):
        (tmp_path / name).write_text("x\n")
        (tmp_path / name).chmod(0o600)
    assert problems(tmp_path, text) == []


def test_pam_wants_its_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    text = '[accounts]\nbackend = "pam"\n'
    assert problems(tmp_path, text) == []
    monkeypatch.setattr("offhook.config.surroundings.find_spec", lambda name: None)
    assert problems(tmp_path, text) == [
        "offhook.toml:2: accounts.backend: python-pam is not installed: pip install 'offhook[pam]'"
    ]


def amiss(folder: Path, text: str) -> list[str]:
    """What is said of the addresses in a configuration."""
    file = folder / "offhook.toml"
    file.write_text(text)
    try:
        check_addresses(load(file), file)
    except ConfigError as error:
        return [str(each).removeprefix(f"{folder}/") for each in error.problems]
    return []


def test_aliases_and_forwards_that_lead_to_nobody_are_told_with_their_line_and_key(tmp_path: Path):
    (tmp_path / "accounts").write_text("alice:x::::::\nbob:x::::::\n")
    (tmp_path / "aliases").write_text("postmaster: root\n\nroot: alice,\n bobb\nlist: x@there.org\nowner-list: list\n")
    text = """[mail]
domains = ["here.org"]
aliases_file = "aliases"
[mail.aliases]
info = ["alice", "carol", "carol@here.org", "carol@there.org"]
round = "about"
about = "round"
alice = ["alice", "\\\\bob"]
[[forward]]
account = "alice"
to = "bob+lists"
[[forward]]
account = "alicia"
to = ["dave", "e@there.org"]
"""
    nobody = "is nobody here: add the account, or write an address elsewhere"
    assert amiss(tmp_path, text) == [
        "offhook.toml:13: forward[2].account: "
        "there is no account alicia (did you mean alice?): add it, or remove the table",
        f"offhook.toml:14: forward[2].to: dave {nobody}",
        f"offhook.toml:5: mail.aliases.info: carol {nobody}",
        f"offhook.toml:5: mail.aliases.info: carol@here.org {nobody}",
        "offhook.toml:6: mail.aliases.round: The address about leads back to itself.",
        "offhook.toml:7: mail.aliases.about: The address round leads back to itself.",
        f"aliases:3: root: bobb {nobody}".replace("here", "here (did you mean bob?)", 1),
    ]


def test_addresses_that_lead_to_somebody_are_correct_and_so_are_those_that_others_know(tmp_path: Path):
    (tmp_path / "accounts").write_text("alice:x::::::\n")
    good = '[mail]\n[mail.aliases]\nroot = "alice"\npostmaster = "root"\nlist = ["x@there.org"]\n'
    assert amiss(tmp_path, good) == []
    system = f'[accounts]\nbackend = "pam"\nfirst_uid = 1\n[mail.aliases]\nroot = "{SYSTEM_USER}"\n'
    assert amiss(tmp_path, system) == []
    assert len(amiss(tmp_path, system.replace("= 1", "= 1000"))) == 1
    nothing_here = '[mail]\nstore = "imap"\n[imap]\nhost = "a.org"\n[mail.aliases]\nroot = "nobody"\n'
    assert amiss(tmp_path, nothing_here) == []


def test_check_config_says_so_and_a_host_serves_all_the_same(tmp_path: Path):
    text = '[mail.aliases]\nroot = "nobody-of-that-name"\n'
    assert problems(tmp_path, text) == []
    result = CliRunner().invoke(offhook, ["check-config", str(tmp_path / "offhook.toml")])
    assert isinstance(result.exception, ConfigError)
    (tmp_path / "accounts").write_text("no colon\n")
    assert amiss(tmp_path, text)[0].startswith("accounts: ")
    (tmp_path / "accounts").unlink()
    (tmp_path / "accounts").mkdir()
    assert amiss(tmp_path, "[accounts]\n" + text)[0].startswith("offhook.toml:1: accounts.file: ")
