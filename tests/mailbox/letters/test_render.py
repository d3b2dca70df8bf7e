import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offhook.mailbox.letters import Attachment, render, render_raw
from offhook.mailbox.letters.mime import MAX_DEPTH, MAX_PARTS, cut_parts, parse_disposition, parse_type
from offhook.mailbox.letters.render import MAX_LINES, MAX_TEXT_BYTES

HEAD = b"From: Al <a@b>\nTo: c@d\nSubject: s\nX-Other: hidden\n"
BASE64 = "Content-Transfer-Encoding: BASE64"
QUOTED = "Content-Transfer-Encoding: quoted-printable"


def part(kind: str, body: bytes, *more: str) -> bytes:
    return "\n".join([f"Content-Type: {kind}", *more, "", ""]).encode() + body


def multipart(subtype: str, *parts: bytes, boundary: str = "b0") -> bytes:
    mark = f"\n--{boundary}".encode()
    body = b"".join(mark + b"\n" + each for each in parts)
    return f'Content-Type: multipart/{subtype}; boundary="{boundary}"\n\n'.encode() + body + mark + b"--\n"


def test_the_headers_a_reader_wants_are_shown_in_order_and_no_others():
    rendered = render(b"Subject: =?utf-8?q?=C3=A4?=\nX: y\nCc: e@f\nFrom: Al <a@b>\nDate: today\nTo: c@d\n\nx")
    assert rendered.headers == (
        ("Date", "today"),
        ("From", "Al <a@b>"),
        ("To", "c@d"),
        ("Cc", "e@f"),
        ("Subject", "ä"),
    )


@pytest.mark.parametrize(
    ("letter", "body"),
    [
        (HEAD + b"\none\ntwo\n", ("one", "two")),
        (HEAD.replace(b"\n", b"\r\n") + b"\r\none\r\ntwo", ("one", "two")),
        (HEAD, ()),
        (b"no header at all\nreally", ("no header at all", "really")),
        (b"", ()),
        (HEAD + part("text/plain; charset=koi8-r", b"\xf0\xd2\xc9"), ("При",)),
        (HEAD + part("text/plain", b"a=E4b=\nc =\n d=ZZ=", QUOTED), ("aäbc  d=ZZ",)),
        (HEAD + part("text/plain", b"SGVs*bG8\n=gd29y\nbGQ", BASE64), ("Hello world",)),
        (HEAD + part("text/plain", b"x", "Content-Transfer-Encoding: x-unknown"), ("x",)),
        (HEAD + part("text/plain; format=flowed", b"a \nb\n> q \n> r\n>> s\n \nf\n-- \nsig"),
         ("a b", "> q r", "> > s", "", "f", "-- ", "sig")),
        (HEAD + part("text/plain; format=flowed; delsp=yes", b"a \nb"), ("ab",)),
    ],
)  # fmt: skip
def test_plain_text_is_decoded_to_lines(letter: bytes, body: tuple[str, ...]):
    assert render(letter).body == body


def test_plain_text_is_preferred_to_html_and_html_is_no_attachment():
    letter = HEAD + multipart("alternative", part("text/html", b"<p>html"), part("text/plain", b"plain"))
    rendered = render(letter)
    assert (rendered.body, rendered.attachments, rendered.notes) == (("plain",), (), ())


def test_html_is_shown_when_the_plain_text_is_blank():
    letter = HEAD + multipart("alternative", part("text/plain", b" \n"), part("text/html", b"<p>html"))
    assert render(letter).body == ("html",)


def test_html_inside_related_inside_alternative_is_hidden_beside_plain_text():
    inner = multipart("related", part("text/html", b"<p>html"), part("image/png; name=i.png", b"xx"), boundary="b1")
    rendered = render(HEAD + multipart("alternative", part("text/plain", b"plain"), inner))
    assert rendered.body == ("plain",)
    assert rendered.attachments == (Attachment("i.png", "image/png", 2),)


def test_attachments_are_listed_with_name_type_and_decoded_size():
    data = base64.encodebytes(b"x" * 1000)
    letter = HEAD + multipart(
        "mixed",
        part("text/plain", b"text"),
        part("application/pdf", data, "Content-Disposition: attachment; filename=a.pdf", BASE64),
        part("text/plain; name=notes.txt", b"not shown"),
        part("text/plain", b"nor this", "Content-Disposition: attachment"),
    )  # fmt: skip
    rendered = render(letter)
    assert rendered.body == ("text",)
    assert rendered.attachments == (
        Attachment("a.pdf", "application/pdf", 1000),
        Attachment("notes.txt", "text/plain", 9),
        Attachment("", "text/plain", 8),
    )


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ("attachment; filename=plain.txt", "plain.txt"),
        ('attachment; filename="with; semi \\" quote"', 'with; semi " quote'),
        ("attachment; filename*=utf-8''%e2%82%ac.txt", "€.txt"),
        ("attachment; filename*=iso-8859-1'de'%e4", "ä"),
        ("attachment; filename*0=a; filename*1=b; filename*2*=%20c", "ab c"),
        ("attachment; filename*1=b; filename*0*=utf-8''a%20", "a b"),
        ("attachment; filename=x; filename*=utf-8''better", "better"),
        ('attachment; filename="=?utf-8?q?=C3=A4?="', "ä"),
        ('attachment; filename="../../etc/passwd"', "../../etc/passwd"),
        ('attachment; filename="never closed', "never closed"),
        ("attachment; filename", ""),
        ("attachment; filename*=%zz%4", "%zz%4"),
    ],
)
def test_names_of_attachments_are_decoded_however_they_are_written(disposition: str, name: str):
    assert parse_disposition(disposition.encode())[0] == "attachment"
    assert parse_disposition(disposition.encode())[1].get("filename", "") == name


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (b"", "text/plain"),
        (b"text", "text/plain"),
        (b"TEXT/HTML", "text/html"),
        (b" text/html ; charset=x", "text/html"),
        (b"nonsense", "application/octet-stream"),
        (b"a/b/c", "a/b"),
        (b";;;", "application/octet-stream"),
    ],
)
def test_a_content_type_is_read_or_has_a_safe_meaning(value: bytes, kind: str):
    assert parse_type(value)[0] == kind


