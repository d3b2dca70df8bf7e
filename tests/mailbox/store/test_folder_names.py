import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offhook.mailbox.letters import MaildropFailure
from offhook.mailbox.store.folder_names import decode_level, directory_of, encode_level, name_of

levels = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=12)


@pytest.mark.parametrize(
    ("name", "directory"),
    [
        ("Sent", ".Sent"),
        ("Sent/2026", ".Sent.2026"),
        ("Entwürfe", ".Entw&APw-rfe"),
        ("R&D", ".R&-D"),
        ("&&x", ".&-&-x"),
        ("v1.2", ".v1&AC4-2"),
        ("台北/日本語", ".&U,BTFw-.&ZeVnLIqe-"),  # RFC 3501 5.1.3
        ("😀", ".&2D3eAA-"),
        ("ä&ö", ".&AOQ-&-&APY-"),
        ("INBOX", ""),
        ("inbox", ""),
        ("INBOX/x", ".INBOX.x"),
    ],
)
def test_a_folder_has_the_directory_that_dovecot_gives_it(name: str, directory: str):
    assert directory_of(name) == directory
    if directory:
        assert name_of(directory) == name


@settings(max_examples=300)
@given(st.lists(levels, min_size=1, max_size=4))
def test_a_name_becomes_one_harmless_directory_and_comes_back(parts: list[str]):
    name = "/".join(parts)
    try:
        directory = directory_of(name)
    except MaildropFailure:
        return
    if not directory:
        assert name.upper() == "INBOX"
        return
    assert directory.isascii()
    assert directory.isprintable()
    assert "/" not in directory
    assert directory.startswith(".")
    assert not directory.startswith("..")
    assert name_of(directory) == name


@given(levels)
def test_encoding_a_level_loses_nothing(text: str):
    assert decode_level(encode_level(text)) == text


@given(st.text(st.characters(exclude_characters="/\0"), max_size=40))
def test_a_directory_of_any_name_is_no_fault(directory: str):
    name = name_of(directory)
    assert name is None or name.isprintable()


@pytest.mark.parametrize("directory", [".&AAAA", ".&A-", ".&2D0-", ".x&", ".&-&-&", ".&AC8-", ".&AAo-"])
def test_a_directory_whose_name_decodes_to_nothing_fit_is_shown_as_it_is(directory: str):
    name = name_of(directory)
    assert name is not None
    assert name.isprintable()


@pytest.mark.parametrize("directory", ["Sent", ".", "..", "..x", ".a..b", ".a.", "", ".\x1b[2J", ".a\nb"])
def test_what_is_no_folder_has_no_name(directory: str):
    assert name_of(directory) is None


@pytest.mark.parametrize(
    "name", ["", "/", "/x", "x/", "a//b", ".x", "..", "a/..", " x", "x ", "a/ /b", "a\tb", "\x85", "\u202e", "x\ud800"]
)
def test_what_no_folder_can_be_called_is_refused(name: str):
    with pytest.raises(MaildropFailure):
        directory_of(name)


@pytest.mark.parametrize("name", ["x" * 255, "ü" * 100, "/".join("abcdefghijklmnopq")])
def test_a_name_that_is_too_long_or_too_deep_is_refused(name: str):
    with pytest.raises(MaildropFailure):
        directory_of(name)
