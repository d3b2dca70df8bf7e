from offhook.mailbox.letters import Address, Draft
from offhook.terminal.session.unsent import MOST_LINES, MOST_OCTETS, MOST_QUOTED, Unsent, from_draft, taken_in


def test_a_draft_and_the_letter_being_written_say_the_same():
    draft = Draft(
        sender=Address("Alice", "alice@x"),
        to=(Address("", "bob@x"),),
        cc=(Address("", "c@x"),),
        bcc=(Address("", "d@x"),),
        subject="Re: Tone",
        body="> one\n\n> two\n",
        in_reply_to="<1@x>",
        references=("<0@x>", "<1@x>"),
    )
    unsent = from_draft(draft, "<2@x>", "key")
    assert unsent.lines == ["> one", "", "> two"]
    assert (unsent.message_id, unsent.answers) == ("<2@x>", "key")
    assert unsent.draft(draft.sender) == draft


def test_what_drove_a_terminal_is_not_sent_on_in_an_answer():
    draft = Draft(sender=Address("", "a@x"), subject="Re: \x1b[2Jx\r\ny", body="> \x1b]0;owned\x07red\n> \x9b31mtwo\n")
    unsent = from_draft(draft, "<2@x>")
    assert unsent.subject == "Re: x y"
    assert unsent.lines == ["> red", "> two"]


def test_a_long_letter_is_not_taken_in_whole():
    lines = taken_in(["> x"] * (MOST_QUOTED + 1))
    assert len(lines) == MOST_QUOTED + 1
    assert lines[-1] == "[...]"
    assert taken_in(["> x"] * MOST_QUOTED)[-1] == "> x"
    wide = taken_in(["x" * 50_000] * 3)
    assert wide[-1] == "[...]"
    assert sum(map(len, wide)) < MOST_OCTETS
    assert taken_in([]) == []


def test_a_letter_may_be_so_long_and_no_longer():
    assert not Unsent("", lines=["x"] * (MOST_LINES - 1)).full
    assert Unsent("", lines=[""] * MOST_LINES).full
    assert Unsent("", lines=["x" * MOST_OCTETS]).full
    assert Unsent("", lines=["山" * (MOST_OCTETS // 3 + 1)]).full


def test_a_letter_is_begun_with_anything_a_caller_has_said():
    assert not Unsent("<1@x>").begun
    assert Unsent("", to=["bob@x"]).begun
    assert Unsent("", subject="x").begun
    assert Unsent("", lines=[""]).begun
