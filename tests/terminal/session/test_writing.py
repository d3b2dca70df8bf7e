from email import message_from_bytes, policy

import pytest

from offhook.mailbox.letters import Flag
from offhook.terminal.session.kept_letters import MOST, KeptLetters
from offhook.terminal.session.unsent import Unsent
from tests.support.mail_desk import MemoryGuest, hold, letter
from tests.support.scripted_terminal import Half, Key, run

SEVERAL = letter(
    sender="Carol Cedar <carol@host.example>",
    to="alice@host.example, Bob <bob@host.example>",
    headers="Cc: dan@else.example\nReply-To: carol@home.example\nReferences: <0@x>\n",
    body="Is it on?\n> It was.\n-- \nCarol\n",
)


def answered(command: str, octets: str = SEVERAL) -> tuple[str, dict[str, str], str]:
    """What is shown for `command`, then the recipients' header lines, and the text of what was sent."""
    guest = MemoryGuest()
    guest.put(octets)
    held = hold(guest, command, "Yes.", ".", "x")
    ((_, sent),) = guest.post_office.posted
    parsed = message_from_bytes(sent, policy=policy.default)
    return held.answer_to(command), {name: str(value) for name, value in parsed.items()}, parsed.get_content()


def test_r_answers_everybody_and_leaves_the_caller_out():
    shown, headers, _ = answered("r")
    assert headers["To"] == "carol@home.example, bob@host.example"
    assert headers["Cc"] == "dan@else.example"
    assert shown.startswith("To: carol@home.example, bob@host.example   Cc: dan@else.example\nSubject: Re: Subject 1\n")


def test_capital_r_answers_the_sender_alone():
    _, headers, _ = answered("R 1")
    assert headers["To"] == "carol@home.example"
    assert "Cc" not in headers


def test_an_answer_quotes_and_names_what_it_answers():
    _, headers, text = answered("r")
    assert "> Is it on?\r\n>> It was.\r\nYes.\r\n" in text.replace("\n", "\r\n").replace("\r\r", "\r")
    assert "-- " not in text
    assert (headers["In-Reply-To"], headers["References"]) == ("<1@x>", "<0@x> <1@x>")


def test_the_subject_of_an_answer_has_one_mark():
    assert answered("r", letter(subject="Re: RE: AW: Tone"))[1]["Subject"] == "Re: Tone"


def test_whom_no_letter_can_reach_is_said_and_left_out():
    shown, headers, _ = answered("r", letter(to="alice@host.example, zoe@host.example"))
    assert "zoe@host.example: There is nobody called zoe here." in shown
    assert headers["To"] == "bob@host.example"


def test_an_answer_to_nobody_asks_whom_it_is_for():
    guest = MemoryGuest()
    guest.put(letter(sender="nonsense", to=""))
    held = hold(guest, "r", "bob", "Yes", ".", "x")
    assert "? r\nTo: bob\n" in held.text
    assert len(guest.post_office.posted) == 1


def test_an_answered_letter_is_marked_and_is_the_current_one():
    guest = MemoryGuest()
    guest.put(letter(1))
    guest.put(letter(2))
    held = hold(guest, "r 2", "Yes", ".", "=", "x")
    assert Flag.REPLIED in guest.flags(2)
    assert held.answer_to("=") == "2"


def test_an_unsent_answer_marks_nothing():
    guest = MemoryGuest()
    guest.put(letter())
    hold(guest, "r", "Yes", "~q", "q")
    assert Flag.REPLIED not in guest.flags(1)


def test_a_letter_is_sent_on_with_what_it_said_and_marked():
    guest = MemoryGuest()
    guest.put(letter(subject="Tone", body="Is it on?\n"))
    held = hold(guest, "fo 1 bob", ".", "x")
    assert "lines there" in held.text
    ((envelope, sent),) = guest.post_office.posted
    assert envelope.recipients == ("bob@host.example",)
    assert b"Subject: Fwd: Tone\r\n" in sent
    assert b"Is it on?" in sent
    assert Flag.PASSED in guest.flags(1)


@pytest.mark.parametrize("command", ["fo bob", "fo . bob", "fo $ bob", "forward ^ bob"])
def test_the_letter_to_send_on_is_the_current_one_or_named(command: str):
    guest = MemoryGuest()
    guest.put(letter())
    hold(guest, command, ".", "x")
    assert len(guest.post_office.posted) == 1


def test_sending_on_to_nobody_here_sends_nothing():
    guest = MemoryGuest()
    guest.put(letter())
    assert "nobody called zoe" in hold(guest, "fo 1 zoe", "x").answer_to("fo 1 zoe")
    assert not guest.post_office.posted


def test_sending_on_without_an_address_asks_for_one():
    guest = MemoryGuest()
    guest.put(letter())
    assert "? fo 1\nTo: bob\n" in hold(guest, "fo 1", "bob", ".", "x").text


def test_a_kept_letter_is_offered_at_login_and_m_goes_on_with_it():
    guest = MemoryGuest()
    hold(guest, "m bob", "Tone", "A line", Half("and a ha"))
    held = hold(guest, "m", "the end", ".", "x")
    assert "No mail.\nAn unfinished letter is kept: m goes on with it.\n? m\n" in held.text
    assert "To: bob@host.example\nSubject: Tone\n(2 lines there, ~p shows them; . ends, ~? helps)\n" in held.text
    assert b"A line\r\nand a ha\r\nthe end\r\n" in guest.post_office.posted[0][1]
    assert "unfinished" not in hold(guest, "x").text


def test_a_new_letter_takes_nothing_from_one_that_is_kept():
    guest = MemoryGuest()
    guest.put(letter())
    hold(guest, "m bob", "One", "first", "~q", "m carol", "Two", "second", "~q", "r 1", "third", Key.HANG_UP)
    held = hold(guest, "m", ".", "m", "~x", "m", ".", "x")
    assert "3 unfinished letters are kept: m goes on with the last." in held.text
    assert [sent[0].recipients for sent in guest.post_office.posted] == [("bob@host.example",)] * 2
    assert run(KeptLetters(guest.drafts).all()) == []


def test_when_too_many_are_kept_no_other_is_begun():
    guest = MemoryGuest()
    guest.put(letter())
    for number in range(MOST):
        run(KeptLetters(guest.drafts).keep(Unsent(f"<{number}@x>", to=["bob@host.example"], subject="x")))
    held = hold(guest, "m bob", "r", "fo 1 bob", "x")
    assert held.text.count("Too many unfinished letters are kept") == 3
    assert len(run(KeptLetters(guest.drafts).all())) == MOST


def test_a_kept_letter_that_had_no_recipient_yet_asks_for_one():
    guest = MemoryGuest()
    guest.put(letter(sender="nonsense", to=""))
    hold(guest, "r", Key.HANG_UP)
    assert "? m\nTo: bob\n" in hold(guest, "m", "bob", ".", "x").text


def test_an_answer_to_a_hostile_letter_sends_none_of_its_controls():
    guest = MemoryGuest()
    guest.put(
        letter(subject="\x1b[2Jx", body="\x1b]0;owned\x07red\x9b31m\u202e\n", sender='"\x1b[5m" <bob@host.example>')
    )
    hold(guest, "r", "~p", "~m", "Yes", ".", "x", capabilities=None)
    sent = guest.post_office.posted[0][1]
    parsed = message_from_bytes(sent, policy=policy.default)
    shown = str(parsed["Subject"]) + parsed.get_content().replace("\r\n", "").replace("\n", "")
    assert shown.isprintable()
