import asyncio
import errno
import os
import subprocess
import sys
import time
from collections.abc import Callable, Collection
from pathlib import Path

import pytest
from click.testing import CliRunner

from offhook.cli.main import offhook
from offhook.mailbox.letters import Flag, Maildrop
from offhook.mailbox.maildir import Maildir
from offhook.mailbox.mbox import Mbox

LETTER = b"Subject: one\n\nbody\n\nFrom here on\n"
FROM = b"From a@example.org Sat Nov 28 12:00:00 2026\n"


@pytest.fixture(params=["maildir", "mbox"])
def config(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    file = tmp_path / "offhook.toml"
    file.write_text(f'[accounts]\nfile = "accounts"\n\n[mail]\nstore = "{request.param}"\n')
    (tmp_path / "accounts").write_text("alice:{ARGON2ID}x::::::\n")
    return file


def run(*words: str | Path):
    return CliRunner().invoke(offhook, [str(word) for word in words])


async def put(maildrop: Maildrop, letter: bytes, *flags: Flag, keywords: Collection[str] = ()) -> None:
    append = await maildrop.begin(flags, keywords=keywords, arrived=1_600_000_000.0)
    await append.write(letter)
    await append.commit()


async def filled(maildrop: Maildrop) -> list[tuple[object, ...]]:
    await put(maildrop, LETTER, Flag.SEEN, Flag.FLAGGED, keywords=["Work"])
    await put(maildrop, LETTER)
    await put(maildrop, b"no line feed", Flag.REPLIED, Flag.PASSED)
    return await contents(maildrop)


async def contents(maildrop: Maildrop) -> list[tuple[object, ...]]:
    entries = await maildrop.scan()
    found = [(await maildrop.fetch(one.key), sorted(map(str, one.flags)), one.keywords, one.arrived) for one in entries]
    return sorted(found, key=repr)


@pytest.mark.parametrize("kind", [Maildir, Mbox])
def test_letters_are_imported_with_all_that_belongs_to_them_and_once_only(tmp_path: Path, config: Path, kind: type):
    source = tmp_path / "old"
    wanted = asyncio.run(filled(kind(source)))
    first = run("import", "alice", source, "--folder", "Old", "--config", config)
    assert first.output == "3 letters put in, 0 there already.\n"
    again = run("import", "alice", source, "--folder", "Old", "--config", config)
    assert again.output == "0 letters put in, 3 there already.\n"
    asyncio.run(put(kind(source), b"Subject: late\n\n"))
    assert run("import", "alice", source, "--folder", "Old", "--config", config).output.startswith("1 letter put in, 3")
    for form, target in (("mbox", tmp_path / "out.mbox"), ("maildir", tmp_path / "out")):
        words = ("export", "alice", target, "--format", form, "--folder", "Old", "--config", config)
        assert run(*words).output == "4 letters put in, 0 there already.\n"
        assert run(*words).output == "0 letters put in, 4 there already.\n"
        exported = asyncio.run(contents(Mbox(target) if form == "mbox" else Maildir(target)))
        assert [each for each in exported if each in wanted] == wanted


def test_two_imports_at_once_put_no_letter_in_twice(tmp_path: Path, config: Path):
    async def fill() -> None:
        for number in range(30):
            await put(Maildir(tmp_path / "old"), b"Subject: %d\n\n" % number)

    asyncio.run(fill())
    command = [sys.executable, "-m", "offhook", "import", "alice", str(tmp_path / "old"), "--config", str(config)]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = sorted(process.communicate(timeout=120)[0] for process in both)
    assert said == ["0 letters put in, 30 there already.\n", "30 letters put in, 0 there already.\n"]


def test_all_folders_are_imported_and_exported(tmp_path: Path, config: Path):
    mail = tmp_path / "Mail"
    mail.mkdir()
    (mail / "inbox").write_bytes(FROM + LETTER)
    (mail / "Sent").write_bytes(FROM + b"Subject: sent\n\n" + b"\n" + FROM + b"Subject: more\n\n")
    assert run("import", "alice", mail, "--all", "--config", config).output == "3 letters put in, 0 there already.\n"
    out = tmp_path / "out"
    assert run("export", "alice", out, "--all", "--config", config).output == "3 letters put in, 0 there already.\n"
    assert len(list((out / ".Sent").glob("*/*,S=*"))) == 2
    boxes = tmp_path / "boxes"
    run("export", "alice", boxes, "--all", "--format", "mbox", "--config", config)
    assert (boxes / "Sent").read_bytes().count(b"\nSubject: ") == 2


def test_what_is_no_mailbox_or_no_account_is_told_in_one_sentence(tmp_path: Path, config: Path):
    (tmp_path / "diary").write_text("Dear diary,\n\ntoday\n")
    told = run("import", "alice", tmp_path / "diary", "--config", config)
    assert told.exit_code == 1
    assert "not a mailbox" in told.output
    told = run("import", "nobody", tmp_path / "diary", "--config", config)
    assert "There is no account nobody." in told.output
    (tmp_path / "boxes").mkdir()
    told = run("import", "alice", tmp_path / "boxes", "--config", config)
    assert (told.exit_code, told.output.split(": ")[-1]) == (1, "--all takes its folders.\n")


def check(*words: str | Path) -> tuple[int, str]:
    told = run("check-mailbox", *words)
    assert told.exception is None or isinstance(told.exception, SystemExit), told.exception
    return told.exit_code, told.output


def test_what_is_no_mailbox_is_not_mended(tmp_path: Path):
    (tmp_path / "passwd").write_text("root:x:0:0:root:/root:/bin/bash\n")
    (tmp_path / "passwd").chmod(0o644)
    status, output = check("--repair", tmp_path / "passwd")
    assert (status, output) == (1, f"{tmp_path / 'passwd'} is not a mailbox: no letter begins in it.\n")
    assert (tmp_path / "passwd").stat().st_mode & 0o777 == 0o644


def test_a_whole_mailbox_has_nothing_to_tell(tmp_path: Path):
    asyncio.run(filled(Mbox(tmp_path / "box")))
    asyncio.run(filled(Maildir(tmp_path / "maildir")))
    assert check(tmp_path / "box", tmp_path / "maildir") == (0, "")


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda text: b"junk\n\n" + text, "begins with 6 octets that belong to no letter"),
        (lambda text: text.replace(b"body", b"bodyful", 1), "has a Content-Length that leads to no end"),
        (lambda text: text.replace(b"body", b"BODY", 1), "has been changed by another program"),
        (lambda text: text[: text.rindex(b">From here")], "is torn: a part of it is missing"),
        (lambda text: text + FROM + b"Subject: x\n", "ends within its header"),
        (lambda text: text + FROM + b"Subject: x\n\n" + bytes(4096) + b"\n", "has a hole of zeros"),
        (lambda text: text + FROM + b"Subject: \x1b[2J\n\nno end", "does not end in a line feed"),
        (lambda text: b"Dear diary,\n", "is not a mailbox"),
    ],
)
def test_damage_of_letters_is_told_and_nothing_is_changed(tmp_path: Path, damage, said: str):  # type: ignore[no-untyped-def]
    box = tmp_path / "box"
    asyncio.run(filled(Mbox(box)))
    box.write_bytes(damage(box.read_bytes()))
    before = box.read_bytes()
    status, output = check("--repair", box)
    assert status == 1
    assert said in output
    assert "\x1b" not in output
    assert box.read_bytes() == before


