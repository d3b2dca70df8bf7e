import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from offhook.cli.main import offhook
from offhook.mailbox.accounts import Account, AccountFile

LETTER = b"From dave@x.org Sat Nov 28 12:00:00 2026\nSubject: x\nStatus: RO\n\nbody \xff\r\n.\nFrom here\n"


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("SENDER", "EXTENSION", "RECIPIENT"):
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "house"
    folder.mkdir()
    (folder / "offhook.toml").write_text(
        '[mail]\ndomains = ["here.org"]\nlargest_letter = 65536\n'
        '[mail.aliases]\nall = ["alice", "bob", "c@there.org"]\n'
    )
    accounts = AccountFile(folder / "accounts")
    for name in ("alice", "bob"):
        accounts.add(Account(name, "x"))
    return folder


def run(house: Path, *words: str, letter: bytes = LETTER):
    return CliRunner().invoke(offhook, ["deliver", "--config", str(house / "offhook.toml"), *words], input=letter)


def letters(house: Path, account: str) -> list[bytes]:
    return [file.read_bytes() for file in sorted((house / "mail" / account).glob("new/*"))]


def test_a_letter_is_delivered_postmarked_and_otherwise_byte_for_byte(house: Path):
    result = run(house, "-f", "dave@x.org", "alice")
    assert (result.exit_code, result.output) == (0, "")
    [letter] = letters(house, "alice")
    assert letter.startswith(b"Return-Path: <dave@x.org>\nDelivered-To: alice@here.org\nReceived: from unknown (")
    assert b"\n\tfor <alice@here.org>;" in letter
    assert letter.endswith(b"\nSubject: x\n\nbody \xff\r\n.\nFrom here\n")
    assert b"Status" not in letter


def test_a_letter_with_the_line_ends_of_the_wire_is_kept_with_those_of_a_file(house: Path):
    assert run(house, "alice", letter=b"Subject: x\r\n\r\nbody\r\n").exit_code == 0
    assert letters(house, "alice")[0].endswith(b"Subject: x\n\nbody\n")


