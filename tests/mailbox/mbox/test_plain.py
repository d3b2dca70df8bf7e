"""Letters found in large pieces of a box are those that are found with care, whatever is in it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offhook.mailbox.letters import Flag, LetterKey, MaildropFailure
from offhook.mailbox.mbox.from_line import MAX_FROM_LINE, arrival, is_from_line
from offhook.mailbox.mbox.letter import SAMPLE, encode
from offhook.mailbox.mbox.listing import Listing
from offhook.mailbox.mbox.parse import Window
from offhook.mailbox.mbox.plain import PlainLetters
from offhook.mailbox.mbox.reading import read_listing
from offhook.mailbox.mbox.state import State

FROM = b"From a@example.org Sat Nov 28 12:00:00 2026\n"
MODIFIED = 1_795_000_000.0

FROM_LINES = st.sampled_from([
    FROM,
    FROM,
    b"From bob@example.org Sun Mar  8 02:30:61 2026\n",
    b"From  Sat Nov 28 12:00:00 2026\n",
    b"From a Sat Nov 28 12:00:00 2026 +0100\n",
    b"From a Sat Nov 28 12:00 UTC 26 remote from x\n",
    b"From \xff\xe4 Sat, 28 Nov 2026 12:00:00 -0230\n",
    b"From 28 Nov 26 Sat Nov 28 12:00:00 2026\n",
    b"From Nov Sat Nov  8 12:00:00 1999\n",
    b"From a Sat Nov 31 12:00:00 2026\n",
    b"From a Sat Nov 28 25:00:00 0000\n",
    b"From a Sat Nov 28 12:00:00 2026\r\n",
    b"From a sat nov 28 12:00:00 2026\n",
    b"From me at noon\n",
    b"From \n",
    b"From a\0b Sat Nov 28 12:00:00 2026\n",
    b"From " + b"x" * 990 + b" Sat Nov 28 12:00:00 2026\n",
    b"From " + b"x" * 250 + b" Sat Nov 28 12:00:00 2026" + b" " * 1000 + b"\n",
    b"",
])  # fmt: skip
FIELDS = st.sampled_from([
    b"Subject: one\n",
    b"Message-ID: <1@example.org>\n",
    b"Received: from x\n\tby y\n",
    b"Status: RO\n",
    b"status :R\n",
    b"Status: O\n\tR\n",
    b"STATUS:\n",
    b"X-Status: AF\n",
    b"X-Status: ZD  \n",
    b"X-Keywords: Work offhook-passed   \n",
    b"X-Keywords: \xc3\xa4 \xff\n more\n",
    b"X-UID: 17\n",
    b"X-Uid: 17\n 18\n\t19\n",
    b"X-IMAP: 1795879137 0000000009\n",
    b"X-IMAPbase: 1795879137 0000000009 Work\n",
    b"X-IMAPbaseless: 1\n",
    b"Lines: 3\n",
    b"lines\t:3\n 4\n",
    b"Content-Length: ",
    b"Content-Length: 9\n",
    b"Content-Length: 12 34\n",
    b"Content-Length: 123456789012345678\n",
    b"content-length:0\n 9\n",
    b"Content-Type: text/plain\n",
    b"X-Offhook: 1 0123456789abcdef 9 1795878000.25 0123456789abcdef0123456789abcdef\n",
    b"X-Offhook: 1 0123456789abcdef 9 1795878000.25 0123456789abcdef0123456789abcde\n",
    b"x-offhook: 1 0123456789abcdef 9 -5 0123456789abcdef0123456789abcdef\n",
    b" Status: D\n",
    b"Subject: a\rb\n",
    b"Subject: c\r\n",
    b"\x00\xff\n",
    b"no field\n",
    b"Subject: FOLDER INTERNAL DATA\n",
    b"X-Long: " + b"l" * 5000 + b"\n",
])  # fmt: skip
TEXTS = st.sampled_from([
    b"",
    b"text\n",
    b"text",
    b"\n",
    b"\n\n\n",
    b"\r\n\r\n",
    b"\r\n",
    b"a\r\n\r\n",
    b">From me\n",
    b"\nFrom here on\n",
    b"\n\nFrom me at noon\n",
    b"\nFrom me Sat Nov 28 12:00:00 2026\nStatus: RO\n",
    b"\n\nFrom me Sat Nov 28 12:00:00 2026x\n",
    b"\n\r\nFrom me Sat Nov 28 12:00:00 2026\n\nx\n",
    b"\r\n\nFrom me Sat Nov 28 12:00:00 2026\n\nx\n",
    b"\0" * 600,
    b"\1\1\1\1\n",
    b"long\n" * (SAMPLE // 3),
    b"x" * (SAMPLE + 1),
    b"\n" * SAMPLE,
])  # fmt: skip
SEALED = st.builds(
    lambda letter, flags, keywords, base: encode(letter, b"12345678", 1_795_878_000.25, State(flags, keywords), base),
    st.sampled_from(
        [b"", b"Subject: x\nStatus: R\n\nFrom y\n\nFrom z Sat Nov 28 12:00:00 2026\n", b"Subject: x\r\n\r\ny"]
    ),
    st.frozensets(st.sampled_from(Flag)),
    st.frozensets(st.sampled_from(["Work", "later"])),
    st.sampled_from([b"", b"X-IMAPbase: 1 0000000000\n"]),
)


ENDS = st.sampled_from([b"\n", b"\n", b"\n", b"", b"\n\n", b"\r\n", b"\n\r\n", b"\r\n\r\n"])


@st.composite
def letters(draw: st.DrawFn) -> bytes:
    """A letter as some program might have written it, its length told rightly more often than not."""
    head = b"".join(draw(st.lists(FIELDS, max_size=5)))
    body = b"".join(draw(st.lists(TEXTS, max_size=3)))
    told = draw(st.sampled_from([None, None, 0, 0, 1, -1]))
    length = b"" if told is None else b"Content-Length: %d\n" % max(0, len(body) + told)
    fields = draw(st.permutations([head, length]))
    empty_line = draw(st.sampled_from([b"\n", b"\n", b"\n", b"\n", b"\r\n", b""]))
    return draw(FROM_LINES) + b"".join(fields) + empty_line + body + draw(ENDS)


@st.composite
def ordinary_letters(draw: st.DrawFn) -> bytes:
    """A letter as nearly all are, one field or text of which is odd."""
    body = b"text\n" + draw(TEXTS) + draw(st.sampled_from([b"", b"\n", b"more\n"]))
    length = draw(st.sampled_from([b"", b"Content-Length: %d\n" % len(body)]))
    state = draw(st.sampled_from([b"", b"Status: RO\n", b"X-UID: 1\nStatus: O\nX-Keywords: Work   \n"]))
    return FROM + length + b"Subject: x\n" + draw(FIELDS) + state + b"\n" + body + b"\n"


BOXES = st.builds(
    lambda before, parts, change: change(before + b"".join(parts)),
    st.sampled_from([b"", b"", b"", b"\n\n", b"junk\n\n"]),
    st.lists(st.one_of(ordinary_letters(), letters(), ordinary_letters(), SEALED, TEXTS), max_size=12),
    st.sampled_from([bytes, bytes, bytes, lambda box: box.replace(b"\n", b"\r\n"), lambda box: box + FROM + b"\n"]),
)


def window_on(box: bytes, reads: list[int] | None = None) -> Window:
    def read(offset: int, size: int) -> bytes:
        octets = box[offset : offset + size]
        if reads is not None:
            reads.append(len(octets))
        return octets

    return Window(read, len(box))


def found_in(box: bytes, piece: int) -> Listing | str:
    try:
        return read_listing(window_on(box), MODIFIED, piece=piece)
    except MaildropFailure as failure:
        return str(failure)


def check(box: bytes, piece: int) -> None:
    assert found_in(box, piece) == found_in(box, 0)


@given(BOXES, st.integers(1, 3000))
@settings(deadline=None, max_examples=400)
def test_whatever_is_in_a_box_pieces_of_any_size_bring_what_care_brings(box: bytes, piece: int):
    check(box, piece)
    check(box, 1 << 20)


@given(st.lists(st.tuples(FROM_LINES, TEXTS), min_size=2, max_size=6), st.binary(max_size=40), st.integers(0, 2000))
@settings(deadline=None, max_examples=200)
def test_octets_changed_anywhere_are_no_matter(parts: list[tuple[bytes, bytes]], octets: bytes, at: int):
    box = b"".join(line + b"Subject: x\nStatus: RO\n\n" + text + b"\n" for line, text in parts)
    at = min(at, len(box))
    check(box[:at] + octets + box[at + len(octets) :], 1 << 20)


@pytest.mark.parametrize("piece", [*range(MAX_FROM_LINE, MAX_FROM_LINE + 700, 7), 2 * MAX_FROM_LINE + 13])
def test_every_boundary_is_met(piece: int):
    parts = [
        b"Status: RO\nSubject: %d\n\ntext\n",
        b"Content-Length: 5\nX-UID: %d\n\ntext\n",
        b"A: %d\n\n\nFrom x\n\n\nt\n",
    ]
    check(b"".join(FROM + parts[number % 3] % number + b"\n" for number in range(60)), piece)


def test_a_line_that_only_looks_like_a_from_line_where_the_piece_ends_is_none():
    ordinary, almost = FROM + b"Subject: x\n\ntext\n\n", b"\n\nFrom x Sat Nov 28 12:00:00 2026x\nt\n\n"
    box = ordinary + FROM + b"Subject: y\n\n" + b"text\n" * 300 + almost + 3 * ordinary
    for piece in range(box.index(almost) - len(ordinary), box.index(almost) + len(almost)):
        check(box, piece)


def test_a_header_longer_than_a_piece_and_one_longer_than_plain_letters_have():
    long = FROM + b"X: " + b"x" * 70_000 + b"\nStatus: RO\n\ntext\n\n"
    check(2 * (FROM + b"Subject: x\n\ntext\n\n") + long + 2 * (FROM + b"Subject: x\n\ntext\n\n"), 1 << 20)
    check(3 * long, 10_000)


def test_twins_in_pieces_have_the_keys_they_have_with_care():
    check(50 * (FROM + b"Subject: x\n\ntext\n\n") + FROM + b"\n", 4000)


def test_an_ordinary_box_is_read_in_large_pieces_and_nearly_never_twice():
    letter = FROM + b"Status: RO\nSubject: %d\n\n" + 40 * b"some text\n" + b"\n"
    box = b"".join(letter % number for number in range(5000))
    reads: list[int] = []
    assert len(read_listing(window_on(box, reads), MODIFIED, piece=1 << 18).letters) == 5000
    assert len(reads) < 40
    assert sum(reads) < 1.5 * len(box)


ODD = [b"Subject: x\r\n\r\ntext\r\n\r\n", b"Content-Length: 9999\n\ntext\n\n", b"\n" + b"x\n" * 5000 + b"\n"]


@pytest.mark.parametrize("odd", ODD)
def test_letters_that_are_not_plain_do_not_make_a_box_be_read_again_and_again(odd: bytes):
    box = 400 * (FROM + odd)
    with_care: list[int] = []
    reads: list[int] = []
    assert len(read_listing(window_on(box, with_care), MODIFIED, piece=0).letters) == 400
    assert len(read_listing(window_on(box, reads), MODIFIED, piece=1 << 13).letters) == 400
    assert sum(reads) <= sum(with_care) + 4 * len(box)


FIELD_DATES = st.tuples(
    st.sampled_from(["a@b.example", "", "Nov", "28", "x,Sat", "Sat", "a\tb", "a b"]),
    st.sampled_from(["Sat", "Mon", "sat", "Sat,", "Nov"]),
    st.sampled_from(["Nov", "Feb", "nov", "Sat"]),
    st.sampled_from([" 8", "8", "28", "29", "31", "00", " 0"]),
    st.sampled_from(["12:00:00", "02:30:00", "23:59:60", "24:00:00", "12:60:00", "1:00:00", "12:00"]),
    st.sampled_from(["2026", "1970", "1900", "9999", "0000", "26", "2026 +0100", "2026 EST", "20261"]),
)


@given(FIELD_DATES)
@settings(deadline=None, max_examples=300)
def test_an_ordinary_from_line_is_told_and_dated_as_any_other(parts: tuple[str, ...]):
    line = ("From " + " ".join(parts) + "\n").encode()
    told = PlainLetters(window_on(line), MODIFIED, _no_key)
    told._octets = line
    wanted = (MODIFIED if (came := arrival(line)) is None else came) if is_from_line(line) else None
    assert told._arrived(0) == wanted


def _no_key(name: str) -> LetterKey:
    raise AssertionError(name)
