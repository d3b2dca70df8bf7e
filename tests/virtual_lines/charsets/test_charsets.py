from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.virtual_lines.charsets import CHARSET_NAMES, CHARSETS, Translation, translation

PRINTABLE = "".join(map(chr, range(0x20, 0x7F)))
LETTERS = "The quick brown fox 0123456789 !\"#$%&'()*+,-./:;<=>?@[]^_ JUMPS"


def begun(name: str) -> Translation:
    made = translation(name, None)
    assert made is not None
    return made


def test_a_configuration_may_write_every_charset_there_is_and_no_other():
    assert set(get_args(CHARSET_NAMES)) == set(CHARSETS)


def test_a_machine_without_a_charset_and_one_that_speaks_the_hosts_are_left_alone():
    assert translation(None, None) is None
    assert translation(None, "petscii") is None
    assert translation("petscii", "petscii") is None


def test_a_commodores_small_letters_are_small_at_the_host_and_its_capitals_capitals():
    machine = begun("petscii")
    assert machine.from_machine(b"HELLO \xc8ELLO \x68ELLO\r") == b"hello Hello Hello\r"
    assert machine.to_machine(b"hello Hello\r\n") == b"HELLO \xc8ELLO\r"


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        (b"\x14", b"\x08"),
        (b"\x03", b"\x03"),
        (b"\x91\x11\x9d\x1d", b"\x1b[A\x1b[B\x1b[D\x1b[C"),
        (b"\x8d", b"\r"),
        (b"\x5f\x5c\x5e", b"_\\^"),
        (b"\x05\x1c\x9e\x92\x93", b"\x05"),  # colours; the white one is Control-E too
    ],
)
def test_a_commodores_keys_do_at_the_host_what_they_do_on_the_machine(typed: bytes, sent: bytes):
    assert begun("petscii").from_machine(typed) == sent


def test_a_host_rubs_out_on_a_commodore_and_drives_none_of_its_colours():
    assert begun("petscii").to_machine(b"x\b \b\x07\x0c\x05\x1c\x1b") == b"\xd8\x9d \x9d\x07\x93".replace(b"\xd8", b"X")
    assert begun("petscii").to_machine(b"\x81\x9f\xe9") == b"?"


def test_an_ataris_line_end_and_keys():
    atari = begun("atascii")
    assert atari.from_machine(b"dir\x9b\x7e\x7f\x1c\xc1") == b"dir\r\x08\t\x1b[AA"
    assert atari.to_machine(b"one\r\ntwo\b\x07{x}~") == b"one\x9btwo\x1e\xfd(x)-"


@pytest.mark.parametrize("name", ["petscii", "atascii"])
def test_every_printable_character_is_shown_as_one(name: str):
    shown = begun(name).to_machine(PRINTABLE.encode())
    assert len(shown) == len(PRINTABLE)
    assert begun(name).from_machine(begun(name).to_machine(LETTERS.encode())) == LETTERS.encode()


def test_a_code_page_and_utf8_are_each_others_and_half_a_character_waits():
    machine = begun("cp437")
    assert machine.from_machine(b"\x81ber") == "über".encode()
    whole = "Größe ▒ 日".encode()
    found = b"".join(machine.to_machine(whole[at : at + 1]) for at in range(len(whole)))
    assert found == b"Gr\x94\xe1e \xb1 ?"


@given(st.sampled_from(sorted(CHARSETS)), st.lists(st.binary()))
def test_how_a_stream_is_cut_does_not_matter(name: str, chunks: list[bytes]):
    one, other = begun(name), begun(name)
    stream = b"".join(chunks)
    assert b"".join(map(one.to_machine, chunks)) == other.to_machine(stream)
    assert b"".join(map(one.from_machine, chunks)) == other.from_machine(stream)


@given(st.sampled_from(["petscii", "atascii"]), st.lists(st.sampled_from(["\r\n", "\r\0", "\r", "\n", "a", "b"])))
def test_each_line_end_of_a_host_is_one(name: str, pieces: list[str]):
    ends = begun(name).to_machine("".join(pieces).encode())
    text = "".join(pieces).replace("\r\n", "\n").replace("\r\0", "\n").replace("\r", "\n")
    assert ends.count(b"\r" if name == "petscii" else b"\x9b") == text.count("\n")