def test_what_crashes_leave_beside_a_box_is_told_and_mended(tmp_path: Path):
    box = tmp_path / "box"
    asyncio.run(filled(Mbox(box)))
    (tmp_path / "box.lock").write_text(f"{2**22 + 1}:{os.uname().nodename}\n")
    (tmp_path / ".box.offhook-journal").write_bytes(b"never finished")
    (tmp_path / ".lk123.abc.host").write_bytes(b"")
    (tmp_path / ".box.offhook-journal.kept-1").write_bytes(b"")
    long_ago = time.time() - 7 * 86400
    os.utime(tmp_path / ".lk123.abc.host", (long_ago, long_ago))
    box.chmod(0o644)
    status, output = check(box)
    assert status == 1
    assert output.count("(--repair mends it.)") == 4
    assert "fits" in output
    status, output = check("--repair", box)
    assert output.count("Mended.") == 3  # whoever opens the box for its journal breaks the lock as well
    assert sorted(os.listdir(tmp_path)) == [".box.offhook-journal.kept-1", "box"]
    assert box.stat().st_mode & 0o777 == 0o600
    (tmp_path / ".box.offhook-journal.kept-1").unlink()
    assert check(box) == (0, "")


def test_damage_of_a_maildir_is_told_and_what_is_safe_is_mended(tmp_path: Path):
    maildir = tmp_path / "maildir"
    asyncio.run(filled(Maildir(maildir)))
    letters = sorted(maildir.glob("*/*,S=*"))
    letters[0].write_bytes(b"short")
    letters[1].chmod(0o644)
    os.link(letters[2], letters[2].parent / (letters[2].name.partition(":")[0] + ":2,T"))
    (maildir / "tmp" / "old").write_bytes(b"x")
    os.utime(maildir / "tmp" / "old", (1, 1))
    (maildir / ".Sent" / "cur").mkdir(parents=True, mode=0o700)
    (maildir / ".Sent").chmod(0o700)
    status, output = check("--repair", maildir)
    assert status == 1
    for said in ("is torn", "may be used by others", "has 2 files of the letter", "interrupted", "new is missing"):
        assert said in output
    status, output = check(maildir)
    assert (status, output.count("\n")) == (1, 2)


