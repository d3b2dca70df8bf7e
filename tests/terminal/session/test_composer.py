from datetime import timedelta
from email import message_from_bytes, policy

import pytest

from offhook.mailbox.letters import Flag, LetterKey, PermanentFailure, TemporaryFailure
from offhook.terminal.session import SessionEnd
from offhook.terminal.session.composer import MOST_RECIPIENTS
from offhook.terminal.session.kept_letters import KeptLetters
from offhook.terminal.session.unsent import MOST_OCTETS, Unsent
from tests.support.mail_desk import Held, MemoryDesk, MemoryGuest, hold, letter
from tests.support.scripted_terminal import Half, Key, Typed, run


def posted(guest: MemoryGuest):
    """The one letter that was posted: its recipients, and it as the standard library reads it."""
    ((envelope, octets),) = guest.post_office.posted
    return envelope.recipients, message_from_bytes(octets, policy=policy.default)


def text(guest: MemoryGuest) -> str:
    return posted(guest)[1].get_content().replace("\r\n", "\n")


def kept(guest: MemoryGuest) -> list[Unsent]:
    return run(KeptLetters(guest.drafts).all())


def write(*lines: Typed, guest: MemoryGuest | None = None) -> tuple[MemoryGuest, Held]:
    """A letter to bob about Tone, of these lines, and the end of the session."""
    guest = guest or MemoryGuest()
    return guest, hold(guest, "m bob", "Tone", *lines, "x")


def test_a_letter_is_written_by_lines_and_sent_by_a_dot():
    guest, held = write("Shall we", "", "meet?", ".")
    recipients, sent = posted(guest)
    assert recipients == ("bob@host.example",)
    assert (sent["From"], sent["To"], sent["Subject"]) == ("Alice Ash <alice@host.example>", "bob@host.example", "Tone")
    assert text(guest) == "Shall we\n\nmeet?\n"
    assert held.answer_to("m bob") == "Subject: Tone\n(. ends, ~? helps)\nShall we\n\nmeet?\n.\nSent."
    assert kept(guest) == []


def test_what_is_missing_of_the_header_is_asked_for():
    guest = MemoryGuest()
    held = hold(guest, "m", "bob, carol", "Tone", "Hello", ".", "x")
    assert "? m\nTo: bob, carol\nSubject: Tone\n" in held.text
    assert posted(guest)[0] == ("bob@host.example", "carol@host.example")


def test_an_address_is_checked_at_once_and_asked_for_again():
    guest = MemoryGuest()
    held = hold(guest, "m", "nobody", "bob", "Tone", ".", "x")
    assert "To: nobody\nnobody: There is nobody called nobody here.\nTo: bob\n" in held.text


def test_addresses_with_names_are_taken_as_one_each():
    guest = MemoryGuest()
    hold(guest, "m", 'Bob Roe <r@else.example>, "Cedar, C." <c@else.example>', "Tone", ".", "x")
    assert posted(guest)[0] == ("r@else.example", "c@else.example")


def test_a_letter_without_recipients_is_given_up():
    guest = MemoryGuest()
    assert "No recipient, no letter." in hold(guest, "m", "", "x").text
    assert "There is nobody called zoe here." in hold(guest, "m zoe", "x").answer_to("m zoe")
    assert kept(guest) == []


@pytest.mark.parametrize("key", [Key.INTERRUPT, Key.END_OF_INPUT])
def test_giving_up_at_the_subject_leaves_nothing_behind(key: Key):
    guest = MemoryGuest()
    held = hold(guest, "m bob", key, "x")
    assert "The letter is thrown away." in held.text
    assert kept(guest) == []


def test_who_has_no_tilde_on_the_keyboard_sets_another_escape():
    guest = MemoryGuest()
    lines = ["Hello", "/s Tone arm", "~q is text", "//usr", "/zz", "/?", "/m 9", "/2", "~~", "/p", "."]
    held = hold(guest, "set escape=/", "set", "m bob", "Tone", *lines, "x")
    assert held.answer_to("set") == "columns=80 rows=24 charset=ascii escape=/"
    assert "(. ends, /? helps)" in held.text
    assert "There is no /z: /? lists what there is." in held.text
    assert "/q       stop, keep the letter for later" in held.text
    assert posted(guest)[1]["Subject"] == "Tone arm"
    assert text(guest) == "Hello\n\n/usr\n~~\n"


