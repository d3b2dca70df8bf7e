"""Letters that tell their name and whether they are whole, for tests that race and kill."""

import re
from zlib import crc32

BODY = "From here on, {name}\n\nFrom the start: {name}\n"
FILLING = "0123456789abcdef\n" * 400


def letter(name: str) -> bytes:
    """A letter of this name, of a length of its own, with lines that an mbox has to quote.

    Of a length to the octet: mutt takes a box that is as long as it was for the one that it knows, and one in which a
    letter begins where the box ended for one that has only grown, whatever came between. What it writes then is torn.
    """
    body = BODY.format(name=name) + FILLING[: 80 + crc32(name.encode()) % 6_000] + "\n"
    marks = f"Date: Sat, 28 Nov 2026 12:00:00 +0000\nMessage-ID: <{name}@example.org>\n"  # by which Dovecot knows it
    return f"From: a@example.org\nSubject: {name}\n{marks}\n{body}end of {name}\n".encode()


def name_of(text: bytes) -> str:
    """The name of a letter, and that it is whole: nothing missing, nothing of another in it."""
    text = text.replace(b"\r\n", b"\n")
    found = re.search(rb"^Subject: (\S+)\n", text, re.MULTILINE)
    assert found, text[:400]
    name = found[1].decode()
    plain = text.replace(b"\n>From", b"\nFrom")
    assert plain.endswith(letter(name).partition(b"\n\n")[2]), text
    assert plain.count(b"Subject: ") == 1, text
    return name


def in_mbox(name: str) -> bytes:
    """The letter as programs put it into an mbox."""
    quoted = letter(name).replace(b"\nFrom ", b"\n>From ")
    return b"From x@example.org Sat Nov 28 12:00:00 2026\n" + quoted + b"\n"
