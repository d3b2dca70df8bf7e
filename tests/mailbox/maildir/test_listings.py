"""When a Maildir is listed again, and that a letter missing from one listing is not taken for removed."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from offhook.mailbox.letters import LetterGone, LetterKey
from offhook.mailbox.maildir import Maildir
from tests.support.faulty_files import FaultyFiles
from tests.support.letters_in_stores import LETTER, only
from tests.support.maildir_peer import NOW, age, drop


async def test_nothing_is_listed_again_while_nothing_changes(tmp_path: Path):
    drop(tmp_path, "new/1.a.b")
    age(tmp_path, 60)
    files = FaultyFiles()
    maildrop = Maildir(tmp_path, files=files, now=lambda: NOW)
    await maildrop.scan()
    files.done.clear()
    assert len(await maildrop.scan()) == 1
    assert "list_folder" not in files.done
    assert len(files.done) <= 11


async def test_a_letter_delivered_in_the_same_tick_as_the_last_listing_is_listed(tmp_path: Path):
    drop(tmp_path, "new/1.a.b")
    age(tmp_path, 1)
    maildrop = Maildir(tmp_path, now=lambda: NOW)
    assert len(await maildrop.scan()) == 1
    drop(tmp_path, "new/2.a.b")
    age(tmp_path, 1)
    assert len(await maildrop.scan()) == 2


@pytest.fixture
def on_a_file_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is on the disk is taken for something on a file server."""
    monkeypatch.setattr("offhook.mailbox.maildir.folder.is_remote", lambda _path: True)


async def test_on_a_disk_of_this_machine_nothing_is_listed_again_however_much_time_has_gone(tmp_path: Path):
    drop(tmp_path, "new/1.a.b")
    age(tmp_path, 60)
    clock = [NOW]
    files = FaultyFiles()
    maildrop = Maildir(tmp_path, files=files, now=lambda: clock[0])
    await maildrop.scan()
    files.done.clear()
    clock[0] += 1000
    assert len(await maildrop.scan()) == 1
    assert not await maildrop.wait(0)
    assert "list_folder" not in files.done


@pytest.mark.usefixtures("on_a_file_server")
async def test_a_folder_whose_time_lags_is_listed_after_some_seconds_all_the_same(tmp_path: Path):
    drop(tmp_path, "new/1.a.b")
    age(tmp_path, 60)
    clock = [NOW]
    maildrop = Maildir(tmp_path, now=lambda: clock[0])
    assert len(await maildrop.scan()) == 1
    drop(tmp_path, "new/2.a.b")
    age(tmp_path, 60)
    clock[0] += 6
    assert len(await maildrop.scan()) == 2


class Forgetful(FaultyFiles):
    """Listings that miss letters, as those taken during renames do."""

    def __init__(self, misses: Sequence[str], lists: int) -> None:
        super().__init__()
        self.misses, self.lists = misses, lists

    def list_folder(self, folder: int) -> list[str]:
        found = self.real.list_folder(folder)
        self.lists -= 1
        return [name for name in found if self.lists < 0 or not name.startswith(tuple(self.misses))]


async def test_a_letter_missing_from_a_listing_is_not_taken_for_removed(tmp_path: Path):
    drop(tmp_path, "cur/1.a.b:2,")
    drop(tmp_path, "cur/2.a.b:2,")
    files = Forgetful(["1."], 0)
    maildrop = Maildir(tmp_path, files=files)
    assert len(await maildrop.scan()) == 2
    for missed in range(1, 10):
        drop(tmp_path, f"new/{missed + 10}.a.b")
        files.lists = missed
        assert "1.a.b" in [entry.key for entry in await maildrop.scan()]
        assert await maildrop.fetch(LetterKey("1.a.b")) == LETTER


async def test_a_letter_really_removed_by_another_program_is_gone_from_the_next_listing(tmp_path: Path):
    drop(tmp_path, "cur/1.a.b:2,")
    drop(tmp_path, "cur/2.a.b:2,")
    maildrop = Maildir(tmp_path)
    await maildrop.scan()
    (tmp_path / "cur/1.a.b:2,").unlink()
    assert (await only(maildrop)).key == "2.a.b"
    with pytest.raises(LetterGone):
        await maildrop.fetch(LetterKey("1.a.b"))


@pytest.mark.usefixtures("on_a_file_server")
async def test_a_letter_on_a_file_server_whose_times_lag_is_waited_for_five_seconds_at_most(tmp_path: Path):
    drop(tmp_path, "new/1.a.b")
    age(tmp_path, 60)
    clock = [NOW]
    maildrop = Maildir(tmp_path, now=lambda: clock[0])
    await maildrop.scan()
    drop(tmp_path, "new/2.a.b")
    age(tmp_path, 60)
    assert not await maildrop.wait(0)
    clock[0] += 4.1
    assert await maildrop.wait(0)
