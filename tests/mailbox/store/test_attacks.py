"""What the owner of a mailbox may try on a host that runs as root: nothing of others is read, written, taken or given.

Each case puts something in the way at one place of a home, then does everything that a session does with a mailbox.
Afterwards all files outside the home are as they were, octets, owners, modes and times, and no octet of a secret has
been told.
"""

import asyncio
import os
import stat
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from offhook.mailbox.files import DiskBoxFiles, DiskFiles
from offhook.mailbox.letters import Flag, Folders, LetterKey, Maildrop, MaildropFailure
from offhook.mailbox.maildir import Maildir, MaildirFolders
from offhook.mailbox.mbox import Mbox, MboxFolders

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root works for other users")

USER = (20101, 20101)
VICTIM = (20102, 20102)
SECRET = b"From victim@example.org Sat Nov 28 12:00:00 2026\nSubject: secret\n\nTop secret.\n\n"
LETTER = b"From: a@example.org\nSubject: mine\n\nbody\n"


@dataclass(frozen=True)
class House:
    """A home of the user, and one of the victim with the same things in it; `bait` is what is led to."""

    home: Path
    victim: Path

    def maildir(self) -> tuple[Maildrop, Folders]:
        files = DiskFiles(str(self.home), USER)
        path = self.home / "Maildir"
        return Maildir(path, files=files), MaildirFolders(path, files=files)

    def mbox(self) -> tuple[Maildrop, Folders]:
        files = DiskBoxFiles(str(self.home), USER)
        path = self.home / "mail"
        return Mbox(path / "inbox", files=files, patience=0), MboxFolders(path, files=files)


def owned(path: Path, owner: tuple[int, int], content: bytes | None = None) -> Path:
    if content is None:
        path.mkdir(0o700)
    else:
        path.write_bytes(content)
        path.chmod(0o600)
    os.chown(path, *owner)
    return path


def furnish(home: Path, owner: tuple[int, int], letter: bytes) -> None:
    """A Maildir with a folder, keywords and a quota, and mbox files, as programs of the owner's make them."""
    owned(home, owner)
    for maildir in (home / "Maildir", home / "Maildir/.Work"):
        owned(maildir, owner)
        for part in ("tmp", "new", "cur"):
            owned(maildir / part, owner)
        owned(maildir / "new/1700000000.M1P1.host", owner, letter)
        owned(maildir / "cur/1700000001.M1P1.host:2,Sa", owner, letter)
        owned(maildir / "dovecot-keywords", owner, b"0 known\n")
        owned(maildir / "dovecot-uidlist", owner, b"3 V1 N3\n")
    owned(home / "Maildir/maildirsize", owner, b"100000S,1000C\n%d 4\n" % (4 * len(letter)))
    owned(home / "Maildir/.Work/maildirfolder", owner, b"")
    owned(home / "mail", owner)
    owned(home / "mail/inbox", owner, letter if letter.startswith(b"From ") else b"")
    owned(home / "mail/Work", owner, letter if letter.startswith(b"From ") else b"")
    owned(home / "mail/inbox.lock", owner, b"")
    os.utime(home / "mail/inbox.lock", (1, 1))
    os.utime(home / "mail/inbox", (1, 1))
    owned(home / "mail/.inbox.offhook-journal", owner, b"no journal")
    for folder in (home / ".local", home / ".local/state", home / ".local/state/offhook"):
        owned(folder, owner)


@pytest.fixture
def house(tmp_path: Path) -> House:
    for folder in (tmp_path, *tmp_path.parents):
        if folder != Path("/"):
            folder.chmod(folder.stat().st_mode | 0o011)
    furnish(tmp_path / "user", USER, LETTER)
    furnish(tmp_path / "victim", VICTIM, SECRET)
    return House(tmp_path / "user", tmp_path / "victim")


def remembered(folder: Path) -> dict[str, tuple[object, ...]]:
    """Everything in a folder: kind and mode, owner, number of names, time and octets."""
    found: dict[str, tuple[object, ...]] = {}
    for path in sorted([folder, *folder.rglob("*")]):
        facts = path.lstat()
        content = path.read_bytes() if stat.S_ISREG(facts.st_mode) else b""
        found[str(path)] = (facts.st_mode, facts.st_uid, facts.st_gid, facts.st_ino, facts.st_mtime_ns, content)
    return found


