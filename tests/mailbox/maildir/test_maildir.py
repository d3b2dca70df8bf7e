"""The Maildir store and its neighbours: other programs, other formats of names, hostile things in the folders."""

import asyncio
import errno
import mailbox as std_mailbox  # noqa: TID251 - the standard module is the oracle
import os
import subprocess
import sys
from pathlib import Path

import pytest

from offhook.mailbox.letters import Flag, LetterKey, MaildropFailure
from offhook.mailbox.maildir import Maildir
from tests.support.letters_in_stores import LETTER, only, put
from tests.support.maildir_peer import NOW, age, drop, names


async def test_folders_are_made_for_the_owner_alone_whatever_the_umask(tmp_path: Path):
    old = os.umask(0o777)
    try:
        key = await put(Maildir(tmp_path / "deep" / "down" / "alice"))
    finally:
        os.umask(old)
    made = [tmp_path / "deep", tmp_path / "deep/down/alice", *(tmp_path / "deep/down/alice").iterdir()]
    assert {folder.stat().st_mode & 0o777 for folder in made} == {0o700}
    assert (tmp_path / "deep/down/alice/new" / key).stat().st_mode & 0o777 == 0o600


async def test_a_delivered_name_tells_the_size_and_is_made_of_harmless_characters(tmp_path: Path):
    key = await put(Maildir(tmp_path, now=lambda: 1_700_000_000.25))
    assert key.startswith("1700000000.M250000P")
    assert key.endswith(f",S={len(LETTER)}")
    assert names(tmp_path) == [f"new/{key}"]
    assert (await only(Maildir(tmp_path))).arrived == 1_700_000_000.25


async def test_a_thousand_names_made_in_one_instant_differ(tmp_path: Path):
    first, second = (Maildir(tmp_path, now=lambda: NOW) for _ in range(2))
    keys = {await put(maildrop, b"x") for _ in range(100) for maildrop in (first, second)}
    assert len(keys) == 200


async def test_only_a_marked_letter_leaves_new(tmp_path: Path):
    maildrop = Maildir(tmp_path)
    key = await put(maildrop)
    await maildrop.fetch(key)
    assert names(tmp_path) == [f"new/{key}"]
    await maildrop.mark(key, add={Flag.SEEN})
    assert names(tmp_path) == [f"cur/{key}:2,S"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("cur/1.a.b:2,Fab", "cur/1.a.b:2,FSab"),
        ("cur/1.a.b:2,SZX", "cur/1.a.b:2,SXZ"),
        ("cur/1.a.b:2,R,keep:2,this", "cur/1.a.b:2,RS,keep:2,this"),
        ("cur/1.a.b,S=9,W=9:2,", "cur/1.a.b,S=9,W=9:2,S"),
        ("cur/1.a.b", "cur/1.a.b:2,S"),
        ("cur/1.a.b:1,exp", "cur/1.a.b:1,exp:2,S"),
        ("new/1.a.b:2,F", "cur/1.a.b:2,FS"),
        ("new/odd name \udcff", "cur/odd name \udcff:2,S"),
    ],
)
async def test_marking_keeps_what_it_does_not_know_in_a_name(tmp_path: Path, before: str, after: str):
    drop(tmp_path, before)
    maildrop = Maildir(tmp_path)
    entry = await only(maildrop)
    await maildrop.mark(entry.key, add={Flag.SEEN})
    assert names(tmp_path) == [after]
    assert (await only(maildrop)).key == entry.key
    assert await maildrop.fetch(entry.key) == LETTER


async def test_marking_does_not_touch_the_file(tmp_path: Path):
    file = drop(tmp_path, "new/1.a.b")
    os.utime(file, (NOW, NOW))
    maildrop = Maildir(tmp_path)
    before = file.stat()
    await maildrop.mark((await only(maildrop)).key, add={Flag.SEEN})
    after = (tmp_path / "cur/1.a.b:2,S").stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


