"""Letters that nobody should be able to do harm with: made here, a few lines for each kind, so that any number is had.

Each has a kind and a name; `end of it` stands in the text of those whose text a reader can be asked to find.
"""

import base64
import quopri
from collections.abc import Callable, Iterator
from dataclasses import dataclass

END = b"end of it"
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


def letter(head: str | bytes = "", body: str | bytes = b"", *, plain: bool = True) -> bytes:
    """A letter with the usual fields, unless `head` has its own, and a text that ends as it should."""
    octets = head.encode("utf-8", "surrogateescape") if isinstance(head, str) else head
    text = body.encode("utf-8", "surrogateescape") if isinstance(body, str) else body
    usual = b"".join(
        name + b": " + value + b"\n"
        for name, value in ((b"From", b"mallory@there.org"), (b"Subject", b"a letter"))
        if not octets.lower().startswith(name.lower() + b":") and b"\n" + name.lower() + b":" not in octets.lower()
    )
    return (
        usual
        + octets
        + (b"\n" if octets and not octets.endswith(b"\n") else b"")
        + b"\n"
        + text
        + (b"\n" + END + b"\n" if plain else b"")
    )


def word(text: str | bytes, charset: str = "utf-8", encoding: str = "b") -> str:
    """An encoded word, of any length."""
    octets = text.encode(charset, "surrogatepass") if isinstance(text, str) else text
    if encoding == "b":
        return f"=?{charset}?b?{base64.b64encode(octets).decode()}?="
    return f"=?{charset}?q?{''.join(f'={each:02X}' for each in octets)}?="


def multipart(boundary: str, *parts: str | bytes, kind: str = "mixed", end: bool = True) -> tuple[str, bytes]:
    """Head and body of a multipart."""
    mark = f"--{boundary}".encode()
    octets = [part.encode("utf-8", "surrogateescape") if isinstance(part, str) else part for part in parts]
    body = b"".join(mark + b"\n" + part + b"\n" for part in octets) + (mark + b"--\n" if end else b"")
    return f'MIME-Version: 1.0\nContent-Type: multipart/{kind}; boundary="{boundary}"', body


def text_part(text: str | bytes = END, kind: str = "text/plain") -> bytes:
    """A part of a multipart."""
    return f"Content-Type: {kind}\n\n".encode() + (text.encode() if isinstance(text, str) else text)


def hostile_letters(scale: int = 1) -> Iterator[HostileLetter]:
    """All of them; sizes are a tenth of what they may be, times `scale`."""
    for kind, make in _KINDS.items():
        for name, octets in make(scale):
            yield HostileLetter(kind, name, octets)


Named = Iterator[tuple[str, bytes]]


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


