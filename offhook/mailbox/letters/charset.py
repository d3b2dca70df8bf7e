"""Bytes of a letter made into text: declared charset, then UTF-8, then Windows-1252; never an error.

Names are looked up in Python's static alias table and in a list of codecs that decode in linear
time. `codecs.lookup` is not asked about names that a letter made up: it remembers every one of
them for ever, and it knows codecs (punycode, idna, unicode_escape) that no letter may use.
"""

import encodings.aliases
import re
from collections.abc import Mapping
from types import MappingProxyType

_LINEAR_CODECS = """
    ascii utf_8 utf_7 utf_16 utf_16_be utf_16_le utf_32 utf_32_be utf_32_le
    latin_1 iso8859_2 iso8859_3 iso8859_4 iso8859_5 iso8859_6 iso8859_7 iso8859_8 iso8859_9 iso8859_10
    iso8859_11 iso8859_13 iso8859_14 iso8859_15 iso8859_16
    cp437 cp720 cp737 cp775 cp850 cp852 cp855 cp856 cp857 cp858 cp860 cp861 cp862 cp863 cp864 cp865 cp866 cp869 cp874
    cp1250 cp1251 cp1252 cp1253 cp1254 cp1255 cp1256 cp1257 cp1258 cp037 cp500 cp1140
    koi8_r koi8_u koi8_t kz1048 ptcp154 mac_roman mac_cyrillic mac_greek mac_latin2 mac_turkish mac_iceland tis_620
    big5 big5hkscs cp950 gb2312 gbk gb18030 hz cp932 cp949 johab euc_jp euc_jis_2004 euc_jisx0213 euc_kr
    shift_jis shift_jis_2004 shift_jisx0213
    iso2022_jp iso2022_jp_1 iso2022_jp_2 iso2022_jp_2004 iso2022_jp_3 iso2022_jp_ext iso2022_kr
    """

_MAIL_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "iso_8859_8_i": "iso8859_8",
        "iso_8859_8_e": "iso8859_8",
        "iso_8859_6_i": "iso8859_6",
        "windows_874": "cp874",
        "x_sjis": "cp932",
        "shift_jis": "cp932",
        "x_gbk": "gbk",
        "gb2312": "gb18030",
        "gbk": "gb18030",
        "ks_c_5601_1987": "cp949",
        "euc_kr": "cp949",
        "unicode_1_1_utf_7": "utf_7",
        "unicode_1_1_utf_8": "utf_8",
        "x_mac_roman": "mac_roman",
        "macintosh": "mac_roman",
        "x_unknown": "ascii",
        "unknown_8bit": "ascii",
        "tis_620": "cp874",
    }
)
"""Names seen in mail that Python does not know, or knows as a smaller set than senders mean by them."""

_MAX_NAME = 40
_DAMAGE_ALLOWED = 20
"""A text declared UTF-8 stays UTF-8 while at least so many characters in it are whole for each one that is not."""


def find_codec(charset: str) -> str | None:
    """Python's codec for a charset name from a letter, or None when we know none that is safe."""
    if not 0 < len(charset) <= _MAX_NAME:
        return None
    name = re.sub(r"[^a-z0-9]+", "_", charset.strip().strip("'\"").lower()).strip("_")
    name = _MAIL_NAMES.get(name, name)
    codec = encodings.aliases.aliases.get(name, name)
    return codec if codec in _LINEAR_CODECS.split() else None


def decode_text(data: bytes, charset: str | None = None) -> str:
    """Text of `data`; undecodable bytes become U+FFFD, and nothing raises (WHATWG: Latin-1 is read as Windows-1252)."""
    codec = find_codec(charset) if charset else None
    if codec in (None, "ascii", "latin_1"):
        return _guess(data, windows_first=codec == "latin_1")
    assert codec is not None
    text = _strictly(data, codec)
    if text is not None:
        return text
    if codec == "utf_8":
        return _mend_utf_8(data)
    guess = None if data.isascii() else _strictly(data, "utf_8")
    return guess if guess is not None else data.decode(codec, "replace")


def _guess(data: bytes, *, windows_first: bool) -> str:
    text = None if windows_first else _strictly(data, "utf_8")
    return text if text is not None else data.decode("cp1252", "replace")


def _strictly(data: bytes, codec: str) -> str | None:
    try:
        return data.decode(codec, "strict")
    except (UnicodeError, LookupError):
        return None


def _mend_utf_8(data: bytes) -> str:
    """UTF-8 with a few bad bytes in it, or a Windows-1252 text that was declared wrongly."""
    text = data.decode("utf_8", "replace")
    broken = text.count("\ufffd")
    whole = sum(1 for byte in data if byte >= 0xC0) - broken
    kept = whole >= broken * _DAMAGE_ALLOWED or (whole > 0 and _cut_at_end(data))
    return text if kept else data.decode("cp1252", "replace")


def _cut_at_end(data: bytes) -> bool:
    """Only the last character is incomplete: the text was cut at a byte limit."""
    return any(_strictly(data[:-back], "utf_8") is not None for back in (1, 2, 3))