@pytest.mark.parametrize("lead", ["new", "cur", "tmp", ".Sent", ".Sent/new", ".Sent/tmp", "new/letter", "tmp/old"])
def test_mending_a_maildir_follows_no_link_of_its_user(tmp_path: Path, lead: str):
    prize, maildir = tmp_path / "prize", tmp_path / "maildir"
    for folder in (*(prize / part for part in ("cur", "new", "tmp")), *(maildir / ".Sent" / part for part in ("cur",))):
        folder.mkdir(parents=True, mode=0o755)
    for file in (prize / "letter", prize / "new" / "letter", prize / "tmp" / "old"):
        file.write_bytes(b"x")
        file.chmod(0o644)
        os.utime(file, (1, 1))
    asyncio.run(filled(Maildir(maildir)))
    place = maildir / lead
    place.parent.mkdir(exist_ok=True)
    if place.is_dir():
        place.rename(tmp_path / "away")
    place.symlink_to(prize / "letter" if place.name in ("letter", "old") else prize)
    before = {path: path.lstat() for path in (prize, *prize.rglob("*"))}
    status, output = check("--repair", maildir)
    assert {path: path.lstat() for path in (prize, *prize.rglob("*"))} == before
    assert place.is_symlink()
    assert lead == "tmp/old" or (status == 1 and "links are not followed" in output)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can have files of another")
def test_mending_a_maildir_changes_no_file_of_another_user(tmp_path: Path):
    asyncio.run(filled(Maildir(tmp_path / "maildir")))
    [letter, *_] = (tmp_path / "maildir").glob("*/*,S=*")
    letter.chmod(0o644)
    os.chown(letter, 12345, 12345)
    status, output = check("--repair", tmp_path / "maildir")
    assert (status, letter.stat().st_mode & 0o777) == (1, 0o644)
    assert "could not be mended: it belongs to another user." in output


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mend for another")
def test_a_folder_that_root_makes_in_a_users_maildir_is_the_users(tmp_path: Path):
    maildir = tmp_path / "maildir"
    asyncio.run(filled(Maildir(maildir)))
    for path in (maildir, *maildir.rglob("*")):
        os.chown(path, 12345, 12346)
    (maildir / "tmp").rmdir()
    status, output = check("--repair", maildir)
    assert (status, output) == (0, f"{maildir}/tmp is missing. Mended.\n")
    made = (maildir / "tmp").stat()
    assert (made.st_uid, made.st_gid, made.st_mode & 0o777) == (12345, 12346, 0o700)


def test_a_box_with_a_second_name_keeps_its_rights(tmp_path: Path):
    asyncio.run(filled(Mbox(tmp_path / "theirs")))
    (tmp_path / "theirs").chmod(0o660)
    (tmp_path / "folder").mkdir()
    os.link(tmp_path / "theirs", tmp_path / "folder" / "box")
    status, output = check("--repair", tmp_path / "folder")
    assert (status, "could not be mended: it has a second name." in output) == (1, True)
    assert (tmp_path / "theirs").stat().st_mode & 0o777 == 0o660


def close(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have nothing at or below `path` be opened or looked at, though root may."""

    def refused(name: Path) -> None:
        if name.is_relative_to(path):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(name))

    real_open = os.open

    def os_open(name: str | Path, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        refused(Path("" if dir_fd is None else os.readlink(f"/proc/self/fd/{dir_fd}"), name))
        return real_open(name, flags, mode, dir_fd=dir_fd)

    def of_path(real: Callable[..., object]) -> Callable[..., object]:
        def asked(self: Path, *words: object, **more: object) -> object:
            refused(self)
            return real(self, *words, **more)

        return asked

    monkeypatch.setattr(os, "open", os_open)
    for method in ("open", "is_dir"):
        monkeypatch.setattr(Path, method, of_path(getattr(Path, method)))


@pytest.mark.parametrize("closed", [".Closed", ".Closed/cur", ".Closed/new"])
def test_a_folder_that_cannot_be_read_keeps_nobody_from_looking_at_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, closed: str
):
    for name in (".", ".Closed", ".Open"):
        asyncio.run(filled(Maildir(tmp_path / "maildir" / name)))
    (tmp_path / "maildir" / ".Open").chmod(0o755)
    close(tmp_path / "maildir" / closed, monkeypatch)
    assert check("--repair", tmp_path / "maildir") == (
        1,
        f"{tmp_path}/maildir/.Closed could not be looked at: Permission denied.\n"
        f"{tmp_path}/maildir/.Open may be used by others than its owner (mode 0755). Mended.\n",
    )


def test_a_box_that_cannot_be_read_keeps_nobody_from_looking_at_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    for name in ("closed", "open"):
        asyncio.run(filled(Mbox(tmp_path / name)))
    (tmp_path / "open").chmod(0o644)
    close(tmp_path / "closed", monkeypatch)
    assert check("--repair", tmp_path) == (
        1,
        f"{tmp_path}/closed could not be looked at: Permission denied.\n"
        f"{tmp_path}/open may be used by others than its owner (mode 0644). Mended.\n",
    )
