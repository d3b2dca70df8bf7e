from hypothesis import given, settings
from hypothesis import strategies as st

from offhook.mailbox.letters import Heading, heading_in, summarize

LINES = st.sampled_from(
    [
        "From: Bob Beech <bob@example.org>",
        "From: <bob@example.org>",
        "from : Bob  Beech <bob@example.org>",
        'From: "Bob, B." <bob@example.org>',
        "From: bob@example.org (Bob)",
        "From: =?utf-8?q?B=C3=B6b?= <bob@example.org>",
        "From: Bøb <bob@example.org>",
        "From:",
        "Sender: Carol <carol@example.org>",
        "Subject: Tone dialling",
        "SUBJECT:\ttabs\tin it ",
        "Subject: one\x0bthing",
        "Subject:",
        "Date: Sat, 28 Nov 2026 12:00:00 +0000",
        "Date: 3 Nov 2026 12:00:00 -0730",
        "Date: Sat, 31 Feb 2026 12:00:00 +0000",
        "Date: Sat, 28 Nov 2026 24:00:61 +0000",
        "Date: Sat, 28 Nov 0026 12:00:00 +0000",
        "Date: Sat, 28 Nov 2026 12:00:00 +9999",
        "Date: yesterday",
        " continued",
        "\t",
        " ",
        "X-Other: thing",
        "no field at all",
        "--X: y",
        "From bob Sat Nov 28 12:00:00 2026",
        "",
    ]
)


@given(st.lists(LINES, max_size=8), st.sampled_from(["\n", "\r\n"]), st.booleans())
@settings(max_examples=1000)
def test_a_heading_read_at_a_glance_is_the_one_that_is_read_in_full(lines: list[str], end: str, complete: bool):
    head = (end.join(lines) + (end if complete else "")).encode()
    summary = summarize(head)
    assert heading_in(head) == Heading(summary.from_name, summary.from_address, summary.subject, summary.sent)


@given(st.binary(max_size=300))
def test_anything_has_a_heading(head: bytes):
    summary = summarize(head)
    assert heading_in(head) == Heading(summary.from_name, summary.from_address, summary.subject, summary.sent)