def test_an_enclosed_letter_is_listed_and_shown_below_its_own_headers():
    inner = b"From: in@ner\nSubject: inside\n\ninner text"
    rendered = render(HEAD + multipart("mixed", part("text/plain", b"outer"), part("message/rfc822", inner)))
    assert rendered.attachments == (Attachment("inside", "message/rfc822", len(inner)),)
    assert rendered.body[0] == "outer"
    assert rendered.body[-4:] == ("From: in@ner", "Subject: inside", "", "inner text")


def test_a_delivery_report_is_shown():
    report = multipart(
        "report", part("text/plain", b"It failed."), part("message/delivery-status", b"Action: failed\n")
    )
    assert render(HEAD + report).body == ("It failed.", "", "Action: failed")


@pytest.mark.parametrize(
    "letter",
    [
        HEAD + b"Content-Type: multipart/mixed\n\n--x\n\ntext\n",
        HEAD + b"Content-Type: multipart/mixed; boundary=never\n\nonly a preamble\n",
        HEAD + b"Content-Type: multipart/mixed; boundary=" + b"x" * 300 + b"\n\ntext",
    ],
)
def test_a_letter_that_cannot_be_cut_is_shown_as_it_is_and_says_so(letter: bytes):
    rendered = render(letter)
    assert rendered.body or rendered.attachments
    assert any("text" in line or "preamble" in line for line in rendered.body)
    assert rendered.notes == ("Shown as it is: its parts could not be told apart.",)


def test_a_part_ends_at_the_boundary_of_the_multipart_around_its_own():
    inner = b'Content-Type: multipart/mixed; boundary="b1"\n\n--b1\n\nin\n--b1\n\nalso in'
    parts = cut_parts(HEAD + multipart("mixed", inner, part("text/plain", b"out"))).parts
    assert [each.body for each in parts] == [b"in", b"also in", b"out"]
    assert [len(each.containers) for each in parts] == [2, 2, 1]


def test_a_boundary_line_may_end_in_blanks_and_crlf_and_be_inside_no_word():
    letter = (
        b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b \t\r\n\r\none\r\n--bc\r\n --b\r\nx--b\r\n--b--\r\nend'
    )
    assert [each.body for each in cut_parts(letter).parts] == [b"one\r\n--bc\r\n --b\r\nx--b"]


def test_a_digest_holds_letters():
    letter = HEAD + multipart("digest", b"\nSubject: one\n\nfirst", b"\nSubject: two\n\nsecond")
    assert [each.name for each in render(letter).attachments] == ["one", "two"]


def test_parts_and_nesting_are_bounded_and_the_reader_is_told():
    many = render(HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * (3 * MAX_PARTS))
    assert "This letter has more parts than are shown." in many.notes
    deep = HEAD
    for level in range(3000):
        deep += b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (level, level)
    assert max(len(each.containers) for each in cut_parts(deep + b"\ntext").parts) <= MAX_DEPTH
    assert render(deep + b"\ntext").notes
    enclosed = b"Content-Type: message/rfc822\n\n" * 3000
    assert len(cut_parts(enclosed).parts) == MAX_DEPTH + 1


def test_a_long_text_is_cut_and_the_reader_is_told():
    assert len(render(HEAD + b"\n" + b"x\n" * MAX_TEXT_BYTES).body) == MAX_LINES
    long = render(HEAD + b"\n" + b"x" * (2 * MAX_TEXT_BYTES))
    assert sum(map(len, long.body)) == MAX_TEXT_BYTES
    assert long.notes == ("The text is cut: it is longer than is shown.",)


def test_raw_shows_the_source():
    assert render_raw(b"Subject: =?x?=\r\n\r\n\xe9\n") == ("Subject: =?x?=", "", "é", "")


SCRAPS = st.sampled_from(
    [b"--b\n", b"--b--\n", b"--c\n", b"\n", b"\r\n", b"Content-Type: multipart/alternative; boundary=b\n", b"x",
     b"Content-Type: multipart/mixed; boundary=c\n", b"Content-Type: message/rfc822\n", b"Content-Type: text/html\n",
     b"Content-Transfer-Encoding: base64\n", b"Content-Disposition: attachment; filename*0*=a''%\n",
     b"<p", b"\xff\0\x1b"]
)  # fmt: skip


@settings(max_examples=300)
@given(st.lists(SCRAPS | st.binary(max_size=12), max_size=25).map(b"".join))
def test_anything_is_a_letter_and_can_be_shown(letter: bytes):
    rendered = render(letter)
    assert all("\n" not in line for line in rendered.body)
    assert len(rendered.notes) == len(set(rendered.notes))
