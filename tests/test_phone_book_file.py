"""The phone book as people edit it: what is wrong is told, and what is theirs is left alone."""

import os
import stat
from pathlib import Path

import pytest

from offhook.phone_book_file import PhoneBookFile, parse_book
from offhook.toml_table import ConfigError
from offhook.virtual_lines.exchange import Barred, Route, Transport
from offhook.virtual_lines.phone_book import DialOut

BOOK = """# The book of the house.

[slots]   # stored by modems
3 = "555-0003"

# Friends
[[entry]]
number = "555-1234"   # home
to = "raw:10.0.0.1:6400"
slot = 1
rate = 2400

[[entry]]
pattern = "9([0-9]{4,5})"
to = 'raw:127.0.0.1:\\1'
# the end
"""
HOME = Route(Transport.RAW, "10.0.0.1", 6400, None, 2400)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "book.toml"
    path.write_text(BOOK)
    return path


def edited(path: Path, text: str) -> None:
    """As an editor writes it: a new file in the place of the old."""
    new = path.with_suffix(".new")
    new.write_text(text)
    new.replace(path)


def test_numbers_patterns_and_slots_are_read(path: Path):
    book = PhoneBookFile(path)
    assert book.find("5551234") == HOME
    assert book.find("96400") == Route(Transport.RAW, "127.0.0.1", 6400)
    assert book.numbers == {1: "555-1234", 3: "555-0003"}


def test_dial_out_holds_for_the_file(path: Path):
    assert isinstance(PhoneBookFile(path, DialOut.LIST).find("bbs.example"), Barred)
    assert isinstance(PhoneBookFile(path, DialOut.NO).find("5551234"), Barred)


def test_a_change_is_seen_at_the_next_call_and_a_book_that_has_not_changed_is_not_read_again(
    path: Path, monkeypatch: pytest.MonkeyPatch
):
    book = PhoneBookFile(path)
    edited(path, BOOK.replace("10.0.0.1", "10.0.0.2"))
    assert book.find("5551234") == Route(Transport.RAW, "10.0.0.2", 6400, None, 2400)
    monkeypatch.setattr("offhook.phone_book_file.read_table", lambda *_: pytest.fail("read again"))
    assert book.find("5551234") is not None


@pytest.mark.parametrize("wrong", ["[[entry]]\nnumber = 5\n", "nonsense", "[[entry]]\npattern='('\nto='h'\n", "\xff"])
def test_a_change_that_is_wrong_is_logged_once_and_the_book_stays_as_it_was(
    path: Path, wrong: str, caplog: pytest.LogCaptureFixture
):
    book = PhoneBookFile(path)
    path.write_bytes(wrong.encode("latin-1"))
    assert book.find("5551234") == HOME
    assert book.find("5551234") == HOME
    assert len(caplog.records) == 1
    assert str(path) in caplog.text
    edited(path, BOOK.replace("6400", "7000"))
    assert book.find("5551234") == Route(Transport.RAW, "10.0.0.1", 7000, None, 2400)


