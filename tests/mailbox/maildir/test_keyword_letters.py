import errno
import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from offhook.mailbox.letters import MaildropFailure
from offhook.mailbox.maildir.keyword_letters import NAME, KeywordLetters
from tests.support.faulty_files import FaultyFiles

NOW = 1_700_000_000.0


@contextmanager
def opened(path: Path) -> Iterator[int]:
    (path / "tmp").mkdir(exist_ok=True)
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield folder
    finally:
        os.close(folder)
        assert list((path / "tmp").iterdir()) == []
        (path / "tmp").rmdir()


def content(path: Path) -> str:
    return (path / NAME).read_text()


def test_letters_mean_what_the_file_says(tmp_path: Path):
    (tmp_path / NAME).write_bytes(b"0 Work\n2 $Forwarded\nnonsense\n99 x\n-1 y\n3 no keyword\n\xff\n4 \xe4\n25 last\n")
    letters = KeywordLetters(FaultyFiles())
    with opened(tmp_path) as folder:
        assert letters.refresh(folder)
        assert not letters.refresh(folder)
    assert letters.keywords("abcdefz") == {"Work", "$Forwarded", "last"}
    assert letters.known(["work", "LAST", "other"]) == "az"


def test_no_file_means_no_keywords_and_none_is_made_for_reading(tmp_path: Path):
    letters = KeywordLetters(FaultyFiles())
    with opened(tmp_path) as folder:
        assert letters.letters([], folder) == ""
    assert letters.keywords("abc") == frozenset()
    assert list(tmp_path.iterdir()) == []


def test_a_new_keyword_gets_the_first_free_letter_and_every_old_line_stays(tmp_path: Path):
    (tmp_path / NAME).write_bytes(b"0 Work\n1 not a keyword\n3 \xe4\n")
    letters = KeywordLetters(FaultyFiles())
    with opened(tmp_path) as folder:
        assert sorted(letters.letters(["new", "work", "newer"], folder)) == ["a", "c", "e"]
    assert (tmp_path / NAME).read_bytes() == b"0 Work\n1 not a keyword\n2 new\n3 \xe4\n4 newer\n"
    assert [entry.name for entry in tmp_path.iterdir()] == [NAME]
    assert (tmp_path / NAME).stat().st_mode & 0o777 == 0o600


def test_two_sessions_that_know_nothing_of_each_other_share_the_letters(tmp_path: Path):
    one, two = KeywordLetters(FaultyFiles()), KeywordLetters(FaultyFiles())
    with opened(tmp_path) as folder:
        assert one.letters(["x"], folder) == "a"
        assert two.letters(["y"], folder) == "b"
        assert one.letters(["z", "y"], folder) == "bc"
        two.refresh(folder)
        assert two.keywords("abc") == {"x", "y", "z"}


def test_a_keyword_added_while_the_lock_was_awaited_is_not_lost(tmp_path: Path):
    letters = KeywordLetters(FaultyFiles(), pause=lambda _: finish())
    (tmp_path / f"{NAME}.lock").write_text("0 theirs\n")

    def finish() -> None:  # as Dovecot does
        (tmp_path / f"{NAME}.lock").rename(tmp_path / NAME)

    with opened(tmp_path) as folder:
        assert letters.letters(["ours"], folder) == "b"
    assert content(tmp_path) == "0 theirs\n1 ours\n"


def test_the_file_is_in_a_later_second_after_every_change_so_that_dovecot_reads_it_again(tmp_path: Path):
    letters = KeywordLetters(FaultyFiles())
    times = []
    with opened(tmp_path) as folder:
        for word in ("a", "b", "c", "d"):
            letters.letters([word], folder)
            times.append(int((tmp_path / NAME).stat().st_mtime))
    assert sorted(set(times)) == times


def test_where_dovecot_lives_its_lock_is_held_while_the_file_changes(tmp_path: Path):
    (tmp_path / "dovecot-uidlist").touch()
    held: list[bool] = []

    def look(operation: str, _number: int) -> None:
        if operation == "rename":
            held.append((tmp_path / "dovecot-uidlist.lock").exists() and (tmp_path / f"{NAME}.lock").exists())

    letters = KeywordLetters(FaultyFiles(before=look))
    with opened(tmp_path) as folder:
        letters.letters(["x"], folder)
        letters.letters(["x"], folder)
    assert held == [True]
    assert sorted(entry.name for entry in tmp_path.iterdir()) == [NAME, "dovecot-uidlist"]
    assert (tmp_path / "dovecot-uidlist").read_bytes() == b""