async def everything(maildrop: Maildrop, folders: Folders) -> bytes:
    """All that a session does with a mailbox, and what it was told by it."""
    told: list[object] = []

    async def tried(deed: Callable[[], Awaitable[object]]) -> None:
        with suppress(MaildropFailure):
            async with asyncio.timeout(60):
                told.append(await deed())

    async def put(into: Maildrop) -> LetterKey:
        append = await into.begin({Flag.FLAGGED}, keywords={"brandnew"})
        try:
            await append.write(LETTER)
            return await append.commit()
        finally:
            await append.abort()

    async def in_folder() -> None:
        work = await folders.open("Work")
        keys = [entry.key for entry in await maildrop.scan()]
        for key in keys:
            await tried(lambda key=key: maildrop.copy([key], work))  # type: ignore[misc]
            await tried(lambda key=key: work.move([key], maildrop))  # type: ignore[misc]
        await tried(lambda: put(work))
        for entry in await work.scan():
            await tried(lambda entry=entry: work.fetch(entry.key))  # type: ignore[misc]

    await tried(lambda: put(maildrop))
    with suppress(MaildropFailure):
        for entry in await maildrop.scan():
            key = entry.key
            await tried(lambda key=key: maildrop.head(key))  # type: ignore[misc]
            await tried(lambda key=key: maildrop.fetch(key))  # type: ignore[misc]
            await tried(lambda key=key: maildrop.mark(key, add={Flag.REPLIED}, add_keywords={"other"}))  # type: ignore[misc]
    for key in (LetterKey("1700000000.M1P1.host"), LetterKey("1700000001.M1P1.host")):
        await tried(lambda key=key: maildrop.fetch(key))  # type: ignore[misc]
    await tried(folders.names)
    await tried(in_folder)
    await tried(lambda: folders.create("Newer"))
    await tried(lambda: maildrop.wait(0))
    with suppress(MaildropFailure):
        await tried(lambda: maildrop.expunge([]))
        keys = [entry.key for entry in await maildrop.scan()]
        await tried(lambda: maildrop.expunge(keys))
    await tried(lambda: folders.remove("Work"))
    await tried(lambda: put(maildrop))
    await maildrop.close()
    return repr(told).encode()


def put_in_the_way(house: House, place: str, what: str) -> None:
    """At `place` of the home, something that leads to what the victim has at the same place, or that nobody expects."""
    mine, theirs = house.home / place, house.victim / place
    aside = house.home / "aside"
    if os.path.lexists(mine):
        mine.rename(aside)
    match what:
        case "a link":
            mine.symlink_to(theirs)
        case "a link to the folder above":
            mine.symlink_to(theirs.parent)
        case "a link to nothing":
            mine.symlink_to(house.victim / "made by root")
        case "a second name":
            if theirs.is_dir():
                mine.symlink_to(theirs, target_is_directory=True)
            else:
                os.link(theirs if theirs.exists() else house.victim / "mail/inbox", mine)
        case "a pipe":
            os.mkfifo(mine, 0o666)
        case "a folder of root's":
            mine.mkdir(0o700)
        case "a file of root's":
            mine.write_bytes(SECRET)
            mine.chmod(0o600)
        case "the victim's own":  # as if the user could move it here: more than a user can
            if theirs.is_dir():
                mine.mkdir(0o777)
            else:
                mine.write_bytes(SECRET)
            os.chown(mine, *VICTIM)


IN_MAILDIR = [
    "Maildir",
    "Maildir/tmp",
    "Maildir/new",
    "Maildir/cur",
    "Maildir/new/1700000000.M1P1.host",
    "Maildir/cur/1700000001.M1P1.host:2,Sa",
    "Maildir/dovecot-keywords",
    "Maildir/dovecot-keywords.lock",
    "Maildir/dovecot-uidlist",
    "Maildir/dovecot-uidlist.lock",
    "Maildir/maildirsize",
    "Maildir/.Work",
    "Maildir/.Work/new",
    "Maildir/.Work/cur",
    "Maildir/.Newer",
]
IN_MBOX = [
    "mail",
    "mail/inbox",
    "mail/inbox.lock",
    "mail/.inbox.offhook-journal",
    "mail/Work",
    "mail/Newer",
    ".local",
    ".local/state",
    ".local/state/offhook",
]
WAYS = [
    "a link",
    "a link to the folder above",
    "a link to nothing",
    "a second name",
    "a pipe",
    "a folder of root's",
    "a file of root's",
    "the victim's own",
]


