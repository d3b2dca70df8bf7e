r"""The output gate: the one place where text becomes bytes for a caller's terminal.

Theory: text may come from anywhere, and a terminal obeys what it is sent. So nothing leaves
but characters that show something, blanks, and the line ends that we make ourselves of "\n".
Control strings are taken out whole where they are complete, so that a coloured word stays a
word; what is left of control characters is dropped. The last check is on the bytes in the
terminal's charset, after decoding and transliteration.

Every pattern here takes time in proportion to the text: what may stand inside a control string
never holds the character that begins one.
"""

import re

from anyascii import anyascii

from offhook.terminal.discipline.charset import Charset

_CONTROL_STRING = re.compile(
    "(?:\x1b\\[|\x9b)[0-?]{0,64}[ -/]{0,16}[@-~]"  # CSI
    "|(?:\x1b[P\\]X^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\n\x90\x98\x9c-\x9f]{0,2000}(?:\x07|\x1b\\\\|\x9c)"  # OSC, DCS ...
    "|\x1b[ -/]{0,4}[0-~]"  # any other escape sequence
)
_LOW_CONTROL = re.compile("[\0-\x08\x0b-\x1f\x7f]")
_BREAK = re.compile("\r\n?|[\v\f\x85\u2028\u2029]")
_INVISIBLE = re.compile(
    "[\0-\x08\x0e-\x1f\x7f-\x9f\xad\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U00013430-\U00013438\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff]"
)
_UNSHOWABLE = re.compile("[\ud800-\udfff\ue000-\uf8ff\ufdd0-\ufdef\ufffe\uffff\U000f0000-\U0010ffff]")
_MARK = (
    "[\u0300-\u036f\u0483-\u0489\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed"
    "\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ece\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
)
_MARKS = re.compile(f"({_MARK}{{4}}){_MARK}+")
_LOW_CONTROLS = bytes(set(range(32)) | {127})
_ALL_CONTROLS = bytes(set(range(32)) | set(range(127, 160)))


def clean(text: str) -> tuple[str, int]:
    r"""The text without what could drive a terminal, and how many pieces of that were taken out.

    Line ends of any kind become "\n"; tabs and "\n" are all that stays below a blank.
    """
    if text.isascii() and not _LOW_CONTROL.search(text):
        return text, 0  # as most text is
    text, strings = _CONTROL_STRING.subn("", text)
    text = _BREAK.sub("\n", text)
    text, controls = _INVISIBLE.subn("", text)
    return _MARKS.sub("\\1", _UNSHOWABLE.sub("?", text)), strings + controls


def one_line(text: str) -> str:
    """Cleaned text with its line breaks and tabs made blanks: for headers, names, prompts."""
    return " ".join(clean(text)[0].split())


def spell(text: str, charset: Charset) -> str:
    r"""Text in characters of `charset` alone, so that its width can be known: cleaned, the rest transliterated.

    Line breaks are "\n", tabs stay.
    """
    text = clean(text)[0]
    try:
        text.encode(charset.codec)
    except UnicodeEncodeError:
        text = text.translate({ord(character): _spelled(character, charset) for character in set(text)})
    return text


def _spelled(character: str, charset: Charset) -> str:
    """A character, or if the charset has it not, others that it has."""
    try:
        character.encode(charset.codec)
    except UnicodeEncodeError:
        return anyascii(character) or "?"
    return character


class OutputGate:
    """Text to bytes for one terminal."""

    def __init__(self, charset: Charset) -> None:
        self.charset = charset

    def encode(self, text: str) -> bytes:
        r"""The bytes to send for `text`, "\n" made CR LF; nothing else in them controls a terminal."""
        return b"\r\n".join(self._line(line) for line in spell(text, self.charset).split("\n"))

    def _line(self, line: str) -> bytes:
        encoded = line.replace("\t", " ").encode(self.charset.codec, "replace")
        return encoded.translate(None, _ALL_CONTROLS if self.charset.high_controls else _LOW_CONTROLS)