@pytest.mark.parametrize("lock", ["dovecot-uidlist.lock", f"{NAME}.lock"])
def test_a_lock_that_is_not_given_up_is_one_sentence_and_stays(tmp_path: Path, lock: str):
    (tmp_path / "dovecot-uidlist").touch()
    (tmp_path / lock).touch()
    waited: list[float] = []
    letters = KeywordLetters(FaultyFiles(), pause=waited.append)
    with opened(tmp_path) as folder, pytest.raises(MaildropFailure, match=r"^Another program [^.]*; try again\.$"):
        letters.letters(["x"], folder)
    assert 10 <= sum(waited) < 12
    assert (tmp_path / lock).exists()
    assert not (tmp_path / NAME).exists()


@pytest.mark.parametrize("lock", ["dovecot-uidlist.lock", f"{NAME}.lock"])
def test_a_lock_nobody_has_touched_for_two_minutes_is_broken(tmp_path: Path, lock: str):
    (tmp_path / "dovecot-uidlist").touch()
    (tmp_path / lock).touch()
    os.utime(tmp_path / lock, (NOW - 121, NOW - 121))
    letters = KeywordLetters(FaultyFiles(), now=lambda: NOW, pause=lambda _: None)
    with opened(tmp_path) as folder:
        assert letters.letters(["x"], folder) == "a"
    assert not (tmp_path / lock).exists()


@pytest.mark.parametrize("lock", ["dovecot-uidlist.lock", f"{NAME}.lock"])
def test_a_lock_of_a_process_that_is_no_more_is_broken_at_once(tmp_path: Path, lock: str):
    ended = subprocess.Popen(["true"])
    ended.wait()
    (tmp_path / "dovecot-uidlist").touch()
    (tmp_path / lock).write_text(f"{ended.pid}:{socket.gethostname()}")
    (tmp_path / f"{NAME}.new").write_text("half of what a crash left")
    waited: list[float] = []
    letters = KeywordLetters(FaultyFiles(), pause=waited.append)
    with opened(tmp_path) as folder:
        assert letters.letters(["x"], folder) == "a"
    assert sum(waited) <= 0.02
    assert sorted(entry.name for entry in tmp_path.iterdir()) == [NAME, "dovecot-uidlist"]


def test_without_links_the_locks_are_made_in_their_places(tmp_path: Path):
    (tmp_path / "dovecot-uidlist").touch()
    letters = KeywordLetters(FaultyFiles(1, errno.EPERM, only="link"))
    with opened(tmp_path) as folder:
        assert letters.letters(["x"], folder) == "a"
    assert sorted(entry.name for entry in tmp_path.iterdir()) == [NAME, "dovecot-uidlist"]


def test_the_locks_say_who_holds_them(tmp_path: Path):
    (tmp_path / "dovecot-uidlist").touch()
    said: list[str] = []

    def look(operation: str, _number: int) -> None:
        if operation == "rename":
            said.extend((tmp_path / name).read_text() for name in ("dovecot-uidlist.lock", f"{NAME}.lock"))

    with opened(tmp_path) as folder:
        KeywordLetters(FaultyFiles(before=look)).letters(["x"], folder)
    assert said == [f"{os.getpid()}:{socket.gethostname()}"] * 2


def test_the_twenty_seventh_keyword_is_refused_and_the_others_stay(tmp_path: Path):
    letters = KeywordLetters(FaultyFiles())
    with opened(tmp_path) as folder:
        letters.letters([f"word{number}" for number in range(26)], folder)
        before = content(tmp_path)
        with pytest.raises(MaildropFailure, match="26"):
            letters.letters(["one more"], folder)
    assert content(tmp_path) == before
    assert before.count("\n") == 26
    assert [entry.name for entry in tmp_path.iterdir()] == [NAME]


def test_a_file_that_is_a_link_is_not_followed(tmp_path: Path):
    (tmp_path / "secret").write_text("0 secret\n")
    (tmp_path / "box").mkdir()
    (tmp_path / "box" / NAME).symlink_to(tmp_path / "secret")
    letters = KeywordLetters(FaultyFiles())
    with opened(tmp_path / "box") as folder, pytest.raises(OSError, match="symbolic"):
        letters.refresh(folder)
