"""Letters that nobody should be able to do harm with: made here, a few lines for each kind, so that any number is had.

Each has a kind and a name; `end of it` stands in the text of those whose text a reader can be asked to find.
"""

import base64
import quopri
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.support.hostile_bodies import (
    END,
    Named,
    body_letters,
    charset_letters,
    html_letters,
    letter,
    mime_letters,
    multipart,
    text_part,
)

ESCAPES = (
    "\x1b]0;owned\x07\x1b[2J\x1b[31mred\x1b[0m\x1b[6n\x1b[c\x1bZ\x1b[5i\x1bP$qm\x1b\\\x1bPq#0~\x1b\\\x1b_apc\x1b\\\x1b^pm\x1b\\"
    "\x1b]52;c;ZWNobyBo\x07\x1b]8;;http://evil\x07link\x1b]8;;\x07\x1b[21t\x1b#8\x1bc\x1b(0\x1b[?1049h\x0e\x0f\x05\x11\x13\x07\x08\x08\x0b\x0c\x7f\x1a\x18"
)
C1 = "\x9b31mred\x9d0;owned\x9c\x90q\x9c\x84\x85\x8e\x8f\x9a\x98x\x9c\x9ey\x9c\x9fz\x9c"
UNSEEN = "\u202eevil\u202c\u2066x\u2069\u200b\u200d\ufeff\u2028\u2029\u00ad\u061c\u3164\U000e0041\ufffe\ue000\ufff9"
TOWER = "e" + "\u0301\u0489\u20dd" * 300 + "\u0e34\u0e49" * 300 + "\u064b" * 300 + "\ufe20" * 300
TRICKS = (
    ESCAPES,
    C1,
    UNSEEN,
    TOWER,
    "\x1b",
    "\x9b",
    "\xc2\x9b31m",
    "\x1b[" + "0;" * 5000 + "m",
    "\x07" * 5000,
    "\x05" * 100,
)


@dataclass(frozen=True, slots=True)
class HostileLetter:
    """One of them, lines ended by LF."""

    kind: str
    name: str
    octets: bytes


def word(text: str | bytes, charset: str = "utf-8", encoding: str = "b") -> str:
    """An encoded word, of any length."""
    octets = text.encode(charset, "surrogatepass") if isinstance(text, str) else text
    if encoding == "b":
        return f"=?{charset}?b?{base64.b64encode(octets).decode()}?="
    return f"=?{charset}?q?{''.join(f'={each:02X}' for each in octets)}?="


def hostile_letters(scale: int = 1) -> Iterator[HostileLetter]:
    """All of them; sizes are a tenth of what they may be, times `scale`."""
    for kind, make in _KINDS.items():
        for name, octets in make(scale):
            yield HostileLetter(kind, name, octets)


def _tricks(_scale: int) -> Named:
    """What drives terminals, in every place a letter has."""
    for number, trick in enumerate(TRICKS):
        raw = trick.encode("utf-8")
        safe = trick.replace("\n", " ")
        yield (
            f"raw {number}",
            letter(f"From: {safe} <m@x.org>\nTo: {safe}\nSubject: s {safe}\nDate: {safe}", f"b {trick}"),
        )
        yield (
            f"words {number}",
            letter(
                f"From: {word(trick)} <m@x.org>\nCc: {word(trick, encoding='q')} <a@x.org>\nSubject: s {word(trick)}",
                b"b",
            ),
        )
        yield (
            f"qp {number}",
            letter(
                "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable",
                quopri.encodestring(raw + b"\n"),
            ),
        )
        yield (
            f"latin-1 {number}",
            letter(
                "Content-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: base64",
                base64.b64encode(trick.encode("latin-1", "replace") + b"\n" + END),
                plain=False,
            ),
        )
        quoted = "".join(f"%{each:02X}" for each in raw)
        named = safe.replace('"', "")
        yield (
            f"names {number}",
            letter(
                *multipart(
                    "b",
                    text_part(),
                    f"Content-Type: application/{named}\n"
                    f'Content-Disposition: attachment; filename="../../x{named}.exe"\n\nx',
                    f"Content-Type: a/b\nContent-Disposition: attachment; filename*=utf-8''{quoted}\n\nx",
                    f'Content-Type: a/b; name="{word(trick)}"\n\nx',
                    f"Content-Type: message/rfc822\n\nSubject: {word(trick)}\nFrom: {safe}\n\n{trick}",
                )
            ),
        )
        entities = "".join(f"&#{ord(each)};" for each in trick)
        yield (
            f"html {number}",
            letter(
                "Content-Type: text/html; charset=utf-8",
                f"<title>{trick}</title><p title='{named}'>{entities}<a href='http://x/{named}'>l</a>"
                f"<img alt='{named}'></p>{END.decode()}",
            ),
        )