def test_the_environment_of_the_mail_server_is_honoured(house: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SENDER", "env@x.org")
    monkeypatch.setenv("EXTENSION", "lists")
    monkeypatch.setenv("RECIPIENT", "Alice+lists@here.org")
    assert run(house, "alice").exit_code == 0
    assert run(house, "-f", "<>", "-a", "", "alice").exit_code == 0
    first, second = sorted(letters(house, "alice"), reverse=True)
    assert first.startswith(b"Return-Path: <env@x.org>\nDelivered-To: alice+lists@here.org\n")
    assert b"\n\tfor <Alice+lists@here.org>;" in first
    assert second.startswith(b"Return-Path: <>\nDelivered-To: alice@here.org\n")


def test_what_the_mail_server_puts_on_top_is_no_sign_of_a_circle(house: Path):
    top = b"From s@x.org Sat Nov 28 12:00:00 2026\nReturn-Path: <s@x.org>\nX-Original-To: alice\n"
    letter = top + b"Delivered-To: alice@here.org\nReceived: x\nDelivered-To: other@x.org\n\nbody\n"
    assert run(house, "alice", letter=letter).exit_code == 0
    [kept] = letters(house, "alice")
    assert kept.count(b"Delivered-To: alice@here.org\n") == 1
    assert kept.endswith(b"\nX-Original-To: alice\nReceived: x\nDelivered-To: other@x.org\n\nbody\n")


def test_the_detail_is_a_folder_that_is_there_and_a_full_mailbox_makes_the_letter_wait(house: Path):
    for name in ("new", "cur", "tmp"):
        (house / "mail" / "alice" / ".Lists" / name).mkdir(parents=True)
    assert run(house, "-a", "lists", "alice").exit_code == 0
    assert run(house, "-a", "nowhere", "alice").exit_code == 0
    assert len(list((house / "mail" / "alice" / ".Lists" / "new").iterdir())) == len(letters(house, "alice")) == 1
    (house / "mail" / "alice" / "maildirsize").write_text("10S\n")
    full = run(house, "alice")
    assert (full.exit_code, len(letters(house, "alice"))) == (75, 1)


def test_an_mbox_takes_letters_as_a_maildir_does(house: Path):
    text = (house / "offhook.toml").read_text()
    where = 'store = "mbox"\ninbox = "boxes/{user}"\n'
    (house / "offhook.toml").write_text(text.replace("[mail]\n", f"[mail]\n{where}"))
    (house / "boxes").mkdir()
    forged = b"X-Offhook: 1 aa 2 3 bb\nX-IMAPbase: 9 9\nContent-Length: 1\nSubject: x\n\nFrom here on\nend\n"
    for letter in (forged, b"Subject: two\n\nx\n"):
        assert run(house, "-f", "s@x.org", "alice", "bob", letter=letter).exit_code == 0
    for name in ("alice", "bob"):
        box = (house / "boxes" / name).read_bytes()
        assert len(re.findall(rb"(?m)^From s@x\.org ", box)) == 2
        assert box.count(f"\nDelivered-To: {name}@here.org\n".encode()) == 2
        assert b"X-Offhook: 1 aa" not in box
        assert b"X-IMAPbase: 9 9" not in box
        assert b"\nSubject: x\n\n>From here on\nend\n\nFrom s@x.org " in box


@pytest.mark.parametrize("sender", ["", "<>", "MAILER-DAEMON", "a\nBcc: x@y", "a b@x.org", "x" * 300 + "@y.org"])
def test_what_can_be_no_sender_is_the_null_sender(house: Path, sender: str):
    assert run(house, "-f", sender, "alice").exit_code == 0
    assert letters(house, "alice")[0].startswith(b"Return-Path: <>\nDelivered-To")


def test_several_users_each_get_one_copy_and_what_goes_elsewhere_is_spooled(house: Path):
    assert run(house, "-d", "alice", "bob", "alice@here.org", "all").exit_code == 0
    assert len(letters(house, "alice")) == len(letters(house, "bob")) == 1
    assert len(list((house / "spool" / "queue").iterdir())) == 1


@pytest.mark.parametrize(
    ("words", "letter", "code", "said"),
    [
        (("nobody",), LETTER, 67, "There is no such user here."),
        (("alice", "nobody"), LETTER, 67, "There is no such user here."),
        (("alice@there.org",), LETTER, 67, "There is no such user here."),
        (("alice",), b"x" * 70_000, 65, "A letter has at most 65536 bytes."),
        (("alice",), b"Received: x\nDelivered-To: alice@here.org\n\n", 65, "circle"),
        (("alice",), b"Received: x\n" * 51, 65, "circle"),
        (("--nonsense", "alice"), LETTER, 75, "No such option"),
        (("--config",), LETTER, 75, "requires an argument"),
    ],
)
def test_each_failure_has_the_code_a_mail_server_knows_and_nothing_is_delivered(
    house: Path, words: tuple[str, ...], letter: bytes, code: int, said: str
):
    result = run(house, *words, letter=letter)
    assert result.exit_code == code
    assert said in result.output
    assert letters(house, "alice") == []


@pytest.mark.parametrize("option", ["--help", "-h"])
def test_a_user_whose_name_reads_as_a_question_for_help_is_no_reason_to_say_that_a_letter_was_taken(
    house: Path, option: str
):
    command = [sys.executable, "-m", "offhook", "deliver", "--config", str(house / "offhook.toml"), "alice", option]
    asked = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=120)
    assert (asked.returncode, asked.stderr) == (0, b"")
    assert asked.stdout.startswith(b"Usage: ")
    given = subprocess.run(command, input=LETTER, capture_output=True, timeout=120)
    assert (given.returncode, b"not delivered" in given.stderr) == (75, True)
    assert letters(house, "alice") == []
    command.insert(-1, "--")
    behind = subprocess.run(command, input=LETTER, capture_output=True, timeout=120)
    assert (behind.returncode, b"no such user" in behind.stderr) == (67, True)


