"""What every writer of mbox files means, and where the letters lie."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.mailbox.files import DiskBoxFiles
from offhook.mailbox.letters import Flag, MaildropFailure
from offhook.mailbox.mbox import Mbox
from offhook.mailbox.mbox.from_line import arrival, is_from_line, make_from_line
from offhook.mailbox.mbox.letter import decode, decode_head, encode, end_of_head
from offhook.mailbox.mbox.parse import Window, first_letter, spans
from offhook.mailbox.mbox.state import State, in_place, read_state, state_lines

FROM = b"From a@example.org Sat Nov 28 12:00:00 2026\n"
ONE = b"Subject: one\n\nbody\n"
TWO = b"Subject: two\n\nbody\n"


async def letters(tmp_path: Path, box: bytes) -> list[bytes]:
    (tmp_path / "box").write_bytes(box)
    maildrop = Mbox(tmp_path / "box")
    entries = await maildrop.scan()
    found = [await maildrop.fetch(entry.key) for entry in entries]
    assert [entry.size for entry in entries] == [len(letter) for letter in found]
    for entry, letter in zip(entries, found, strict=True):
        assert letter.startswith(await maildrop.head(entry.key))
    return found


BOXES = {
    "mboxo": (FROM + b"Subject: one\n\n>From me\n\n" + FROM + TWO + b"\n", [b"Subject: one\n\n>From me\n", TWO]),
    "mboxrd": (FROM + b"Subject: one\n\n>>From me\n\n" + FROM + TWO + b"\n", [b"Subject: one\n\n>>From me\n", TWO]),
    "mboxcl": (
        FROM + b"Content-Length: 9\nSubject: one\n\n>From me\n\n" + FROM + TWO + b"\n",
        [b"Subject: one\n\n>From me\n", TWO],
    ),
    "mboxcl2": (
        FROM + b"Subject: one\nContent-Length: 55\n\nx\n\nFrom me Sat Nov 28 12:00:00 2026\nSubject: no letter\n\n"
        + FROM + TWO + b"\n",
        [b"Subject: one\n\nx\n\nFrom me Sat Nov 28 12:00:00 2026\nSubject: no letter\n", TWO],
    ),
    "a length that is wrong": (
        FROM + b"Content-Length: 3\n" + ONE + b"\n" + FROM + b"Content-Length: 9999\n" + TWO + b"\n" + FROM + ONE,
        [ONE, TWO, ONE],
    ),
    "CR LF": (
        (FROM + ONE + b"\n" + FROM + TWO + b"\n").replace(b"\n", b"\r\n"),
        [ONE.replace(b"\n", b"\r\n"), TWO.replace(b"\n", b"\r\n")],
    ),
    "no last line feed": (FROM + ONE + b"\n" + FROM + TWO.rstrip(b"\n"), [ONE, TWO.rstrip(b"\n")]),
    "no empty line at the end": (FROM + ONE + b"\n" + FROM + TWO, [ONE, TWO]),
    "From in the text": (FROM + ONE + b"\nFrom here on\nFrom me at noon\n\n" + FROM + TWO, [
        ONE + b"\nFrom here on\nFrom me at noon\n", TWO]),
    "a From line with no empty line before it": (FROM + ONE + FROM + TWO, [ONE + FROM + TWO]),
    "8 bit sender": (b"From \xff\xe4 Sat Nov 28 12:00:00 2026\n" + ONE + b"\n" + FROM + TWO, [ONE, TWO]),
    "odd first line": (b"From somebody, some day\n" + ONE + b"\n" + FROM + TWO, [ONE, TWO]),
    "odd date behind a right length": (
        FROM + b"Content-Length: 5\n" + ONE + b"\nFrom somebody, some day\n" + TWO, [ONE, TWO]),
    "header only": (FROM + b"Subject: x\n\n" + FROM + b"Subject: y\n", [b"Subject: x\n\n", b"Subject: y\n"]),
    "empty lines first": (b"\n\n" + FROM + ONE, [ONE]),
    "no letter first": (b"junk\n\n" + FROM + ONE, [ONE]),
    "empty": (b"", []),
    "empty lines": (b"\n\n\n", []),
    "MMDF": (b"\1\1\1\1\n" + ONE + b"\1\1\1\1\n\1\1\1\1\n" + FROM + TWO + b"\1\1\1\1\n", [ONE, TWO]),
    "internal data": (
        FROM + b"From: Mail System Internal Data <MAILER-DAEMON@x>\nX-IMAP: 1795879137 0000000009\nStatus: RO\n"
        b"Subject: DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL DATA\n\nThis text is part of the internal format.\n\n"
        + FROM + ONE,
        [ONE],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BOXES)
async def test_every_variant_is_read_as_its_writer_means_it(tmp_path: Path, name: str):
    box, wanted = BOXES[name]
    assert await letters(tmp_path, box) == wanted
    assert (tmp_path / "box").read_bytes() == box


async def test_what_is_no_mailbox_is_refused_and_left_alone(tmp_path: Path):
    with pytest.raises(MaildropFailure, match="not a mailbox"):
        await letters(tmp_path, b"Dear diary,\n\ntoday\n")


async def test_mmdf_is_never_written_to(tmp_path: Path):
    box, _ = BOXES["MMDF"]
    await letters(tmp_path, box)
    maildrop = Mbox(tmp_path / "box")
    (first, _) = await maildrop.scan()
    with pytest.raises(MaildropFailure, match="MMDF"):
        await maildrop.expunge([first.key])
    assert (tmp_path / "box").read_bytes() == box


async def test_internal_data_is_never_removed(tmp_path: Path):
    box, _ = BOXES["internal data"]
    await letters(tmp_path, box)
    maildrop = Mbox(tmp_path / "box")
    await maildrop.expunge([entry.key for entry in await maildrop.scan()])
    assert list(await maildrop.scan()) == []
    assert (tmp_path / "box").read_bytes() == box[: box.rindex(FROM)]


async def test_keys_survive_what_other_programs_do_to_state_and_offsets(tmp_path: Path):
    box = FROM + b"Subject: one\nTo: x\n\nbody\n\n" + FROM + TWO + b"\n"
    await letters(tmp_path, box)
    maildrop = Mbox(tmp_path / "box")
    before = [entry.key for entry in await maildrop.scan()]
    state = b"X-UID: 7\nStatus: RO\nX-Status: A\nLines: 1\nContent-Length: 5\n"
    changed = box.replace(b"To: x\n", b"To: x\n" + state).replace(FROM, FROM + b"X-IMAPbase: 1 0000000002\n", 1)
    (tmp_path / "box").write_bytes(changed)
    assert [entry.key for entry in await Mbox(tmp_path / "box").scan()] == before
    (tmp_path / "box").write_bytes(changed[changed.rindex(FROM) :])
    assert [entry.key for entry in await Mbox(tmp_path / "box").scan()] == before[1:]


async def test_twins_have_keys_of_their_own_and_one_of_them_can_go(tmp_path: Path):
    await letters(tmp_path, 3 * (FROM + ONE + b"\n"))
    maildrop = Mbox(tmp_path / "box")
    keys = [entry.key for entry in await maildrop.scan()]
    assert len(set(keys)) == 3
    await maildrop.expunge([keys[1]])
    assert (tmp_path / "box").read_bytes() == 2 * (FROM + ONE + b"\n")


@pytest.mark.parametrize(
    ("line", "seconds"),
    [
        (b"From a Sat Nov 28 12:00:00 2026 +0100", 1795863600),
        (b"From a Sat Nov 28 12:00:00 GMT 2026", 1795867200),
        (b"From a Sat Nov 28 12:00 UTC 2026", 1795867200),
        (b"From a Nov  8 12:00:00 26 +0000", 1794139200),
        (b"From  Sat Nov 28 12:00:00 -0230 2026", 1795876200),
        (b"From \xff@\xfe Sat Nov 28 12:00:00 EST 2026 remote from x", 1795885200),
        (b"From a Sat, 28 Nov 2026 12:00:00 +0000", 1795867200),
        (b"From a 28 Nov 99 12:00 GMT", 943790400),
    ],
)
def test_dates_of_all_kinds_are_understood(line: bytes, seconds: int):
    assert is_from_line(line)
    assert arrival(line) == seconds


@pytest.mark.parametrize(
    "line",
    [b"From here on", b"From", b"From a Sat Nov 28", b">From a Sat Nov 28 12:00:00 2026", b"from a Nov 1 1:00 99"],
)
def test_a_line_of_text_opens_no_letter(line: bytes):
    assert not is_from_line(line)


@pytest.mark.parametrize("line", [b"From a Sat Feb 31 12:00:00 2026", b"From a Sat Nov 28 99:00:00 2026"])
def test_a_date_that_never_was_is_no_failure(line: bytes):
    assert arrival(line) is None


@given(st.binary(max_size=400), st.floats(0, 4e9))
def test_our_own_line_is_always_understood(sender: bytes, when: float):
    line = make_from_line(sender, when)
    assert is_from_line(line)
    assert arrival(line) == int(when)
    assert line.count(b"\n") == 1


PIECES = [
    b"From ", b">From ", b"\n", b"\r\n", b"\n\n", b" ", b"\t", b"\r", b"x", b"\0", b"\xff", b" continued\n",
    b"Status: RO\n", b"X-Offhook-Status: x\n", b"Lines: 3\n", b"Subject: a\n", b"Content-Length: 1\n", b"y" * 5000,
    b"X-Offhook: 1 0000000000000000 5 1.5 00000000000000000000000000000000\n", FROM,
]  # fmt: skip
LETTERS = st.lists(st.sampled_from(PIECES) | st.binary(max_size=8), max_size=10).map(b"".join)
STATES = st.builds(
    State,
    st.frozensets(st.sampled_from(Flag)),
    st.frozensets(st.from_regex(r"\A[A-Za-z$][A-Za-z0-9_.-]{0,20}\Z"), max_size=5),
    st.booleans(),
).map(lambda state: replace(state, new=state.new and Flag.SEEN not in state.flags))


def parts(text: bytes) -> tuple[bytes, bytes]:
    """Header block and body of a letter alone in a box."""
    (span,) = spans(Window(lambda at, size: text[at : at + size], len(text)), 0)
    return text[span.head : span.body], text[span.body : span.end]


@given(LETTERS, STATES)
def test_any_octets_come_out_of_the_box_as_they_went_in(letter: bytes, state: State):
    head, body = parts(encode(letter, bytes(8), 1.5, state))
    assert decode(head, body) == letter
    assert letter.startswith(decode_head(head))
    assert read_state(head) == state


@given(LETTERS, STATES, STATES)
def test_letters_stay_apart_whatever_is_in_them_and_whoever_counts(letter: bytes, one: State, other: State):
    texts = [encode(letter, bytes(8), 1.5, one), encode(TWO, bytes(8), 2.5, other)]
    box = b"".join(texts)
    found = list(spans(Window(lambda at, size: box[at : at + size], len(box)), 0))
    assert [span.start for span in found] == [0, len(texts[0])]
    no_lengths = re.sub(rb"^Content-Length:[^\n]*\n", b"", box, flags=re.MULTILINE | re.IGNORECASE)
    assert len(list(spans(Window(lambda at, size: no_lengths[at : at + size], len(no_lengths)), 0))) == 2


@given(LETTERS, STATES, STATES)
def test_a_state_changed_in_place_is_read_back_and_changes_nothing_else(letter: bytes, old: State, new: State):
    head, body = parts(encode(letter, bytes(8), 1.5, old))
    changed = in_place(head, new)
    if changed is None:
        assert len(" ".join(new.words())) > 30
        return
    assert len(changed) == len(head)
    assert read_state(changed) == new
    assert decode(changed, body) == letter


@given(st.binary(max_size=300) | LETTERS)
def test_no_box_breaks_the_reader_and_spans_cover_it(box: bytes):
    window = Window(lambda at, size: box[at : at + size], len(box))
    start = first_letter(window)
    at = len(box) if start is None else start
    for span in spans(window, at):
        assert span.start == at
        assert span.start <= span.head <= span.body <= span.end <= span.next
        at = span.next
    assert at == len(box)


@given(LETTERS, st.integers(1, 40))
def test_where_reads_end_makes_no_difference(letter: bytes, most: int):
    box = encode(letter, bytes(8), 1.5, State()) + FROM + ONE + b"\n" + encode(TWO, bytes(8), 1.5, State())

    def read(at: int, size: int) -> bytes:
        return box[at : at + size]

    whole = list(spans(Window(read, len(box)), 0))
    narrow = Window(read, len(box))
    narrow.octets(0, most)
    assert list(spans(narrow, 0)) == whole


def test_state_letters_unknown_to_us_are_kept():
    head = b"Status: ROX\nX-Status: FN\nX-Keywords: a\n\n"
    changed = in_place(head, read_state(head).changed({Flag.REPLIED}, {Flag.FLAGGED}, (), ("A",)))
    assert changed == b"Status: ROX\nX-Status: AN\nX-Keywords:  \n\n"


def test_the_end_of_a_head_is_found_with_either_line_end():
    assert end_of_head(b"a\r\n\r\nb") == 5
    assert end_of_head(b"a\n\r\nb") == 4
    assert end_of_head(b"\nb") == 1
    assert end_of_head(b"a\nb") is None
    assert state_lines(State(), end=b"\r\n").count(b"\r\n") == 3


async def test_after_a_change_that_moves_letters_the_same_session_still_finds_them(tmp_path: Path):
    three = ONE.replace(b"one", b"three")
    await letters(tmp_path, FROM + ONE + b"\n" + FROM + TWO + b"\n" + FROM + three + b"\n")
    reads = 0

    class Counting(DiskBoxFiles):
        def read_at(self, file: int, size: int, offset: int) -> bytes:
            nonlocal reads
            reads += offset == 0 and size > 4096
            return super().read_at(file, size, offset)

    maildrop = Mbox(tmp_path / "box", files=Counting())
    keys = [entry.key for entry in await maildrop.scan()]
    await maildrop.mark(keys[0], add={Flag.SEEN})
    await maildrop.mark(keys[1], add={Flag.FLAGGED})
    before = reads
    assert [await maildrop.fetch(key) for key in keys] == [ONE, TWO, three]
    await maildrop.expunge([keys[1]])
    assert [await maildrop.fetch(key) for key in (keys[0], keys[2])] == [ONE, three]
    entries = await maildrop.scan()
    assert reads == before  # the box was not read again
    assert list(entries) == list(await Mbox(tmp_path / "box").scan())
    assert [entry.flags for entry in entries] == [{Flag.SEEN}, frozenset()]


@given(st.integers(0, 300))
def test_a_box_that_is_cut_short_while_it_is_read_ends_the_reading(left: int):
    box = (FROM + ONE + b"\n") * 3
    list(spans(Window(lambda at, size: box[:left][at : at + size], len(box)), 0))