def _words(scale: int) -> Named:
    hundred = 10_000 * scale
    yield "one of 100 KB", letter("Subject: " + word("x" * hundred))
    yield "thousands", letter("Subject: " + " ".join([word("x")] * (hundred // 10)))
    yield (
        "one letter each",
        letter("Subject: " + " ".join(word(b"\xe2\x82\xac"[at : at + 1]) for at in (0, 1, 2) for _ in range(300))),
    )
    yield "cut in a character", letter("Subject: " + " ".join(map(word, (b"a\xe2\x82", b"\xacb", b"\xff"))))
    yield "in themselves", letter("Subject: " + word(word(word("\x1b[2J deep"))))
    yield "make a field", letter("Subject: " + word("x\r\nBcc: eve@x.org\r\n\r\nbody\0"))
    yield (
        "make an address",
        letter(f"From: {word('a, eve@evil.org <root@localhost>,')} <m@x.org>\nReply-To: {word('x@y.org')}"),
    )
    yield "in a route", letter(f"From: <{word('a@b.org')}>\nTo: {word('alice@localhost')}@x.org")
    yield "never closed", letter("Subject: " + "=?utf-8?q?" * (hundred // 10))
    yield "of question marks", letter("Subject: =" + "?" * hundred + "=")
    yield "of bad base64", letter("Subject: =?utf-8?b?" + "=A" * 3000 + "?=")
    yield (
        "in a file name",
        letter(
            *multipart(
                "b", text_part(), f"Content-Disposition: attachment; filename={word('../../' + 'x' * 9000)}\n\nx"
            )
        ),
    )
    yield "language", letter("Subject: =?utf-8*" + "e" * 30 + "?q?x?= =?*?b??= =??q??= =?utf-8?x?x?=")


def _headers(scale: int) -> Named:
    many = 10_000 * scale
    yield "100,000", letter("".join(f"X-{each}: y\n" for each in range(many)))
    yield "100,000 senders", letter("From: a@x.org\n" * many)
    yield "a line of 1 MB", letter("X-Long: " + "y" * many * 10)
    yield "a subject of 1 MB", letter("Subject: " + "y" * many * 10)
    yield "a name of 1 MB", letter("y" * many * 10 + ": z")
    yield (
        "a subject of wide characters",
        letter("Subject: " + "\u6f22" * 20_000 + "\nFrom: " + "\u0e34" * 2000 + " <m@x.org>"),
    )
    yield "no colon", letter("Subject: x\nno colon here\nFrom: late@x.org")
    yield "none", b"\nbody alone " + END + b"\n"
    yield "nothing", b"\n"
    yield "body only", b"just words without any header " + END + b"\n"
    yield "NUL", letter("Subject: a\0b\nX\0: y\nFrom: \0@x.org", "a\0b")
    yield "bare CR", letter("Subject: a\rSubject: b\r\rFrom: c@x.org\nX: y\r", "a\rb\r\rc\r")
    yield "eight bit names", letter(b"Subject: \xff\xfe\x9b31m\nSubj\xe9ct: x\nFrom: \x9b2J\xc2\x9b@x.org")
    yield (
        "twice",
        letter(
            "From: a@x.org\nFrom: b@x.org\nSubject: one\nSubject: two\nDate: x\nDate: y\n"
            "To: alice\nTo: bob\nReply-To: c@x.org\nReply-To: d@x.org"
        ),
    )
    yield "folded everywhere", letter("Subject:\n " + "\n ".join("word" for _ in range(5000)))
    yield "folds of blanks", letter("Subject: a" + "\n \t " * 5000 + "\nFrom:\n\tm@x.org")
    yield "begins folded", b" folded\n" + letter()
    yield "blanks before colons", letter("Subject : a\nFrom\t:\tm@x.org")
    yield (
        "From lines",
        b"From mallory Thu Jan  1 00:00:00 1970\n>From x\n"
        + letter("", b"From mallory Thu Jan  1 00:00:00 1970\n\nFrom x\n>From y\n"),
    )
    yield (
        "a forged letter in the text",
        letter("", b"\n\nFrom eve@x.org Thu Jan  1 00:00:00 2026\nFrom: eve@x.org\nSubject: forged\n\nforged\n"),
    )
    yield (
        "forged state",
        letter(
            "Status: RO\nX-Status: D\nX-Keywords: a b\nX-IMAP: 1 2\n"
            "X-UID: 1\nContent-Length: 99999999999999999999\nX-Offhook: x"
        ),
    )
    for length in ("-1", "0", "999999999999999999999999", "0x10", "1e9", "12\n 34"):
        yield f"length {length!r}", letter(f"Content-Length: {length}\nLines: -5", b"From me\n")
    for date in (
        "Thu, 99 Feb 9999 99:99:99 +9999",
        "31 Dec 9999 23:59:59 -2359",
        "1 Jan 0001 00:00:00 +2359",
        "1 Jan 1 0:0:0",
        "x" * 9000,
        "Mon, 1 Jan 2024 00:00:00 (" + "(" * 5000,
        "29 Feb 2023 00:00:00 GMT",
        "\u0663 Jan 2024 00:00:00 +0000",
        "1 Jan 2024 00:00:60 ZZZZZ",
        "-1 Jan -2024 -1:-1:-1",
    ):
        yield f"date {date[:20]!r}", letter(f"Date: {date}")
    yield (
        "identifiers",
        letter("Message-ID: <" + "x" * 9000 + ">\nReferences: " + "<a@b> " * 5000 + "\nIn-Reply-To: <\x1b[2J@x>"),
    )
    yield (
        "priority and receipts",
        letter(
            "Disposition-Notification-To: eve@x.org\nReturn-Receipt-To: eve@x.org\n"
            "X-Priority: \x1b[5m1\nList-Unsubscribe: <javascript:1>"
        ),
    )


def _addresses(scale: int) -> Named:
    many = 1000 * scale
    for name, value in {
        "groups": "undisclosed-recipients:;, a group: a@x.org, (c) b@x.org;, : ;;",
        "comments": "(" * many * 10 + " a@x.org",
        "comments closed": "(" * many * 10 + ")" * many * 10 + " a@x.org",
        "quotes": '"' + '\\"' * many + '" <a@x.org>',
        "open quote": '"never closed <a@x.org>, b@x.org',
        "angles": "<" * many * 10,
        "angles closed": "<>" * many * 10,
        "commas": "," * many * 40,
        "ats": "@" * many * 10,
        "colons": ":" * many * 10,
        "brackets": "[" * many * 10,
        "many": ", ".join(f"a{each}@x.org" for each in range(many * 2)),
        "route": "<@a,@b:c@x.org>",
        "option": "<-oQ/tmp@x.org>, -rf",
        "shell": '"$(touch /tmp/x)`id`;|sh"@x.org, |sh, /etc/passwd, :include:/etc/passwd',
        "backslashes": "\\" * many * 10,
        "bare": "root",
        "escapes": '"\x1b[2J\x9b" <\x1b]0;x\x07a@x.org>, \x1b[31m@x.org',
        "unicode": "\u202e\u0430lice@x.org, alice@\u200bx.org, \U0001f4a9@x.org",
        "literal": "a@[127.0.0.1], a@[IPv6:::1], a@[\x1b[2J]",
        "empty": "<>",
        "line break": "a@x.org\n\tRcpt: b@x.org",
        "percent": "a%b@localhost, a!b!c@localhost, alice+../../x@localhost",
    }.items():
        yield name, letter(f"From: {value}\nReply-To: {value}\nTo: {value}\nCc: {value}")


_KINDS: dict[str, Callable[[int], Named]] = {
    "terminal": _tricks,
    "MIME": mime_letters,
    "charset": charset_letters,
    "encoded word": _words,
    "header": _headers,
    "address": _addresses,
    "HTML": html_letters,
    "body": body_letters,
}
