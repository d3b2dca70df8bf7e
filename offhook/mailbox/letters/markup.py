"""HTML made harmless before the real parser sees it: a linear pass that keeps only the tags and attributes we lay out.

A parser that follows the HTML standard is quadratic in the number of unclosed elements and in the attributes of one
tag (half a megabyte of either is many seconds). So comments, scripts, styles, character formatting and all attributes
but `href`, `alt`, `start` and `hidden` are dropped here, and after 6,000 tags the rest is left out.
"""

import re

MAX_TAGS = 6000
"""Tags handed to the parser."""
MAX_MARKS = 60_000
"""Angle brackets looked at, tags or not."""
MAX_HTML_CHARACTERS = 1024 * 1024
"""Characters of HTML looked at."""
MAX_ATTRIBUTES = 50
"""Attributes of one tag that are looked at."""
MAX_TARGET = 2000
"""Characters of one link target, alternative text or name that are kept."""


def words(text: str) -> frozenset[str]:
    """The words of a table of tag names."""
    return frozenset(text.split())


_ATTRIBUTE = r"""[\s/]*+[^\s/>][^\s/>=]*+(?:\s*+=\s*+(?:"[^"]*+(?:"|\Z)|'[^']*+(?:'|\Z)|[^\s"'>][^\s>]*+)?+)?+"""
_TAG = re.compile(rf"<([a-zA-Z][^\s/>]*+)((?:{_ATTRIBUTE})*+)[\s/]*+>")
_END_TAG = re.compile(r"</([a-zA-Z][^\s/>]*+)[^>]*+>")
_ONE_ATTRIBUTE = re.compile(r"""[\s/]*+([^\s/>][^\s/>=]*+)(?:\s*+=\s*+("[^"]*+"?|'[^']*+'?|[^\s"'>][^\s>]*+)?+)?+""")
_INVISIBLE = re.compile(r"display\s*+:\s*+none|visibility\s*+:\s*+hidden|mso-hide\s*+:\s*+all", re.IGNORECASE)
_KEPT = ("href", "alt", "start")
_DROPPED_WITH_CONTENT = words(
    "script style noscript template textarea title iframe noembed noframes object svg math select xmp"
)
_DROPPED = words(
    """b big code em font i nobr s small strike strong tt u html head body meta link base plaintext form button input
    frame frameset applet marquee embed area map col colgroup label fieldset"""
)


def simplify(html: str) -> tuple[str, bool]:
    """The HTML that is left, and whether it is all there (false when a bound was met)."""
    text = html[:MAX_HTML_CHARACTERS]
    unclosed: set[str] = set()
    out: list[str] = []
    at = tags = marks = 0
    while (mark := text.find("<", at)) >= 0:
        out.append(text[at:mark])
        if tags >= MAX_TAGS or marks >= MAX_MARKS:
            return "".join(out), False
        kept, at = _markup_at(text, mark, unclosed)
        tags += kept.startswith("<")
        marks += 1
        out.append(kept)
    out.append(text[at:])
    return "".join(out), len(html) <= MAX_HTML_CHARACTERS


def _markup_at(text: str, mark: int, unclosed: set[str]) -> tuple[str, int]:
    """What is kept of the markup at `mark`, and where the text goes on.

    A tag that never ends is dropped with all that follows, as the standard has it; that also keeps this pass linear,
    and so does remembering in `unclosed` the elements that have no end tag any more.
    """
    following = text[mark + 1 : mark + 3]
    if following[:1] in ("!", "?"):
        return "", _after_declaration(text, mark)
    ending = following[:1] == "/"
    if not (following[ending:][:1].isascii() and following[ending:][:1].isalpha()):
        return "&lt;", mark + 1
    tag = (_END_TAG if ending else _TAG).match(text, mark)
    if not tag:
        return "", len(text)
    name = tag[1].lower()
    if name in _DROPPED:
        return "", tag.end()
    if ending:
        return f"</{name[:20]}>", tag.end()
    if name not in _DROPPED_WITH_CONTENT:
        return f"<{name[:20]}{_attributes(tag[2])}>", tag.end()
    return "", _after_content(text, tag.end(), name, unclosed)


def _after_content(text: str, at: int, name: str, unclosed: set[str]) -> int:
    """After the end tag of an element that is dropped whole; when it has none, only its start tag is dropped."""
    found = None if name in unclosed else re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE).search(text, at)
    close = text.find(">", found.end()) if found else -1
    if close < 0:
        unclosed.add(name)
        return at
    return close + 1


def _after_declaration(text: str, mark: int) -> int:
    if text.startswith("<!--", mark):
        end = text.find("-->", mark + 2)
        return end + 3 if end >= 0 else len(text)
    end = text.find(">", mark)
    return end + 1 if end >= 0 else len(text)


def _attributes(text: str) -> str:
    kept: dict[str, str] = {}
    for number, found in enumerate(_ONE_ATTRIBUTE.finditer(text)):
        if number >= MAX_ATTRIBUTES:
            break
        name, value = found[1].lower(), (found[2] or "").strip("\"'")
        if name in _KEPT:
            kept.setdefault(name, value[:MAX_TARGET].replace('"', "&quot;"))
        elif name == "hidden" or (name == "style" and _INVISIBLE.search(value[:MAX_TARGET])):
            kept["hidden"] = ""
    return "".join(f' {name}="{value}"' for name, value in kept.items())
