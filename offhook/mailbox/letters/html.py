"""HTML as lines of text: paragraphs, lists, quotations, tables as rows, links numbered and listed at the end.

The tree comes from lexbor (selectolax) and is walked with a cursor, not by recursion. Lines are not wrapped.
"""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from offhook.mailbox.letters.markup import simplify
from offhook.mailbox.letters.markup import words as _words

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

MAX_LINES = 50_000
"""Lines made of one text."""
MAX_LINKS = 500
"""Link targets that are listed."""
_DEEPEST = 10
"""Quotation marks and list indents beyond this many are not drawn."""

_APART = _words("p h1 h2 h3 h4 h5 h6 blockquote pre ul ol dl table hr address figure")
_OWN_LINE = _words(
    """div section article header footer main nav aside center tr li dt dd caption figcaption details summary
    thead tbody tfoot"""
)
_BLANKS = re.compile(r"[ \t\r\n\f]+")
_LINKED = ("http:", "https:", "mailto:", "ftp:", "tel:", "news:", "gopher:")


def html_lines(text: str) -> tuple[list[str], bool]:
    """The lines of an HTML text, and whether nothing had to be left out."""
    from selectolax.lexbor import LexborHTMLParser  # most that have to do with letters never see HTML

    simple, complete = simplify(text)
    body = LexborHTMLParser(simple).body
    layout = _Layout()
    if body is not None:
        for node, entering in _walk(body):
            if layout.full:
                return layout.finish(), False
            if entering:
                layout.enter(node)
            else:
                layout.leave(node.tag or "")
    return layout.finish(), complete


def _walk(top: "LexborNode") -> "Iterator[tuple[LexborNode, bool]]":
    """Every node below `top`, on the way in (true) and, for elements, on the way out; hidden ones are passed over."""
    node = top.child
    depth = 0
    while node is not None:
        hidden = node.is_element_node and "hidden" in node.attributes
        if not hidden:
            yield node, True
        child = None if hidden else node.child
        if child is not None:
            node, depth = child, depth + 1
            continue
        if not hidden:
            yield node, False
        while node.next is None and depth:
            parent = node.parent
            assert parent is not None
            node, depth = parent, depth - 1
            yield node, False
        node = node.next


class _Layout:
    """The lines so far, the line being filled, and what encloses it: quotations, lists, links, preformatted text."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._line: list[str] = []
        self._blank_due: int | None = None
        self._quotes = 0
        self._lists: list[int | None] = []
        self._bullet = ""
        self._verbatim = 0
        self._links: list[tuple[str, int]] = []
        self._targets: dict[str, int] = {}

    @property
    def full(self) -> bool:
        """Whether no more lines are taken."""
        return len(self._lines) >= MAX_LINES

    def enter(self, node: "LexborNode") -> None:
        """Begin an element, or take in a text."""
        if node.is_text_node:
            self._text(node.text_content or "")
            return
        tag = node.tag or ""
        self._break(tag)
        match tag:
            case "br":
                self._new_line(keep_empty=True)
            case "hr":
                self._line.append("-" * 40)
            case "blockquote":
                self._quotes += 1
            case "ul":
                self._lists.append(None)
            case "ol":
                self._lists.append(_whole_number(node.attributes.get("start")))
            case "li":
                self._begin_item()
            case "pre":
                self._verbatim += 1
            case "td" | "th":
                if self._line:
                    self._line.append("  ")
            case "img":
                self._image(node.attributes.get("alt") or "")
            case "a":
                self._links.append((node.attributes.get("href") or "", len(self._line)))

    def leave(self, tag: str) -> None:
        """End an element."""
        match tag:
            case "a" if self._links:
                self._end_link(*self._links.pop())
            case "pre":
                self._new_line()
                self._verbatim = max(0, self._verbatim - 1)
            case "ul" | "ol" if self._lists:
                self._new_line()
                self._lists.pop()
            case "blockquote":
                self._new_line()
                self._quotes = max(0, self._quotes - 1)
        self._break(tag)

    def finish(self) -> list[str]:
        """All lines, the link targets last."""
        self._new_line()
        if self._targets:
            self._lines.append("")
            self._lines += [f"[{number}] {target}" for target, number in self._targets.items()]
        return self._lines

    def _text(self, text: str) -> None:
        if self._verbatim:
            first, *others = text.replace("\r\n", "\n").split("\n")
            self._line.append(first)
            for other in others[:MAX_LINES]:
                self._new_line(keep_empty=True)
                self._line.append(other)
            return
        words = _BLANKS.sub(" ", text)
        if not self._line or self._line[-1].endswith(" "):
            words = words.removeprefix(" ")
        if words:
            self._line.append(words)

    def _begin_item(self) -> None:
        number = self._lists[-1] if self._lists else None
        if number is not None:
            self._lists[-1] = number + 1
        self._bullet = "* " if number is None else f"{number}. "

    def _image(self, text: str) -> None:
        words = _BLANKS.sub(" ", text).strip()
        if words:
            self._line.append(f"[{words}]")

    def _end_link(self, target: str, start: int) -> None:
        target = "".join(target.split())
        shown = "".join(self._line[start:]).strip()
        if not target.lower().startswith(_LINKED) or not shown or shown in (target, target.removeprefix("mailto:")):
            return
        if target in self._targets or len(self._targets) < MAX_LINKS:
            self._line.append(f"[{self._targets.setdefault(target, len(self._targets) + 1)}]")

    def _break(self, tag: str) -> None:
        """End the line where a block begins or ends; blocks stand apart, but not a list inside a list."""
        if tag in _APART or tag in _OWN_LINE:
            self._new_line()
        if tag in _APART and not (tag in ("ul", "ol") and self._lists):
            self._blank_due = min(self._quotes, self._quotes if self._blank_due is None else self._blank_due)

    def _new_line(self, *, keep_empty: bool = False) -> None:
        """Put the filled line down, with the marks of what encloses it."""
        text = "".join(self._line)
        text = text.rstrip() if self._verbatim else text.strip(" ")
        self._line.clear()
        if not text and not keep_empty:
            return
        if self._blank_due is not None and self._lines and self._lines[-1].strip("> "):
            self._lines.append(_quote_marks(self._blank_due).rstrip())
        self._blank_due = None
        self._lines.append((_quote_marks(self._quotes) + self._indent() + text).rstrip())

    def _indent(self) -> str:
        depth = min(len(self._lists), _DEEPEST)
        bullet, self._bullet = self._bullet, ""
        if not depth:
            return bullet
        return "  " * (depth - 1) + (bullet or "  ")


def _quote_marks(depth: int) -> str:
    return "> " * min(depth, _DEEPEST)


def _whole_number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 7 else 1