@pytest.mark.parametrize("mistake", ["config", "no config", "accounts", "no accounts", "maildrop", "spool"])
def test_what_an_operator_can_mend_makes_the_letter_wait(house: Path, mistake: str):
    match mistake:
        case "config":
            (house / "offhook.toml").write_text("[mail]\ndomain = 1\n")
        case "no config":
            (house / "offhook.toml").unlink()
        case "accounts":
            (house / "accounts").write_text("no colon")
        case "no accounts":  # its disk is not mounted: that is no reason to send all letters back
            (house / "accounts").unlink()
        case "maildrop":
            (house / "mail").write_text("a file")
        case "spool":
            (house / "spool").write_text("a file")
    result = run(house, "all")
    assert result.exit_code == 75
    assert result.output.startswith("offhook deliver: ") or "offhook deliver: " in result.output
    assert "Traceback" not in result.output
    assert letters(house, "alice") == letters(house, "bob") == []


def test_root_must_name_a_user_and_others_need_not(house: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("os.geteuid", lambda: 0)
    assert run(house).exit_code == 75
    monkeypatch.setattr("os.geteuid", lambda: 12345)
    monkeypatch.setattr("offhook.cli.deliver._own_name", lambda: "bob")
    assert run(house).exit_code == 0
    assert len(letters(house, "bob")) == 1


def test_a_letter_that_is_cut_off_by_a_signal_is_nowhere_or_whole(house: Path):
    command = [sys.executable, "-m", "offhook", "deliver", "--config", str(house / "offhook.toml"), "alice"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdin is not None
        process.stdin.write(LETTER)
        process.stdin.flush()
        process.terminate()
        _, said = process.communicate(timeout=120)
    assert process.returncode != 0
    assert b"Traceback" not in said
    assert letters(house, "alice") == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root acts as others")
def test_what_root_delivers_belongs_to_the_owner_of_the_mailbox(house: Path):
    reachable = Path(tempfile.mkdtemp(prefix="deliver-"))  # pytest's own folders are for root alone
    try:
        house = house.rename(reachable / "house")
        for path in (reachable, house):
            path.chmod(0o755)
        check_owner(house)
    finally:
        shutil.rmtree(reachable)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root acts as others")
@pytest.mark.parametrize("lead", ["link", "folder of another", "box that is a second name"])
def test_a_user_leads_a_delivery_of_root_into_nothing_of_another(lead: str):
    reachable = Path(tempfile.mkdtemp(prefix="deliver-"))  # pytest's own folders are for root alone
    try:
        check_that_nothing_is_led_away(reachable, lead)
    finally:
        shutil.rmtree(reachable)


def check_that_nothing_is_led_away(reachable: Path, lead: str) -> None:
    reachable.chmod(0o755)
    for name, uid in (("alice", 12345), ("victim", 12347)):
        for folder in (reachable / name, reachable / name / "Maildir"):
            folder.mkdir(0o700)
            os.chown(folder, uid, uid)
    mail = "maildir:~/Maildir"
    match lead:
        case "link":
            (reachable / "alice/Maildir").rmdir()
            (reachable / "alice/Maildir").symlink_to(reachable / "victim/Maildir")
        case "folder of another":
            os.chown(reachable / "alice/Maildir", 12347, 12347)
        case _:
            mail = "mbox:~/mail:INBOX=~/inbox"
            box = reachable / "alice/inbox"
            box.write_text("From x@y.org Sat Nov 28 12:00:00 2026\n\nx\n\n")
            os.chown(box, 12347, 12347)  # as a second name whose first is gone
    (reachable / "accounts").write_text(f"alice:x:12345:12345:Alice:{reachable}/alice::userdb_mail={mail}\n")
    (reachable / "offhook.toml").write_text('[mail]\ndomains = ["here.org"]\n')
    before = {path: path.lstat() for path in sorted(reachable.rglob("*"))}
    content = [path.read_bytes() for path in before if path.is_file()]
    command = [sys.executable, "-m", "offhook", "deliver", "--config", str(reachable / "offhook.toml"), "alice"]
    done = subprocess.run(command, input=LETTER, capture_output=True, timeout=120)
    assert done.returncode == 75, done.stderr
    assert sorted(reachable.rglob("*")) == list(before)
    assert [path.read_bytes() for path in before if path.is_file()] == content


@pytest.mark.skipif(os.geteuid() != 0, reason="only root acts as others")
def test_what_is_made_in_a_home_has_the_users_group_though_the_box_has_that_of_the_spool():
    reachable = Path(tempfile.mkdtemp(prefix="deliver-"))
    try:
        reachable.chmod(0o755)
        for folder, owner, mode in (("alice", (12345, 12345), 0o700), ("spool", (0, 12399), 0o2775)):
            (reachable / folder).mkdir()
            os.chown(reachable / folder, *owner)
            (reachable / folder).chmod(mode)
        (reachable / "spool/alice").touch(0o660)
        os.chown(reachable / "spool/alice", 12345, 12399)
        mail = f"userdb_mail=mbox:~/mail:INBOX={reachable}/spool/%u"
        (reachable / "accounts").write_text(f"alice:x:12345:12345:Alice:{reachable}/alice::{mail}\n")
        (reachable / "offhook.toml").write_text('[mail]\ndomains = ["here.org"]\n')
        for user in ("alice", "alice+work"):
            command = [sys.executable, "-m", "offhook", "deliver", "--config", str(reachable / "offhook.toml"), user]
            done = subprocess.run(command, input=LETTER, capture_output=True, timeout=120)
            assert done.returncode == 0, done.stderr
        assert (reachable / "spool/alice").read_bytes().count(b"\nSubject: x\n") == 2
        assert os.listdir(reachable / "spool") == ["alice"]
        assert (reachable / "alice/mail").stat().st_gid == 12345
    finally:
        shutil.rmtree(reachable)


@pytest.fixture
def reachable() -> Iterator[Path]:
    """A folder for everybody's eyes: pytest's own are for root alone."""
    folder = Path(tempfile.mkdtemp(prefix="deliver-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root acts as others")
def test_a_letter_goes_where_the_account_file_says_though_its_owner_may_not_read_that_file(reachable: Path):
    (reachable / "alice").mkdir()
    os.chown(reachable / "alice", 12345, 12345)
    host = reachable / "host"
    host.mkdir(0o700)
    (host / "accounts").write_text(f"alice:x:12345:12345:Alice:{reachable}/alice::userdb_mail=maildir:~/Elsewhere\n")
    (host / "offhook.toml").write_text(f'[mail]\ndomains = ["here.org"]\nmaildrops = "{reachable}/alice/{{user}}"\n')
    command = [sys.executable, "-m", "offhook", "deliver", "--config", str(host / "offhook.toml"), "alice"]
    done = subprocess.run(command, input=LETTER, capture_output=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert os.listdir(reachable / "alice") == ["Elsewhere"]
    assert len(os.listdir(reachable / "alice/Elsewhere/new")) == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root acts as others")
def test_a_user_without_numbers_leads_a_delivery_of_root_into_nothing_of_root(reachable: Path):
    (reachable / "alice").mkdir()
    prize = reachable / "prize"
    prize.mkdir(0o755)
    (reachable / "alice/Maildir").symlink_to(prize)
    os.chown(reachable / "alice", 12345, 12345)
    (reachable / "accounts").write_text(f"alice:x:::Alice:::userdb_mail=maildir:{reachable}/alice/Maildir\n")
    (reachable / "offhook.toml").write_text('[mail]\ndomains = ["here.org"]\n')
    command = [sys.executable, "-m", "offhook", "deliver", "--config", str(reachable / "offhook.toml"), "alice"]
    done = subprocess.run(command, input=LETTER, capture_output=True, timeout=120)
    assert done.returncode == 75, done.stderr
    assert os.listdir(prize) == []


STRANGER, VICTIM, HOLDER = 12346, 12347, 1
"""Users of whom two are none of the system, and `daemon`, who is one on every Debian."""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root acts as others")
@pytest.mark.parametrize(
    ("account", "first"),
    [
        *(("daemon", first) for first in ("nothing", "own box", "box", "open box", "link", "dangling link")),
        *(("daemon", first) for first in ("fifo", "folder", "second name")),
        *((account, first) for account in ("virtual", "by-number") for first in ("nothing", "open box", "link")),
    ],
)
def test_in_a_spool_where_everybody_may_make_files_a_stranger_who_is_first_gets_nothing(account: str, first: str):
    reachable = Path(tempfile.mkdtemp(prefix="deliver-"))
    try:
        reachable.chmod(0o755)
        uid = {"daemon": HOLDER, "virtual": 0, "by-number": 12345}[account]
        spool, box = reachable / "spool", reachable / "spool" / account
        spool.mkdir()
        spool.chmod(0o1777)
        prize = reachable / "prize"
        prize.write_text("From x@y.org Sat Nov 28 12:00:00 2026\n\nx\n\n")
        prize.chmod(0o600)
        os.chown(prize, VICTIM, VICTIM)
        who_was_first(first, box, uid, prize)
        numbers = f"{uid}:{uid}" if account == "by-number" else ":"
        (reachable / "accounts").write_text(f"{account}:x:{numbers}::::\n")
        where = f'store = "mbox"\nmaildrops = "{reachable}/mail/{{user}}"\ninbox = "{spool}/{{user}}"\n'
        (reachable / "offhook.toml").write_text(f'[mail]\ndomains = ["here.org"]\n{where}')
        before = prize.read_bytes()
        command = [sys.executable, "-m", "offhook", "deliver", "--config", str(reachable / "offhook.toml"), account]
        done = subprocess.run(command, input=LETTER, capture_output=True, timeout=120)
        assert prize.read_bytes() == before
        if first in ("nothing", "own box"):
            assert done.returncode == 0, done.stderr
            assert b"Subject: x" in box.read_bytes()
            assert (box.stat().st_uid, stat.S_IMODE(box.stat().st_mode)) == (uid, 0o600)
        else:
            assert done.returncode == 75, done.stderr
            assert done.stderr.splitlines()[-1].startswith(b"offhook deliver: The mailbox ")
            assert not box.is_file() or b"Subject" not in box.read_bytes()
        assert {each.name for each in spool.iterdir()} == {account}
    finally:
        shutil.rmtree(reachable)


def who_was_first(first: str, box: Path, uid: int, prize: Path) -> None:
    """What somebody has made in the place of a box."""
    match first:
        case "box" | "open box" | "own box":
            box.write_bytes(b"")
            box.chmod(0o666 if first == "open box" else 0o600)
        case "link":
            box.symlink_to(prize)
        case "dangling link":
            box.symlink_to(box.parent.parent / "accounts.new")
        case "fifo":
            os.mkfifo(box, 0o666)
        case "folder":
            box.mkdir(0o777)
        case "second name":
            os.link(prize, box)
    if first not in ("nothing", "second name"):
        owner = uid if first == "own box" else STRANGER
        os.chown(box, owner, owner, follow_symlinks=False)


def check_owner(house: Path) -> None:
    (house / "mail").mkdir()
    (house / "spool").mkdir()
    for path in (house / "mail", house / "spool", house / "accounts"):
        os.chown(path, 12345, 12346)
    command = [sys.executable, "-m", "offhook", "deliver", "--config", str(house / "offhook.toml"), "all"]
    done = subprocess.run(command, input=LETTER, capture_output=True, timeout=120)
    assert done.returncode == 0, done.stderr
    made = [*(house / "mail").rglob("*"), *(house / "spool").rglob("*")]
    assert {(path.stat().st_uid, path.stat().st_gid) for path in made} == {(12345, 12346)}
    assert {stat.S_IMODE(path.stat().st_mode) for path in made if path.is_file()} == {0o600}
