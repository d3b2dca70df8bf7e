from hypothesis import given
from hypothesis import strategies as st

from offhook.mailbox.letters import Address, summarize
from offhook.mailbox.letters.summary import MAX_REFERENCES


def test_a_summary_holds_what_a_list_shows():
    summary = summarize(
        b"From: =?utf-8?q?J=C3=B6rg?= <j@x.org>\r\nTo: a@b, C <c@d>\r\nTo: e@f\r\nCc: g@h\r\nSubject: one\r\n two\r\n"
        b"Date: Tue, 24 Nov 2026 09:05:00 +0100\r\nMessage-ID: <3@x> (old)\r\nReferences: <1@x>\r\n <2@x>\r\n\r\nbody"
    )
    assert (summary.from_name, summary.from_address, summary.sender) == ("Jörg", "j@x.org", "Jörg")
    assert summary.subject == "one two"
    assert (summary.date, summary.sent) == ("Tue, 24 Nov 2026 09:05:00 +0100", 1795507500.0)
    assert summary.to == (Address("", "a@b"), Address("C", "c@d"), Address("", "e@f"))
    assert summary.cc == (Address("", "g@h"),)
    assert (summary.message_id, summary.references) == ("<3@x>", ("<1@x>", "<2@x>"))


def test_what_a_letter_lacks_is_empty():
    summary = summarize(b"")
    assert (summary.from_name, summary.from_address, summary.subject, summary.date) == ("", "", "", "")
    assert (summary.sent, summary.to, summary.message_id, summary.references) == (None, (), "", ())


def test_a_sender_that_is_no_address_is_shown_as_written():
    assert summarize(b"From: The Management\n").sender == "The Management"
    assert summarize(b"From: root\n").sender == "root"
    assert summarize(b"Sender: a@b\n").sender == "a@b"


def test_in_reply_to_stands_in_for_references():
    assert summarize(b"In-Reply-To: your letter <1@x>\n").references == ("<1@x>",)


def test_of_many_references_the_first_and_the_latest_are_kept():
    found = summarize(b"References: " + b" ".join(b"<%d@x>" % n for n in range(500))).references
    assert len(found) == MAX_REFERENCES
    assert (found[0], found[1], found[-1]) == ("<0@x>", "<401@x>", "<499@x>")


@given(st.binary(max_size=200))
def test_any_bytes_have_a_summary_of_single_lines(head: bytes):
    summary = summarize(b"From: " + head + b"\nSubject: " + head)
    for text in (summary.from_name, summary.from_address, summary.subject, summary.date):
        assert not set(text) & set("\r\n\0")