async def test_size_and_arrival_come_from_the_file_when_the_name_is_silent(tmp_path: Path):
    os.utime(drop(tmp_path, "new/odd"), (NOW, NOW))
    entry = await only(Maildir(tmp_path))
    assert (entry.size, entry.arrived) == (len(LETTER), NOW)


async def test_a_name_that_is_wrong_about_the_size_is_believed_until_the_letter_is_read(tmp_path: Path):
    drop(tmp_path, "cur/1700000000.M1P1.host,S=99999,W=5:2,S")
    maildrop = Maildir(tmp_path)
    key = (await only(maildrop)).key
    assert (await only(maildrop)).size == 99999
    assert await maildrop.fetch(key) == LETTER
    assert (await only(maildrop)).size == len(LETTER)
    (copy,) = await maildrop.copy([key], maildrop)
    assert f",S={len(LETTER)}" in copy
    assert ",W=" not in copy


async def test_a_copy_is_a_further_link_and_keeps_what_we_do_not_know(tmp_path: Path):
    file = drop(tmp_path / "one", "cur/1700000000.M1P1.host:2,FSXa,rest:2,x")
    (tmp_path / "one/dovecot-keywords").write_text("0 Work\n")
    one, two = Maildir(tmp_path / "one"), Maildir(tmp_path / "two")
    await put(two, LETTER, Flag.SEEN)
    await two.mark((await only(two)).key, add_keywords={"else"})
    (copy,) = await one.copy([(await only(one)).key], two)
    copied = tmp_path / f"two/cur/{copy}:2,FSXb,rest:2,x"
    assert copied.stat().st_ino == file.stat().st_ino
    assert (tmp_path / "two/dovecot-keywords").read_text() == "0 else\n1 Work\n"


async def test_a_letter_whose_keyword_nobody_explains_is_copied_without_it(tmp_path: Path):
    drop(tmp_path / "one", "cur/1700000000.M1P1.host:2,Sqz")
    one, two = Maildir(tmp_path / "one"), Maildir(tmp_path / "two")
    await one.copy([(await only(one)).key], two)
    assert [name.rpartition(":2,")[2] for name in names(tmp_path / "two")] == ["S"]


async def test_keywords_are_shown_anew_when_only_their_file_has_changed(tmp_path: Path):
    drop(tmp_path, "cur/1.a.b:2,Sab")
    (tmp_path / "dovecot-keywords").write_text("0 Work\n")
    age(tmp_path, 60)
    maildrop = Maildir(tmp_path, now=lambda: NOW)
    assert (await only(maildrop)).keywords == {"Work"}
    (tmp_path / "dovecot-keywords").write_text("0 Work\n1 later\n")
    assert await maildrop.wait(0)
    assert (await only(maildrop)).keywords == {"Work", "later"}
    assert not await maildrop.wait(0)


class DeafInotify:
    """A kernel that has no more inotify instances to give."""

    def __init__(self) -> None:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))


