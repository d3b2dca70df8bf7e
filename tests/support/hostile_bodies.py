"""Hostile letters by what is in their bodies (MIME, charsets, HTML, plain text), and the parts letters are made of."""

import base64
from collections.abc import Iterator

END = b"end of it"


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


def multipart(boundary: str, *parts: str | bytes, kind: str = "mixed", end: bool = True) -> tuple[str, bytes]:
    """Head and body of a multipart."""
    mark = f"--{boundary}".encode()
    octets = [part.encode("utf-8", "surrogateescape") if isinstance(part, str) else part for part in parts]
    body = b"".join(mark + b"\n" + part + b"\n" for part in octets) + (mark + b"--\n" if end else b"")
    return f'MIME-Version: 1.0\nContent-Type: multipart/{kind}; boundary="{boundary}"', body


def text_part(text: str | bytes = END, kind: str = "text/plain") -> bytes:
    """A part of a multipart."""
    return f"Content-Type: {kind}\n\n".encode() + (text.encode() if isinstance(text, str) else text)


Named = Iterator[tuple[str, bytes]]


def mime_letters(scale: int) -> Named:
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


def charset_letters(_scale: int) -> Named:
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


def html_letters(scale: int) -> Named:
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


def body_letters(scale: int) -> Named:
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