def test_a_book_that_is_taken_away_stays_as_it_was_and_comes_back(path: Path, caplog: pytest.LogCaptureFixture):
    book = PhoneBookFile(path)
    path.unlink()
    assert book.find("5551234") == HOME
    assert "there is no such file" in caplog.text
    path.write_text('[[entry]]\nnumber = "5551234"\nto = "raw:new:1"\n')
    assert book.find("5551234") == Route(Transport.RAW, "new", 1)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", None),
        ("x", "is not TOML"),
        ("a = " + "[" * 5000, "nested too deeply"),
        ('[[entry]]\nnumber = "1"\n', ":1: entry[1].to: is missing: add to = ... (a host"),
        ('[[entry]]\nto = "h"\n', "set number or pattern, one of them"),
        ('[[entry]]\nnumber = "1"\npattern = "1"\nto = "h"\n', "set number or pattern, one of them"),
        ('[[entry]]\nnumber = "1"\nto = "gopher:h"\n', ":3: entry[1].to: the transport 'gopher' is not known"),
        ('[[entry]]\nnumber = "1"\nto = "h:99999"\n', ":3: entry[1].to: a port is a number from 1 to 65535"),
        ('[[entry]]\npattern = "("\nto = "h"\n', ":2: entry[1].pattern: is no regular expression"),
        ('[[entry]]\npattern = "(a+)+"\nto = "h"\n', ":2: entry[1].pattern: could take for ever to match"),
        ('[[entry]]\npattern = "9"\nto = "h\\\\1"\n', ":3: entry[1].to: does not fit the pattern"),
        ('[[entry]]\npattern = "9"\nto = "h"\nslot = 1\n', ":4: entry[1].slot: a pattern cannot be dialled by a slot"),
        ('[[entry]]\nnumber = "1"\nto = "h"\nslot = 20\n', ":4: entry[1].slot: "),
        ('[[entry]]\nnumber = "1"\nto = "h"\nrate = "fast"\n', ":4: entry[1].rate: write a whole number"),
        ('[[entry]]\nnumber = "1"\nto = "h"\nhots = 1\n', ":4: entry[1].hots: there is no such key"),
        ('[[entry]]\nnumber = "1"\nto = "h"\nnumbr = "2"\n', 'did you mean "number"?'),
        ('[slots]\n20 = "1"\n', ":2: slots.20: a slot is a number from 0 to 19"),
        ("[slots]\n1 = 1\n", ":2: slots.1: write text in quotes"),
    ],
)
def test_what_is_wrong_is_told_with_file_line_key_and_remedy(text: str, said: str | None, tmp_path: Path):
    file = tmp_path / "book.toml"
    if said is None:
        assert parse_book(text, file).entry == ()
        return
    with pytest.raises(ConfigError) as caught:
        parse_book(text, file)
    assert str(caught.value).startswith(str(file))
    assert said in str(caught.value)


def test_a_book_that_is_not_there_at_first_is_an_error(tmp_path: Path):
    with pytest.raises(ConfigError, match="there is no such file"):
        PhoneBookFile(tmp_path / "none.toml")


def test_numbers_are_written_into_their_table_and_the_rest_stays_as_people_wrote_it(path: Path):
    book = PhoneBookFile(path)
    book.write_numbers({1: "555-1234", 3: "555-0003", 4: 'T5,"x"\\'})
    text = path.read_text()
    assert text.replace('4 = "T5,\\"x\\"\\\\"\n', "") == BOOK
    assert book.numbers == {1: "555-1234", 3: "555-0003", 4: 'T5,"x"\\'}
    assert book.find("5551234") == HOME


def test_a_number_that_is_changed_or_taken_away_leaves_every_comment(path: Path):
    book = PhoneBookFile(path)
    book.write_numbers({3: "other"})
    assert path.read_text() == BOOK.replace('"555-0003"', '"other"')
    book.write_numbers({})
    assert path.read_text() == BOOK.replace('3 = "555-0003"\n', "")
    assert book.numbers == {1: "555-1234"}


def test_a_number_for_the_slot_of_an_entry_comes_before_the_entry_s(path: Path):
    book = PhoneBookFile(path)
    book.write_numbers({1: "999"})
    assert book.numbers == {1: "999"}


def test_writing_keeps_line_ends_the_mode_and_a_link(path: Path, tmp_path: Path):
    path.write_bytes(BOOK.replace("\n", "\r\n").encode())
    path.chmod(0o640)
    link = tmp_path / "elsewhere.toml"
    link.symlink_to(path)
    PhoneBookFile(link).write_numbers({3: "other"})
    assert link.is_symlink()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert path.read_bytes() == BOOK.replace("\n", "\r\n").replace("555-0003", "other").encode()


def test_a_disk_that_is_full_leaves_the_old_file_whole(path: Path, monkeypatch: pytest.MonkeyPatch):
    book = PhoneBookFile(path)

    def fail(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="No space"):
        book.write_numbers({3: "other"})
    assert path.read_text() == BOOK


def test_a_book_that_has_become_wrong_is_not_written(path: Path):
    book = PhoneBookFile(path)
    path.write_text("nonsense")
    with pytest.raises(ConfigError):
        book.write_numbers({3: "other"})
    assert path.read_text() == "nonsense"


@pytest.mark.parametrize("slots", ['slots = { 3 = "x" }\n', 'slots.3 = "x"\n', '"slots" = {"3" = "x"}\n', ""])
def test_a_table_of_slots_in_any_form_of_toml_is_changed(tmp_path: Path, slots: str):
    path = tmp_path / "book.toml"
    path.write_text(slots)
    book = PhoneBookFile(path)
    book.write_numbers({3: "y", 4: "z"})
    assert book.numbers == {3: "y", 4: "z"}
