import pytest

from offhook.terminal.discipline import ASCII, CHARSETS, CP437, LATIN1, UTF8, Charset, find_charset


@pytest.mark.parametrize(
    ("name", "charset"),
    [
        ("utf-8", UTF8),
        ("UTF8", UTF8),
        ("us-ascii", ASCII),
        ("ISO_8859-1", LATIN1),
        ("latin1", LATIN1),
        ("IBM437", CP437),
        (" cp437 ", CP437),
        ("ebcdic", None),
        ("", None),
    ],
)
def test_a_charset_is_found_by_the_names_people_give_it(name: str, charset: Charset | None):
    assert find_charset(name) is charset


def test_every_charset_is_found_by_its_own_name_and_known_to_python():
    for charset in CHARSETS.values():
        assert find_charset(charset.name) is charset
        assert "a".encode(charset.codec) == b"a"
