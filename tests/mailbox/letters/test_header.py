import base64
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offhook.mailbox.letters import MAX_HEADER_BYTES, decode_header, read_headers
from offhook.mailbox.letters.header import MAX_FIELDS, decode_base64, decode_words


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_fields_are_unfolded_and_the_body_begins_after_the_empty_line(end: bytes):
    letter = end.join([b"Subject: one", b" two", b"\tthree", b"From:a@b", b"", b"body: no"])
    headers, body = read_headers(letter)
    assert [(field.name, field.value) for field in headers.fields] == [
        ("subject", b"one two\tthree"),
        ("from", b"a@b"),
    ]
    assert letter[body:] == b"body: no"


def test_fields_are_found_by_name_in_any_letter_case_the_first_one_first():
    headers, _ = read_headers(b"SUBJECT: a\nsubject : b\n\n")
    assert headers.first("subject") == b"a"
    assert list(headers.all("subject")) == [b"a", b"b"]
    assert headers.first("to") == b""


@pytest.mark.parametrize(
    ("letter", "body"),
    [
        (b"Subject: x\nthis is no header\nmore", b"this is no header\nmore"),
        (b"just text\nand: more", b"just text\nand: more"),
        (b"\nbody", b"body"),
        (b"Subject: x\n--boundary: y\n", b"--boundary: y\n"),
        (b"From someone Mon Jan  1 00:00:00 2026\nSubject: x\n\nbody", b"body"),
        (b" starts with a blank\nSubject: x\n", b" starts with a blank\nSubject: x\n"),
        (b"", b""),
    ],
)
def test_a_line_that_cannot_be_a_header_begins_the_body(letter: bytes, body: bytes):
    assert letter[read_headers(letter)[1] :] == body


def test_a_header_section_is_read_up_to_its_bounds():
    headers, body = read_headers(b"a: b\n" * (MAX_FIELDS + 500) + b"\nbody")
    assert len(headers.fields) == MAX_FIELDS
    assert body == 5 * (MAX_FIELDS + 500) + 1
    assert read_headers(b"a: " + b"b" * (2 * MAX_HEADER_BYTES))[1] == MAX_HEADER_BYTES


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (b"=?utf-8?q?J=C3=B6rg?=", "Jörg"),
        (b"=?UTF-8?B?SsO2cmc=?= Roe", "Jörg Roe"),
        (b"=?utf-8?q?a?= =?utf-8?q?b?=", "ab"),
        (b"=?utf-8?q?a?=  =?iso-8859-1?q?=E9?=", "aé"),
        (b"=?utf-8?q?a?= b =?utf-8?q?c?=", "a b c"),
        (b"=?utf-8?q?=C3?= =?utf-8?q?=A4?=", "ä"),
        (b"=?utf-8?q?with blank_and_underscore?=", "with blank and underscore"),
        (b"=?utf-8*en?q?language?=", "language"),
        (b"=?nonsense?q?=E9?=", "é"),
        (b"=?utf-8?x?abc?=", "=?utf-8?x?abc?="),
        (b"=?utf-8?q?unfinished", "=?utf-8?q?unfinished"),
        (b"=?utf-8?b?!!!?=", ""),
        (b"raw \xc3\xa9", "raw é"),
        (b"raw \xe9 \x80", "raw é €"),
        (b"=?iso-2022-jp?b?GyRCRnxLXBsoQg==?=", "日本"),
        (b"=?utf-8?q?a=0D=0AX-Evil:_1?=", "a X-Evil: 1"),
        (b"=?utf-8?q?a=00=E2=80=A8b?=", "a b"),
        (b"", ""),
    ],
)
def test_a_value_is_decoded_to_one_line_of_text(value: bytes, text: str):
    assert decode_header(value) == text


def test_control_characters_are_left_to_the_output_gate():
    assert decode_header(b"=?utf-8?q?=1B[2J=C2=9B?=") == "\x1b[2J\x9b"


@settings(max_examples=200)
@given(st.text(st.characters(exclude_categories=["Cc", "Zs", "Zl", "Zp", "Cs"]), max_size=40), st.data())
def test_a_text_cut_into_encoded_words_at_any_byte_comes_back(text: str, data: st.DataObject):
    octets = text.encode()
    cuts = sorted({0, len(octets), *data.draw(st.lists(st.integers(0, len(octets)), max_size=4))})
    pieces = [octets[one:other] for one, other in pairwise(cuts)]
    words = " ".join(f"=?utf-8?b?{base64.b64encode(piece).decode()}?=" for piece in pieces)
    assert decode_words(words) == text


@settings(max_examples=200)
@given(st.binary(max_size=300))
def test_any_bytes_are_a_header_value_and_a_letter(value: bytes):
    assert "\n" not in decode_header(value)
    headers, body = read_headers(value)
    assert 0 <= body <= len(value)
    assert all("\n" not in headers.text(field.name) for field in headers.fields)


@given(st.binary(max_size=100), st.binary(max_size=10).map(lambda noise: noise.translate(None, b"=+/") + b"\n *-"))
def test_base64_survives_foreign_bytes_and_lost_padding(data: bytes, noise: bytes):
    foreign = bytes(octet for octet in noise if not chr(octet).isalnum())
    encoded = base64.b64encode(data).rstrip(b"=")
    assert decode_base64(encoded[:7] + foreign + encoded[7:]) == data


@given(st.lists(st.sampled_from([b" x", b"\t", b" \r", b"  y z\r\r", b" \xff"]), max_size=30))
def test_a_folded_value_is_its_lines_without_their_ends(lines: list[bytes]):
    headers, _ = read_headers(b"Subject: a\n" + b"".join(line + b"\n" for line in lines) + b"To: b\n\n")
    assert headers.first("subject") == b"".join([b" a", *(line.rstrip(b"\r") for line in lines)]).strip(b" \t")
    assert headers.first("to") == b"b"