def _mime(scale: int) -> Named:
    many = 1000 * scale
    yield "no boundary", letter("Content-Type: multipart/mixed", text_part())
    yield "empty boundary", letter('Content-Type: multipart/mixed; boundary=""', b"--\n" + text_part() + b"\n----\n")
    yield "boundary never", letter('Content-Type: multipart/mixed; boundary="never"', text_part())
    yield "not closed", letter(*multipart("b", text_part(), end=False))
    yield (
        "closed first",
        letter("Content-Type: multipart/mixed; boundary=b", b"--b--\n--b\n" + text_part() + b"\n--b--"),
    )
    yield "many parts", letter(*multipart("b", *[text_part(f"part {each}") for each in range(many)], text_part()))
    yield "many empty parts", letter("Content-Type: multipart/mixed; boundary=b", b"--b\n" * many)
    yield (
        "two boundaries",
        letter(
            'Content-Type: multipart/mixed; boundary="a"; boundary="b"',
            b"--a\n" + text_part() + b"\n--b\n" + text_part() + b"\n--a--",
        ),
    )
    yield (
        "prefix boundaries",
        letter(*multipart("bb", multipart("b", text_part())[0] + "\n\n" + "--b\n\nx\n--bbb\n--b--")),
    )
    deep = "".join(f'Content-Type: multipart/mixed; boundary="{each}"\n\n--{each}\n' for each in range(many // 5))
    yield "deep", letter(deep.rstrip("\n").split("\n\n")[0], deep.partition("\n\n")[2].encode() + text_part())
    same = 'Content-Type: multipart/mixed; boundary="s"\n\n--s\n' * (many // 5)
    yield (
        "same boundary deep",
        letter('Content-Type: multipart/mixed; boundary="s"', b"--s\n" + same.encode() + text_part()),
    )
    yield (
        "enclosed deep",
        letter("Content-Type: message/rfc822", b"Content-Type: message/rfc822\n\n" * many + b"Subject: inner\n\nx"),
    )
    yield "digest", letter(*multipart("d", *["Subject: one\n\nx"] * 20, kind="digest"))
    yield (
        "alternatives",
        letter(
            *multipart(
                "a", *[text_part(f"<p>{each}", "text/html") for each in range(100)], text_part(), kind="alternative"
            )
        ),
    )
    yield (
        "encoded multipart",
        letter(
            "Content-Type: multipart/mixed; boundary=b\nContent-Transfer-Encoding: base64",
            base64.b64encode(b"--b\n" + text_part() + b"\n--b--\n"),
        ),
    )
    yield "partial", letter('Content-Type: message/partial; id="x"; number=1; total=1000000000', b"x")
    yield (
        "external",
        letter(
            "Content-Type: message/external-body; access-type=local-file; name=/etc/passwd",
            b"Content-Type: text/plain\n\n",
        ),
    )
    yield (
        "report",
        letter(
            *multipart(
                "r", text_part(), "Content-Type: message/delivery-status\n\n" + "Status: 5\n\n" * 1000, kind="report"
            )
        ),
    )
    yield (
        "long boundary",
        letter(f'Content-Type: multipart/mixed; boundary="{"b" * 5000}"', b"--" + b"b" * 5000 + b"\n" + text_part()),
    )
    yield (
        "boundary of signs",
        letter('Content-Type: multipart/mixed; boundary="(.*)+$"', b"--(.*)+$\n" + text_part() + b"\n--(.*)+$--"),
    )
    yield "dashes", letter("Content-Type: multipart/mixed; boundary=b", b"--\n" * many * 10 + b"--b\n" + text_part())
    yield (
        "many parameters",
        letter("Content-Type: text/plain" + "".join(f"; p{each}*{each}*=x" for each in range(many))),
    )
    yield (
        "parameter sections",
        letter("Content-Type: text/plain; charset*999=8; charset*0=ut; charset*1=f-; charset*2*=%38"),
    )
    yield "quotes open", letter('Content-Type: text/plain; charset="' + '\\"' * many)
    yield "bad types", letter('Content-Type: /;;;=;=;\nContent-Transfer-Encoding: ;;\nContent-Disposition: ;="')
    yield (
        "types twice",
        letter(
            "Content-Type: text/html\nContent-Type: multipart/mixed; boundary=b\nContent-Type: text/plain",
            "--b\n\n<b>x",
        ),
    )
    yield (
        "tnef and yenc",
        letter(
            "",
            b"=ybegin line=128 size=99999999999 name=../../x\n"
            + bytes(range(1, 10))
            + bytes(range(14, 256))
            + b"\n=yend size=1\n",
        ),
    )
    yield "uuencode", letter("", b"begin 777 ../../etc/cron.d/x\n#86)C\nM" + b"~" * 70 + b"\n`\nend\nbegin 666 |sh\n")
    yield "flowed", letter("Content-Type: text/plain; format=flowed; delsp=yes", (">" * 2000 + " x \n") * 100)
    yield "flowed forever", letter("Content-Type: text/plain; format=flowed", b"word \n" * many * 10)
    for encoding in ("x-uuencode", "binary", "8bit", "BASE64", "quoted-printable;x", "\u00e9", "7bit, base64"):
        yield f"encoding {encoding}", letter(f"Content-Transfer-Encoding: {encoding}", b"YWJj=41=\n\xff")
    for damaged in (b"=", b"=\n=\n=", b"=ZZ=0=\r=", b"=00=0A.=0A=1B=9B" * 500, b"=" * 5000):
        yield f"qp damage {damaged[:8]!r}", letter("Content-Transfer-Encoding: quoted-printable", damaged)
    for damaged in (b"A", b"====", b"AAAA=AAAA==B", b"\xff\x00%%%", b"G1s=" * 3000, b"A" * 99_999):
        yield f"base64 damage {damaged[:8]!r}", letter("Content-Transfer-Encoding: base64", damaged, plain=False)


def _charsets(_scale: int) -> Named:
    junk = (
        bytes(range(256)) * 4
        + b"\x1b$B\x1b(B\x0e\x0f\x1b$)C\x1bN\x1bO~{VP~}+AGw-+-&AGw-"
        + b"\xed\xa0\x80\xf8\x88\x80\x80\x80\xc0\x9b\xe0\x80\x9b"
    )
    names = [
        "utf-7",
        "utf-8",
        "utf-16",
        "utf-16le",
        "utf-32",
        "iso-2022-jp",
        "iso-2022-kr",
        "iso-2022-cn",
        "iso-2022-jp-ext",
        "hz-gb-2312",
        "gb18030",
        "big5",
        "shift_jis",
        "euc-kr",
        "koi8-r",
        "cp437",
        "cp037",
        "us-ascii",
        "iso-8859-1",
        "windows-1252",
        "x-user-defined",
        "viscii",
        "tis-620",
        "idna",
        "punycode",
        "rot13",
        "unicode_escape",
        "raw_unicode_escape",
        "zlib_codec",
        "hex",
        "undefined",
        "mbcs",
        "oem",
        "../../x",
        "\x1b[2J",
        "%s",
        "0",
        "utf-8\x00",
        "*",
    ]
    for name in names:
        safe = name.replace("\0", "")
        yield (
            f"charset {safe!r}",
            letter(f'Content-Type: text/plain; charset="{name}"\nSubject: =?{safe}?q?=1B=9B[2J=FE?= x', junk),
        )
    for mark in (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff", b"\x0e\xfe\xff", b"+/v8-"):
        yield f"mark {mark!r}", letter(b"Subject: " + mark + b"x", mark + "\x1b[2Jx".encode("utf-16-le"))
    yield "mark first", b"\xef\xbb\xbf" + letter("", b"x")
    yield "utf-7 escapes", letter("Content-Type: text/plain; charset=utf-7", b"+ABs-[2J+AJs-31m+AAc- +AA0ACg- x")
    yield (
        "ebcdic escapes",
        letter(
            "Content-Type: text/plain; charset=cp037", bytes([0x27, 0xAD, 0xF2, 0xD1, 0x3B, 0x0D, 0x2F]), plain=False
        ),
    )
    yield (
        "overlong",
        letter(
            "Content-Type: text/plain; charset=utf-8",
            b"\xc0\x9b\xc1\x9b\xe0\x82\x9b31m\xf0\x80\x82\x9bx\xc2\x9b2J\xed\xa0\xbd\xed\xb8\x80",
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


def _html(scale: int) -> Named:
    many = 10_000 * scale
    for name, page in {
        "deep": "<div>" * many,
        "deep quotes": "<blockquote>" * many + "x",
        "deep lists": "<ul><li>" * many + "x",
        "deep tables": "<table><tr><td>" * many + "x",
        "wide table": "<table><tr>" + "<td>x" * many + "</table>",
        "one tag of 10 MB": "<p " + "a" * many * 100,
        "one attribute": "<a href='" + "x" * many * 10 + "'>l</a>",
        "attributes": "<p " + "a=1 " * many + ">x",
        "entities": "&#27;&#x9b;&#155;&#0;&#xD800;&#x110000;&#99999999999;&lt;&#8238;" + "&amp" * many,
        "entity of digits": "&#" + "1" * many + ";",
        "style": "<style>p{}</style><p style='display:none'>hidden</p><style>" + "x" * many,
        "scripts": "<script>alert(1)</script><script>" * 500 + "x",
        "links": "<a href='javascript:alert(1)'>a</a><a href='data:text/html,x'>b</a>"
        "<a href=' java\nscript:x'>c</a><a href='http://\x1b[2J'>d</a><a href='file:///etc/passwd'>e</a>",
        "many links": "".join(f"<a href='http://x/{each}'>l{each}</a>" for each in range(many // 10)),
        "comments": "<!--" * many + "x",
        "comment ends": "<!-- -- --!> x --><!x><?x?><![CDATA[x]]>",
        "angles": "<" * many,
        "not closed": "<b><i><u><font>" * (many // 4),
        "pre": "<pre>" + "x\n" * many + "</pre>",
        "br": "<br>" * many,
        "formatting": ("<p>" + "<b><i>" * 50) * (many // 100),
        "svg": "<svg><foreignObject><math><annotation-xml><p>x" * 500,
        "frames": "<frameset><frame src=x></frameset><iframe srcdoc='<p>x'>x</iframe><noscript>n</noscript>",
        "ol": "<ol start=99999999999><li>x<li>y</ol><ol start='\u0663'><li>x</ol><ol start=-5><li>z</ol>",
        "one word": "x" * many * 10,
        "plaintext": "<plaintext><b>x</b>",
        "spaces": "&nbsp;" * many + " " * many,
    }.items():
        yield name, letter("Content-Type: text/html; charset=utf-8", f"<p>{END.decode()}</p>{page}")


def _bodies(scale: int) -> Named:
    many = 10_000 * scale
    for name, text in {
        "one line": "x" * many * 20,
        "one wide line": "\u6f22" * many,
        "one line of marks": "a" + "\u0301\u0e34" * many,
        "one line of blanks": " " * many * 10 + "x",
        "one line of tabs": "\t" * many,
        "lines": "\n" * many * 10,
        "dots": ".\n..\n.\r\n",
        "smuggled": "\r\n.\r\nMAIL FROM:<eve@x.org>\r\nRCPT TO:<alice@localhost>\r\n"
        "DATA\r\nSubject: smuggled\r\n\r\n.\r\n",
        "quotes": ">" * many + "\n" + "> " * many + "x",
        "tildes": "~!sh\n~r /etc/passwd\n~.\n.\n~x\n",
        "modem": "+++\nATH\n+++ATH0\nNO CARRIER\nCONNECT 2400\n",
        "telnet": "\xff\xf4\xff\xfd\x06\xff\xfa\x18\x01\xff\xf0",
        "zmodem": "**\x18B00000000000000\r\n\x11rz\r\x18\x18\x18\x18\x18",
        "control bytes": "".join(map(chr, range(256))),
        "lone surrogate": "\udced\udca0\udc80",
        "petscii": "\x93\x13\x8e\x0e\x08\x92\x12\x1c\x90\x05",
        "latin ends": "\x85\x0b\x0c\x1c\x1d\x1e\x1f",
    }.items():
        yield name, letter("Content-Type: text/plain; charset=utf-8", text)


_KINDS: dict[str, Callable[[int], Named]] = {
    "terminal": _tricks,
    "MIME": _mime,
    "charset": _charsets,
    "encoded word": _words,
    "header": _headers,
    "address": _addresses,
    "HTML": _html,
    "body": _bodies,
}
