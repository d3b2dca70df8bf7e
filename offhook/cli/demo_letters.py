"""The sample letters of the demo host: one of each kind that a reader has to cope with."""

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime


@dataclass(frozen=True, slots=True)
class Sample:
    """A letter as it comes by SMTP: reverse-path, account it is for, and its bytes with CR LF."""

    sender: str
    account: str
    letter: bytes


_WELCOME = """\
Welcome to offhook.

You have come by a telephone line that is not there, through a modem that is
a program, and what you read now is a file on the disk of this host.

Type a number to read that letter, or press Return for the next one.
Type r to answer, ? for the list of commands, and q to hang up.
"""

_PLAN = """\
Alice,

shall we meet on Thursday at the radio club? I would bring the acoustic
coupler, and the teletype is oiled.

Bob
"""

_REPLY = """\
On Tuesday Alice wrote:
> Is the 300 bit/s line up again?
> I heard nothing but hiss last night.

It is. Thirty characters a second, as it should be.

Bob
"""

_QUESTION = """\
Bob, is the 300 bit/s line up again? I heard nothing but hiss last night.

Alice
"""

_UTF8 = """\
Liebe Alice,

schöne Grüße aus Zürich! Der Kaffee kostet hier 5 € - très cher, n'est-ce pas?
Il fait -3 °C, the mountains look like “painted” ones… and a friend from
Αθήνα says “γειά σου”.

Bob
"""

_HTML = """\
<html><head><style>body { color: #333 }</style><title>ignored</title></head>
<body><h1>The Line Noise Gazette</h1>
<p>All the news that fits in <b>2400&nbsp;bit/s</b>.</p>
<ul><li>Null modems: <a href="https://example.org/null-modem">how to cross them</a></li>
<li>Carrier loss &amp; how to live with it</li></ul>
<blockquote>The best terminal is the one you already have.</blockquote>
<table><tr><th>Rate</th><th>Characters a second</th></tr>
<tr><td>300</td><td>30</td></tr><tr><td>1200</td><td>120</td></tr></table>
<script>alert("never shown")</script></body></html>
"""

_CSV = "rate,characters per second\n300,30\n1200,120\n2400,240\n9600,960\n"


def _head(sender: str, account: str, subject: str, when: datetime, *more: str) -> str:
    name = sender.partition("@")[0].capitalize()
    return "\n".join(
        [
            f"From: {name} <{sender}>",
            f"To: {account.capitalize()} <{account}@localhost>",
            f"Subject: {subject}",
            f"Date: {format_datetime(when)}",
            f"Message-ID: <{when:%Y%m%d%H%M}.{account}@demo.invalid>",
            "MIME-Version: 1.0",
            *more,
            "",
            "",
        ]
    )


def _attachment(sender: str, account: str, when: datetime) -> str:
    boundary = "the-parts-of-this-letter"
    return (
        _head(sender, account, "The table you asked for", when, f'Content-Type: multipart/mixed; boundary="{boundary}"')
        + f"--{boundary}\nContent-Type: text/plain; charset=us-ascii\n\nHere it is, as a file.\n\nBob\n"
        + f'--{boundary}\nContent-Type: text/csv; name="rates.csv"\n'
        + 'Content-Disposition: attachment; filename="rates.csv"\nContent-Transfer-Encoding: base64\n\n'
        + base64.encodebytes(_CSV.encode()).decode()
        + f"--{boundary}--\n"
    )


def _long() -> str:
    paragraphs = [
        f"{number}. A letter as long as this one is shown a page at a time. At the end\n"
        "of a page press Return for the next one, c to have the rest without\n"
        "stops, or q to be done with it.\n"
        for number in range(1, 41)
    ]
    return "Alice,\n\nthis one does not fit on a screen.\n\n" + "\n".join(paragraphs) + "\nBob\n"


def sample_letters(now: datetime) -> Iterator[Sample]:
    """The letters, oldest first; the newest was written an hour before `now` (which has a zone)."""
    plain = "Content-Type: text/plain; charset=us-ascii"
    utf8 = "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit"
    html = "Content-Type: text/html; charset=utf-8"
    bob, alice, postmaster, gazette = "bob@localhost", "alice@localhost", "postmaster@localhost", "gazette@example.org"

    def ago(hours: int) -> datetime:
        return now - timedelta(hours=hours)

    answers = "In-Reply-To: <line-up@demo.invalid>\nReferences: <line-up@demo.invalid>"
    letters = [
        (postmaster, "alice", _head(postmaster, "alice", "Welcome to offhook", ago(96), plain) + _WELCOME),
        (bob, "alice", _head(bob, "alice", "Thursday at the radio club", ago(72), plain) + _PLAN),
        (bob, "alice", _head(bob, "alice", "Re: Is the line up?", ago(49), plain, answers) + _REPLY),
        (bob, "alice", _attachment(bob, "alice", ago(26))),
        (gazette, "alice", _head(gazette, "alice", "The Line Noise Gazette", ago(11), html) + _HTML),
        (bob, "alice", _head(bob, "alice", "=?utf-8?q?Gr=C3=BC=C3=9Fe_aus_Z=C3=BCrich?=", ago(5), utf8) + _UTF8),
        (bob, "alice", _head(bob, "alice", "A long one", ago(1), plain) + _long()),
        (postmaster, "bob", _head(postmaster, "bob", "Welcome to offhook", ago(96), plain) + _WELCOME),
        (
            alice,
            "bob",
            _head(alice, "bob", "Is the line up?", ago(50), plain) + "Bob, I heard nothing but hiss.\n\nAlice\n",
        ),
    ]
    for sender, account, text in letters:
        yield Sample(sender, account, text.replace("\n", "\r\n").encode())