def test_end_of_input_ends_the_letter_as_a_dot_does():
    guest, _ = write("Hello", Key.END_OF_INPUT)
    assert text(guest) == "Hello\n"


def test_sent_is_said_only_after_the_letter_is_taken():
    guest = MemoryGuest()
    guest.post_office.failure = TemporaryFailure("The disk is full.")

    def mend() -> None:
        assert kept(guest)[0].lines == ["Hello"]
        guest.post_office.failure = None

    _, held = write("Hello", ".", mend, ".", guest=guest)
    assert "Not sent: The disk is full. (~? is help, ~q keeps the letter)\n.\nSent.\n" in held.text
    assert text(guest) == "Hello\n"


def test_a_letter_that_can_never_be_sent_can_be_kept():
    guest = MemoryGuest()
    guest.post_office.failure = PermanentFailure("Too large.")
    write("Hello", ".", "~q", guest=guest)
    assert kept(guest)[0].lines == ["Hello"]


def test_a_letter_tried_again_is_the_same_letter():
    guest = MemoryGuest()
    guest.post_office.failure = TemporaryFailure("Not now.")
    write("Hello", ".", "~q", guest=guest)
    before = kept(guest)[0].message_id
    guest.post_office.failure = None
    hold(guest, "m", ".", "x")
    assert posted(guest)[1]["Message-ID"] == before


def test_an_interrupt_warns_and_a_second_one_stops_and_keeps():
    guest, held = write("Hello", Key.INTERRUPT, Key.INTERRUPT)
    assert "(^C again stops; the letter is kept)" in held.text
    assert "The letter is kept: m alone goes on with it." in held.text
    assert kept(guest)[0].lines == ["Hello"]


def test_a_line_between_two_interrupts_takes_the_first_one_back():
    guest, _ = write(Key.INTERRUPT, "Hello", Key.INTERRUPT, "again", ".")
    assert text(guest) == "Hello\nagain\n"


def test_an_interrupt_while_sent_is_shown_does_not_make_it_unsent():
    guest = MemoryGuest()
    guest.put(letter())
    hold(guest, "r", "Yes", ".", "x", at_text={"Sent.": Key.INTERRUPT})
    assert Flag.REPLIED in guest.flags(1)
    assert kept(guest) == []


def test_the_line_lost_in_mid_letter_keeps_every_finished_line_and_the_one_begun():
    guest, held = write("A finished line,", Half("and half a li"))
    assert held.end is SessionEnd.HUNG_UP
    assert kept(guest)[0].lines == ["A finished line,", "and half a li"]
    assert kept(guest)[0].subject == "Tone"


def test_the_line_lost_at_the_subject_keeps_the_recipients_and_the_half_typed_subject():
    guest = MemoryGuest()
    hold(guest, "m bob", Half("To"))
    (unsent,) = kept(guest)
    assert (unsent.to, unsent.subject, unsent.lines) == (["bob@host.example"], "To", [])


def test_the_line_lost_at_the_recipients_keeps_nothing():
    guest = MemoryGuest()
    hold(guest, "m", Half("bo"))
    assert kept(guest) == []


def test_the_line_lost_as_sent_was_being_shown_does_not_offer_the_letter_again():
    guest = MemoryGuest()
    held = hold(guest, "m bob", "Tone", "Hello", ".", at_text={"Sent.": Key.HANG_UP})
    assert held.end is SessionEnd.HUNG_UP
    assert len(guest.post_office.posted) == 1
    assert kept(guest) == []


def test_the_line_lost_after_a_letter_was_thrown_away_does_not_bring_it_back():
    guest = MemoryGuest()
    hold(guest, "m bob", "Tone", "Hello", "~x", at_text={"thrown away": Key.HANG_UP})
    assert kept(guest) == []


def test_a_fault_of_ours_costs_a_sentence_and_not_the_letter():
    guest = MemoryGuest()
    guest.post_office.failure = RuntimeError("a fault")
    _, held = write("Hello", ".", guest=guest)
    assert "That failed, by a fault of this host; it has been noted.\n? x" in held.text
    assert kept(guest)[0].lines == ["Hello"]
    assert len(held.desk.reports) == 1


