import sys
from encodings import _cache  # type: ignore[attr-defined]

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.mailbox.letters.charset import decode_text, find_codec


@pytest.mark.parametrize(
    ("data", "charset", "text"),
    [
        (b"plain", None, "plain"),
        ("ä€".encode(), None, "ä€"),
        (b"caf\xe9 \x93x\x94", None, "café “x”"),
        (b"caf\xe9", "us-ascii", "café"),
        ("ä".encode(), "us-ascii", "ä"),
        (b"\x93x\x94", "iso-8859-1", "“x”"),
        (b"\xa4", "ISO-8859-15", "€"),
        (b"\xcf\xf0\xe8", "windows-1251", "При"),
        (b"\xf0\xd2\xc9", "KOI8-R", "При"),
        ("日本".encode("shift_jis"), "x-sjis", "日本"),
        ("中文".encode("gbk"), "GB2312", "中文"),
        ("한국".encode("cp949"), "ks_c_5601-1987", "한국"),
        (b"\x1b$BF|K\\\x1b(B", "iso-2022-jp", "日本"),
        (b"Hi+AOQ-", "utf-7", "Hiä"),
        (b"caf\xe9", "x-made-up-name", "café"),
        (b"caf\xe9", "base64", "café"),
        (b"caf\xe9", "zlib", "café"),
        (b"a-b", "punycode", "a-b"),
        (b"\\x41", "unicode_escape", "\\x41"),
        (b"caf\xe9", "utf-8", "café"),
        (b"caf\xe9", "x" * 5000, "café"),
        (b"caf\xe9", "../../x\0", "café"),
        (("ä" * 40).encode() + b"\xff", "utf-8", "ä" * 40 + "\ufffd"),
        ("ää".encode()[:-1], "utf-8", "ä\ufffd"),
        (b"\x81", None, "\ufffd"),
    ],
)
def test_bytes_become_text_by_declaration_then_utf_8_then_windows_1252(data: bytes, charset: str | None, text: str):
    assert decode_text(data, charset) == text


@given(st.binary(max_size=60), st.text(max_size=30))
def test_any_bytes_under_any_name_are_text(data: bytes, charset: str):
    assert isinstance(decode_text(data, charset), str)


def test_names_a_letter_makes_up_are_not_remembered():
    before = len(_cache), len(sys.modules)
    for number in range(1000):
        assert find_codec(f"x-made-up-{number}") is None
        decode_text(b"\xe9", f"x-made-up-{number}")
    assert (len(_cache), len(sys.modules)) == before