async def test_waiting_without_inotify_looks_now_and_then(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("offhook.mailbox.store.watch.Inotify", DeafInotify)
    monkeypatch.setattr("offhook.mailbox.maildir.maildir.RELIST_SECONDS", 0.01)
    maildrop = Maildir(tmp_path)
    await maildrop.scan()
    assert not await maildrop.wait(0.2)
    waiting = asyncio.ensure_future(maildrop.wait(60))
    await asyncio.sleep(0)
    await put(Maildir(tmp_path))
    async with asyncio.timeout(60):
        assert await waiting


async def test_a_wait_gives_back_all_descriptors(tmp_path: Path):
    maildrop = Maildir(tmp_path)
    await put(maildrop)
    await maildrop.scan()
    before = len(os.listdir("/proc/self/fd"))
    assert not await maildrop.wait(0.01)
    waiting = asyncio.ensure_future(maildrop.wait(60))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await maildrop.scan()
    assert len(os.listdir("/proc/self/fd")) == before


async def test_what_is_no_letter_is_not_listed(tmp_path: Path):
    drop(tmp_path, "new/.nfs0001")
    drop(tmp_path, "cur/.hidden:2,S")
    drop(tmp_path, "cur/:2,S")
    (tmp_path / "cur/folder").mkdir()
    (tmp_path / "cur/link").symlink_to("/etc/passwd")
    os.mkfifo(tmp_path / "cur/pipe")
    drop(tmp_path, "tmp/half")
    drop(tmp_path, "new/1.a.b")
    assert (await only(Maildir(tmp_path))).key == "1.a.b"


async def test_a_letter_exchanged_for_a_link_is_not_followed(tmp_path: Path):
    drop(tmp_path, "cur/1.a.b:2,")
    maildrop = Maildir(tmp_path)
    key = (await only(maildrop)).key
    (tmp_path / "secret").write_bytes(b"secret")
    (tmp_path / "cur/1.a.b:2,").unlink()
    (tmp_path / "cur/1.a.b:2,").symlink_to(tmp_path / "secret")
    with pytest.raises(MaildropFailure):
        await maildrop.fetch(key)


@pytest.mark.parametrize("folder", ["new", "cur", "tmp"])
async def test_a_folder_that_is_a_link_is_refused(tmp_path: Path, folder: str):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "box").mkdir()
    (tmp_path / "box" / folder).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(MaildropFailure):
        await put(Maildir(tmp_path / "box"))
    assert list((tmp_path / "elsewhere").iterdir()) == []


async def test_a_file_in_place_of_the_mailbox_is_a_failure_in_words(tmp_path: Path):
    (tmp_path / "box").write_text("x")
    with pytest.raises(MaildropFailure, match="is a file"):
        await Maildir(tmp_path / "box").scan()


async def test_a_letter_another_program_renamed_is_found_again(tmp_path: Path):
    drop(tmp_path, "new/1.a.b")
    maildrop = Maildir(tmp_path)
    key = (await only(maildrop)).key
    (tmp_path / "new/1.a.b").rename(tmp_path / "cur/1.a.b:2,F")
    assert await maildrop.fetch(key) == LETTER
    (tmp_path / "cur/1.a.b:2,F").rename(tmp_path / "cur/1.a.b:2,FRz")
    await maildrop.mark(key, add={Flag.SEEN}, remove={Flag.FLAGGED})
    assert names(tmp_path) == ["cur/1.a.b:2,RSz"]
    (tmp_path / "cur/1.a.b:2,RSz").rename(tmp_path / "cur/1.a.b:2,S")
    await maildrop.expunge([key])
    assert names(tmp_path) == []


async def test_a_letter_in_new_and_cur_at_once_is_one_letter_and_goes_as_one(tmp_path: Path):
    drop(tmp_path, "new/1.a.b")
    os.link(tmp_path / "new/1.a.b", tmp_path / "cur/1.a.b:2,S")
    maildrop = Maildir(tmp_path)
    entry = await only(maildrop)
    assert (entry.new, entry.flags) == (False, {Flag.SEEN})
    await maildrop.expunge([entry.key])
    assert names(tmp_path) == []


async def test_old_litter_in_tmp_is_removed_and_young_files_stay(tmp_path: Path):
    os.utime(drop(tmp_path, "tmp/old"), (NOW - 37 * 3600, NOW - 37 * 3600))
    os.utime(drop(tmp_path, "tmp/young"), (NOW - 35 * 3600, NOW - 35 * 3600))
    await Maildir(tmp_path, now=lambda: NOW).scan()
    assert names(tmp_path) == ["tmp/young"]


async def test_the_standard_library_reads_what_we_write(tmp_path: Path):
    maildrop = Maildir(tmp_path)
    key = await put(maildrop)
    seen = await put(maildrop)
    await maildrop.mark(seen, add={Flag.SEEN, Flag.FLAGGED})
    theirs = std_mailbox.Maildir(tmp_path, create=False)
    assert set(theirs.keys()) == {key, seen}
    assert theirs.get_bytes(key) == LETTER
    assert theirs[key].get_subdir() == "new"
    assert (theirs[seen].get_subdir(), theirs[seen].get_flags()) == ("cur", "FS")