def test_every_finished_line_is_kept_before_the_next_is_waited_for():
    guest = MemoryGuest()
    seen: list[int] = []

    def look() -> None:
        seen.append(len(kept(guest)[0].lines))

    write("one", look, "two", look, "~x", guest=guest)
    assert seen == [1, 2]


def test_a_pasted_letter_is_not_put_on_disk_line_by_line():
    guest = MemoryGuest()
    held = hold(guest, "m bob", "Tone", *["line"] * 500, "~q", "x", ahead=True)
    assert held.end is SessionEnd.GOODBYE
    assert len(kept(guest)[0].lines) == 500
    assert guest.drafts.saves < 10


def test_a_pasted_letter_is_put_on_disk_twice_a_second():
    guest = MemoryGuest()
    desk = MemoryDesk(guest)

    def later() -> None:
        desk.time += timedelta(seconds=0.6)

    hold(guest, "m bob", "Tone", *["line", later] * 10, "~q", "x", ahead=True, desk=desk)
    assert guest.drafts.saves >= 10


def test_a_host_that_goes_down_keeps_the_letter():
    guest = MemoryGuest()
    guest.drafts.value = None

    def go_down() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        hold(guest, "m bob", "Tone", "one", "two", go_down, ahead=True)
    assert kept(guest)[0].lines == ["one", "two"]


def test_there_are_only_so_many_recipients():
    guest = MemoryGuest()
    many = " ".join(f"{number}@else.example" for number in range(MOST_RECIPIENTS + 5))
    held = hold(guest, f"m {many}", "Tone", "~q", "x")
    assert f"There are {MOST_RECIPIENTS} already: 100@else.example and the rest are left out." in held.text
    assert len(kept(guest)[0].to) == MOST_RECIPIENTS


