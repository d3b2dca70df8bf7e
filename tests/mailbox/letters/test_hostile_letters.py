"""Letters made to be slow: what one costs grows with its length and not faster.

Work is counted, not timed: the calls and lines Python runs for a letter are compared with those for one half as long.
C code (regular expressions, codecs, the HTML parser) is not seen by that, so each letter also has a generous limit of
CPU time: ten times what the slowest costs, and still far below what the quadratic parsers need for it.
"""

import sys
from collections.abc import Callable
from contextlib import suppress
from types import FrameType

import pytest

from offhook.mailbox.letters import Address, PermanentFailure, forward, prepare_for_delivery, render, reply, summarize
from tests.support.processor_time import costs_at_most

HEAD = b"From: a@b\nTo: c@d\nSubject: s\n"
SIZE = 500_000
CPU_SECONDS = 3.0


def nested(count: int) -> bytes:
    return b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (n, n) for n in range(count))


def field(name: bytes, scrap: bytes, count: int = 0) -> Callable[[int], bytes]:
    return lambda size: name + b": " + scrap * (count or size // len(scrap)) + b"\n\nx"


def body(headers: bytes, scrap: bytes) -> Callable[[int], bytes]:
    return lambda size: HEAD + headers + b"\n\n" + scrap * (size // len(scrap))


HTML = b"Content-Type: text/html; charset=utf-8"
MIXED = b"Content-Type: multipart/mixed; boundary=b"

HOSTILE: dict[str, Callable[[int], bytes]] = {
    "semicolons in Content-Type": field(b"Content-Type: text/plain", b";"),
    "quotes in Content-Type": field(b"Content-Type: text/plain", b'; a="'),
    "escaped quotes in Content-Type": field(b"Content-Type: text/plain", b'\\"'),
    "sections of parameters": field(b"Content-Disposition: attachment", b"; filename*1*=x"),
    "commas in To": field(b"To", b","),
    "brackets in To": field(b"To", b"(", 5000),
    "closed brackets in From": field(b"From", b"()"),
    "open angles in From": field(b"From", b"<"),
    "open quotes in From": field(b"From", b'"'),
    "backslashes in From": field(b"From", b"\\"),
    "square brackets in From": field(b"From", b"["),
    "addresses in To and Cc": lambda size: b"To: %b\nCc: %b\n\n" % (b"a@b.c," * (size // 12), b"d@e.f," * (size // 12)),
    "folded blanks in Subject": field(b"Subject", b"\n \t"),
    "encoded words in Subject": field(b"Subject", b"=?utf-8?q?a?= "),
    "encoded words of changing charset": field(b"Subject", b"=?iso-2022-jp?b?GyRC?= =?x?q?a?= "),
    "beginnings of encoded words": field(b"Subject", b"=?utf-8?q?"),
    "marks of replies in Subject": field(b"Subject", b"Re: "),
    "references": field(b"References", b"<"),
    "tiny header fields": lambda size: b"a:\n" * (size // 3),
    "Received lines": lambda size: b"Received: x\n" * (size // 12) + b"\n",
    "one endless header line": lambda size: b"Subject: " + b"x" * size,
    "nested multiparts": lambda size: HEAD + nested(3000) + b"\ntext",
    "nested letters": lambda size: b"Content-Type: message/rfc822\n\n" * (size // 30),
    "tiny parts": body(MIXED, b"--b\n\n"),
    "lines that are nearly boundaries": body(MIXED, b"--bx\n"),
    "parts with many parameters": body(MIXED, b"--b\nContent-Type: text/plain" + b"; a*0*=x" * 100 + b"\n\nx\n"),
    "damaged quoted-printable": body(b"Content-Transfer-Encoding: quoted-printable", b"="),
    "damaged base64": body(b"Content-Transfer-Encoding: base64", b"=A"),
    "flowed text that never ends": body(b"Content-Type: text/plain; format=flowed", b"a \n"),
    "flowed quote marks": body(b"Content-Type: text/plain; format=flowed", b">"),
    "empty lines": body(b"X: y", b"\n"),
    "broken UTF-8": body(b"Content-Type: text/plain; charset=utf-8", b"\xe9\xc3"),
    "punycode": body(b"Content-Type: text/plain; charset=punycode", b"a-b"),
    "escapes of ISO-2022": body(b"Content-Type: text/plain; charset=iso-2022-jp", b"\x1b$B"),
    "HTML: unclosed tags": body(HTML, b"<x>"),
    "HTML: unclosed tags, then wrong ends": lambda size: body(HTML, b"<x>")(size // 2) + b"</y>" * (size // 8),
    "HTML: headings in blocks": body(HTML, b"<h1><div>"),
    "HTML: attributes": lambda size: HEAD + HTML + b"\n\n<p " + b" ".join(b"a%d" % n for n in range(size // 8)) + b">x",
    "HTML: tags that never end": body(HTML, b"<p "),
    "HTML: end tags that never end": body(HTML, b"</a "),
    "HTML: quotes that never end": body(HTML, b'<p a="'),
    "HTML: scripts that never end": body(HTML, b"<script>"),
    "HTML: ends of scripts that never end": lambda size: HEAD + HTML + b"\n\n<script>" + b"</script" * (size // 8),
    "HTML: comments that never end": body(HTML, b"<!--"),
    "HTML: angle brackets": body(HTML, b"<"),
    "HTML: formatting in paragraphs": body(HTML, b"<p><b><i><u><s><tt><em>"),
    "HTML: links": body(HTML, b"<a href=http://x>y"),
    "HTML: quotations in each other": body(HTML, b"<blockquote>x"),
    "HTML: lists in each other": body(HTML, b"<ul><li>x"),
    "HTML: table cells": body(HTML, b"<table><tr><td>x"),
    "HTML: preformatted lines": lambda size: HEAD + HTML + b"\n\n<pre>" + b"\n" * size,
    "HTML: blanks in a style": lambda size: HEAD + HTML + b'\n\n<p style="display' + b" " * size + b'">x',
    "HTML: blanks and equal signs": lambda size: HEAD + HTML + b"\n\n<p" + b" = " * (size // 3) + b">x",
}  # fmt: skip


def use(letter: bytes) -> None:
    """Everything a session or a delivery does with a letter."""
    summarize(letter)
    render(letter)
    reply(letter, me=Address("", "me@x"), to_all=True)
    forward(letter, me=Address("", "me@x"))
    with suppress(PermanentFailure):
        b"".join(prepare_for_delivery(letter, "a@b", "c@d", "x"))


def work(letter: bytes) -> int:
    """Python lines and calls run for a letter."""
    steps = 0

    def count(frame: FrameType, event: str, argument: object) -> object:
        nonlocal steps
        steps += 1
        return count

    before = sys.gettrace()
    sys.settrace(count)  # type: ignore[arg-type]
    try:
        use(letter)
    finally:
        sys.settrace(before)
    return steps


@pytest.mark.parametrize("name", HOSTILE)
def test_a_letter_made_to_be_slow_costs_little(name: str):
    letter = HOSTILE[name](SIZE)
    costs_at_most(CPU_SECONDS, lambda: use(letter))


@pytest.mark.parametrize("name", HOSTILE)
def test_a_letter_twice_as_long_is_at_most_twice_the_work(name: str):
    half, whole = (work(HOSTILE[name](size)) for size in (10_000, 20_000))
    assert whole < 2.2 * half + 2000
