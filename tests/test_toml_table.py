from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from offhook.toml_table import ConfigError, Section, parse_table, read_table, write_whole

FILE = Path("some.toml")


class Line(Section):
    name: str = Field(min_length=1, description="its name")
    rate: int | None = Field(None, ge=1, le=9600, description="bit/s")


class Whole(Section):
    title: str = ""
    line: tuple[Line, ...] = Field((), strict=False)


def problems(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        parse_table(Whole, text, FILE)
    return str(caught.value).splitlines()


def test_what_fits_is_read():
    assert parse_table(Whole, '[[line]]\nname = "a"\n', FILE) == Whole(line=(Line(name="a"),))


def test_every_problem_is_told_in_the_order_of_the_file():
    text = 'title = 5\n\n[[line]]\nname = ""\n\n[[line]]\nname = "b"\nrate = 0\n'
    assert problems(text) == [
        "some.toml:1: title: write text in quotes",
        "some.toml:4: line[1].name: may not be empty (its name)",
        "some.toml:8: line[2].rate: write 1 or more (bit/s)",
    ]


def test_a_key_that_is_not_known_is_told_what_was_meant_or_what_there_is():
    assert problems("[[line]]\nname = 'a'\nrte = 5\n") == [
        'some.toml:3: line[1].rte: there is no such key; did you mean "rate"?'
    ]
    assert problems("zzz = 1\n") == ["some.toml:1: zzz: there is no such key: known are title, line"]


def test_a_file_that_cannot_be_read_is_told_why(tmp_path: Path):
    with pytest.raises(ConfigError, match="there is no such file"):
        read_table(Whole, tmp_path / "none")
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        read_table(Whole, tmp_path)
    (tmp_path / "latin").write_bytes(b'title = "\xe9"\n')
    with pytest.raises(ConfigError, match="is not UTF-8 text"):
        read_table(Whole, tmp_path / "latin")


@given(st.text("[]{}=\"'\\\n\r\t .,#truefalse0123456789abc\x00\u20ac", max_size=60))
def test_no_text_raises_anything_but_what_is_wrong_with_it(text: str):
    with suppress(ConfigError):
        parse_table(Whole, text, FILE)


def test_a_file_written_whole_is_private_at_first_and_keeps_its_mode_afterwards(tmp_path: Path):
    path = tmp_path / "file"
    write_whole(path, "one")
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o644)
    write_whole(path, "two")
    assert (path.read_text(), path.stat().st_mode & 0o777) == ("two", 0o644)
    assert [each.name for each in tmp_path.iterdir()] == ["file"]


def test_a_folder_that_is_not_there_is_an_error_of_the_system(tmp_path: Path):
    with pytest.raises(FileNotFoundError):
        write_whole(tmp_path / "none" / "file", "x")