class TestEscapes:
    def test_recipients_and_the_subject_can_be_changed(self):
        guest, _ = write("~t carol", "~c dan@else.example", "~b eve@else.example", "~s Another tone", "Hello", ".")
        recipients, sent = posted(guest)
        assert recipients == ("bob@host.example", "carol@host.example", "dan@else.example", "eve@else.example")
        assert (sent["To"], sent["Cc"], sent["Bcc"]) == (
            "bob@host.example, carol@host.example",
            "dan@else.example",
            None,
        )
        assert sent["Subject"] == "Another tone"

    def test_nobody_is_added_twice(self):
        guest, _ = write("~t bob bob@host.example", ".")
        assert posted(guest)[1]["To"] == "bob@host.example"

    def test_the_header_can_be_asked_again_and_an_empty_answer_leaves_it(self):
        guest, held = write("~h", "carol", "", "", ".")
        assert "(bob@host.example) To: carol\nCc: \n(Tone) Subject: \n" in held.text
        assert posted(guest)[1]["To"] == "carol@host.example"

    def test_a_wrong_address_in_the_header_asked_again_leaves_who_was_there(self):
        guest, _ = write("~h", "zoe", "", "", ".")
        assert posted(guest)[1]["To"] == "bob@host.example"

    def test_an_interrupt_leaves_the_rest_of_the_header(self):
        guest, held = write("~h", "carol", Key.INTERRUPT, "Hello", ".")
        assert "(the rest is left as it was)" in held.text
        assert posted(guest)[1]["To"] == "carol@host.example"

    def test_the_letter_so_far_is_shown_with_numbered_lines(self):
        _, held = write("one", "two", "~p", "~x")
        assert "To: bob@host.example\nSubject: Tone\n\n 1 one\n 2 two\n~x\n" in held.text

    def test_an_interrupt_of_what_is_shown_is_no_interrupt_of_the_letter(self):
        guest, _ = write(*["line"] * 40, "~p", Key.INTERRUPT, Key.INTERRUPT, "more", ".")
        assert text(guest).endswith("more\n")

    def test_lines_are_taken_away_and_written_anew_by_number(self):
        guest, _ = write("one", "two", "three", "four", "~d 2-3", "~2 FOUR", "~1", ".")
        assert text(guest) == "\nFOUR\n"

    @pytest.mark.parametrize("escape", ["~d", "~d 0", "~d 2", "~d 1-2", "~d x", "~9 x", "~d 99999999999", "~0000001 x"])
    def test_a_line_that_is_not_there_is_asked_about(self, escape: str):
        guest, held = write("one", escape, ".")
        assert "Which line? There are 1.\n" in held.text
        assert text(guest) == "one\n"

    def test_other_letters_are_taken_in_with_and_without_marks(self):
        guest = MemoryGuest()
        guest.put(letter(1, body="First.\n"))
        guest.put(letter(2, body="Second.\n"))
        _, held = write("~m 1", "~f 2", "~m 9", ".", guest=guest)
        assert "> First.\n" in text(guest)
        assert "\nSecond.\n" in text(guest)
        assert "> Second." not in text(guest)
        assert "There is no letter 9." in held.text

    def test_a_letter_that_has_gone_is_not_taken_in(self):
        guest = MemoryGuest()
        key = guest.put(letter(1))
        _, held = write(lambda: run(guest.maildrop.expunge([key])), "~m 1", "~x", guest=guest)
        assert "The letter is no longer there." in held.text

    def test_a_line_may_begin_with_a_tilde(self):
        guest, _ = write("~~p is a command", "~~", ".")
        assert text(guest) == "~p is a command\n~\n"

    @pytest.mark.parametrize("escape", ["~!ls", "~|fmt", "~r /etc/passwd", "~< !id", "~e", "~v", "~: d *", "~_ d *"])
    def test_there_is_no_shell_no_editor_and_no_file(self, escape: str):
        guest, held = write(escape, "Hello", ".")
        assert f"{escape}\nThere is no shell here.\n" in held.text
        assert text(guest) == "Hello\n"

    @pytest.mark.parametrize("escape", ["~", "~ x", "~w file", "~é"])
    def test_other_escapes_are_named_and_add_nothing(self, escape: str):
        guest, held = write(escape, "Hello", ".")
        assert "~? lists what there is." in held.text
        assert text(guest) == "Hello\n"

    def test_help_names_every_escape_within_80_columns(self):
        _, held = write("~?", "~x")
        for escape in ["~q", "~p", "~x", "~s", "~t", "~c", "~b", "~h", "~d", "~m", "~f", "~~"]:
            assert escape in held.text
        assert max(map(len, held.text.split("\n"))) < 80

    def test_capital_escapes_are_understood(self):
        guest, _ = write("~S LOUD", ".")
        assert posted(guest)[1]["Subject"] == "LOUD"


def test_a_letter_has_a_greatest_length():
    guest, held = write("x" * 4000, *["x" * 4000] * (MOST_OCTETS // 4000), ".")
    assert "The letter is as long as it can be" in held.text
    assert MOST_OCTETS <= sum(map(len, text(guest).split("\n"))) <= MOST_OCTETS + 4000


def test_a_reply_is_marked_and_goes_on_after_the_line_was_lost():
    guest = MemoryGuest()
    guest.put(letter())
    hold(guest, "r 1", "Yes", Key.HANG_UP)
    assert Flag.REPLIED not in guest.flags(1)
    hold(guest, "m", ".", "x")
    assert Flag.REPLIED in guest.flags(1)
    assert posted(guest)[1]["In-Reply-To"] == "<1@x>"


def test_a_reply_to_a_letter_that_went_meanwhile_is_sent_all_the_same():
    guest = MemoryGuest()
    guest.put(letter())
    held = hold(guest, "r 1", lambda: run(guest.maildrop.expunge([LetterKey("1")])), "Yes", ".", "x")
    assert len(guest.post_office.posted) == 1
    assert not held.desk.reports


def test_a_letter_that_cannot_be_kept_is_not_said_to_be_and_goes_on():
    guest = MemoryGuest()
    guest.drafts.full = True
    guest, held = write("precious", "~q", "more", ".", guest=guest)
    assert held.text.count("The letter cannot be kept: this host's disk fails.") == 2, "as typed, and at ~q"
    assert "The letter is kept" not in held.text
    assert text(guest) == "precious\nmore\n"