@pytest.fixture
def undisturbed(house: House) -> Iterator[None]:
    """All that the victim has is as before when the test is over."""
    before = remembered(house.victim)
    yield
    assert remembered(house.victim) == before


@pytest.mark.usefixtures("undisturbed")
@pytest.mark.parametrize("what", WAYS)
@pytest.mark.parametrize("place", IN_MAILDIR)
async def test_a_maildir_leads_root_nowhere(house: House, place: str, what: str):
    put_in_the_way(house, place, what)
    foreign = of_others(house.home)
    assert b"Top secret" not in await everything(*house.maildir())
    assert of_others(house.home).items() <= foreign.items()


@pytest.mark.usefixtures("undisturbed")
@pytest.mark.parametrize("what", WAYS)
@pytest.mark.parametrize("place", IN_MBOX)
async def test_an_mbox_leads_root_nowhere(house: House, place: str, what: str):
    put_in_the_way(house, place, what)
    foreign = of_others(house.home)
    assert b"Top secret" not in await everything(*house.mbox())
    assert of_others(house.home).items() <= foreign.items()


def of_others(home: Path) -> dict[int, tuple[object, ...]]:
    """What there is in the home that is not the user's, by number: it may be taken away, and not changed."""
    there = {path.lstat().st_ino: path for path in home.rglob("*") if path.lstat().st_uid != USER[0]}
    return {number: (path.lstat().st_uid, path.lstat().st_mode) for number, path in there.items() if path.is_file()}


@pytest.mark.usefixtures("undisturbed")
@pytest.mark.parametrize("store", ["maildir", "mbox"])
@pytest.mark.parametrize(
    "name",
    [
        "..", "../..", "../victim", "../../victim/Maildir", "/etc", "/", "//", ".", "./x", "x/..", "x/../..",
        "Work/../../../victim/mail/Work", "Work/", "/Work", "\0", "Work\0", "..\0", "~", "~victim", "~/x", ".ssh",
        "Work/.ssh", "%2e%2e", "&AC4ALg-", "&AC8-etc", "a\nb", "\x1b[2J", "\x9b2J", "\N{RIGHT-TO-LEFT OVERRIDE}x",
        "x" * 300, "x/" * 40 + "x", "tmp", "new", "cur", "INBOX/..", "inbox.lock", "Work.lock", ".lock", "",
        " ", "Work ", "\udcff", "\N{FULLWIDTH FULL STOP}" * 2, "\N{DIVISION SLASH}etc", "C:\\x", "dovecot-uidlist",
    ],
)  # fmt: skip
async def test_the_name_of_a_folder_leads_root_nowhere(house: House, store: str, name: str):
    _, folders = house.maildir() if store == "maildir" else house.mbox()
    outside = sorted(os.listdir(house.home.parent)), sorted(os.listdir(house.home))
    for deed in (folders.create, folders.open, folders.remove):
        with suppress(MaildropFailure):
            opened = await deed(name)
            if opened is not None:
                append = await opened.begin()
                await append.write(LETTER)
                await append.commit()
    assert (sorted(os.listdir(house.home.parent)), sorted(os.listdir(house.home))) == outside


@pytest.mark.parametrize("owner", [None, USER])
@pytest.mark.parametrize("mode", [0o1777, 0o2775])
async def test_a_box_of_a_stranger_counts_only_where_not_everybody_could_have_made_it(
    tmp_path: Path, owner: tuple[int, int] | None, mode: int
):
    tmp_path.chmod(mode)
    box = tmp_path / "user"
    box.write_bytes(b"")
    os.chown(box, *VICTIM)
    maildrop = Mbox(box, files=DiskBoxFiles(owner=owner))
    if mode == 0o2775 and owner is None:
        assert await maildrop.scan() == ()
        return
    append = await maildrop.begin()
    await append.write(LETTER)
    for using in (maildrop.scan, append.commit):
        with pytest.raises(MaildropFailure, match=r"another user|permission|not allowed|may not"):
            await using()
    assert box.read_bytes() == b""
    os.chown(box, *(owner or (0, 0)))
    assert await maildrop.scan() == ()