async def test_we_read_what_the_standard_library_writes(tmp_path: Path):
    theirs = std_mailbox.Maildir(tmp_path / "box")
    message = std_mailbox.MaildirMessage(LETTER)
    message.set_subdir("cur")
    message.set_flags("RS")
    keys = [theirs.add(LETTER), theirs.add(message)]
    maildrop = Maildir(tmp_path / "box")
    found = {entry.key: entry for entry in await maildrop.scan()}
    assert set(found) == set(keys)
    assert (found[LetterKey(keys[0])].new, found[LetterKey(keys[1])].flags) == (True, {Flag.REPLIED, Flag.SEEN})
    assert await maildrop.fetch(LetterKey(keys[0])) == LETTER
    await maildrop.expunge([LetterKey(keys[0])])
    assert theirs.keys() == [keys[1]]


FLAGGER = """
import os, sys
folder, rounds = sys.argv[1], int(sys.argv[2])
for turn in range(rounds):
    for name in os.listdir(folder):
        base, _, letters = name.partition(":2,")
        letters = set(letters) ^ {"FT"[turn % 2]}
        try:
            os.rename(os.path.join(folder, name), os.path.join(folder, base + ":2," + "".join(sorted(letters))))
        except FileNotFoundError:
            pass
"""


async def test_no_letter_and_no_flag_is_lost_beside_a_program_that_changes_flags(tmp_path: Path):
    maildrop = Maildir(tmp_path)
    keys = [LetterKey(f"{1_700_000_000 + number}.a.b,S=4") for number in range(2000)]
    for number, key in enumerate(keys):
        drop(tmp_path, f"cur/{key}:2,S", b"%04d" % number)
    other = subprocess.Popen(  # noqa: ASYNC220 - it starts in a moment, and nothing else runs on this loop
        [sys.executable, "-c", FLAGGER, str(tmp_path / "cur"), "40"]
    )
    try:
        rounds = 0
        while other.poll() is None or not rounds:
            assert {entry.key for entry in await maildrop.scan()} == set(keys)
            for number in range(rounds % 50, 2000, 500):
                assert await maildrop.fetch(keys[number]) == b"%04d" % number
                await maildrop.mark(keys[number], add={Flag.REPLIED})
            rounds += 1
    finally:
        other.kill()
        other.wait()
    for number in range(min(rounds, 50)):
        await maildrop.mark(keys[number], add={Flag.REPLIED})
    entries = {entry.key: entry for entry in await Maildir(tmp_path).scan()}
    assert set(entries) == set(keys)
    assert all(Flag.SEEN in entry.flags for entry in entries.values())
    assert all(Flag.REPLIED in entries[keys[number]].flags for number in range(min(rounds, 50)))
    await maildrop.expunge(keys)
    assert names(tmp_path) == []


async def test_what_dovecot_keeps_beside_the_letters_is_left_alone_by_all_that_is_done_to_them(tmp_path: Path):
    kept = {
        "dovecot-uidlist": b"3 V1795900281 N4 Gfeed\n1 :gone\n3 :1.M1P1.host,S=5\n",
        "dovecot.index.log": b"\1\2",
        "dovecot-uidvalidity": b"6b0b46c9",
    }
    for name, content in kept.items():
        (tmp_path / name).write_bytes(content)
    before = {name: (tmp_path / name).stat() for name in kept}
    maildrop, other = Maildir(tmp_path), Maildir(tmp_path / ".Other")
    keys = [await put(maildrop) for _ in range(3)]
    await maildrop.mark(keys[0], add={Flag.SEEN}, add_keywords={"later"})
    await maildrop.copy(keys[:1], other)
    await maildrop.move(keys[1:2], other)
    await maildrop.expunge(keys[2:])
    assert (len(await maildrop.scan()), len(await other.scan())) == (1, 2)
    for name, content in kept.items():
        assert (tmp_path / name).read_bytes() == content
        after = (tmp_path / name).stat()
        assert (after.st_ino, after.st_mtime_ns) == (before[name].st_ino, before[name].st_mtime_ns)
    assert not list(tmp_path.glob("*.lock"))
