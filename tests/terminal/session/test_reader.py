import pytest

from offhook.mailbox.letters import Flag
from offhook.terminal.discipline import UTF8
from offhook.terminal.screen import Capabilities
from offhook.terminal.session.reader import show_pages
from tests.support.mail_desk import Held, MemoryGuest, hold, letter
from tests.support.processor_time import costs_at_most
from tests.support.scripted_terminal import Key, ScriptedTerminal, run

ERASED = "\b \b" * 6


def read(octets: str | bytes, *keys: str, capabilities: Capabilities | None = None) -> Held:
    guest = MemoryGuest()
    guest.put(octets)
    return hold(guest, "1", *keys, "x", capabilities=capabilities)


def pages(count: int, *keys: str | Key, rows: int = 6) -> ScriptedTerminal:
    terminal = ScriptedTerminal(*keys, capabilities=Capabilities(rows=rows))
    run(show_pages(terminal, [f"line {number}" for number in range(1, count + 1)]))
    return terminal


def shown(terminal: ScriptedTerminal) -> str:
    """Numbers of the lines that were shown, and an M for each pause."""
    words = terminal.text.replace("More? " + ERASED, "M ").replace("line ", "").split()
    return " ".join(words)


@pytest.mark.parametrize(
    ("count", "keys", "seen"),
    [
        (4, "", "1 2 3 4"),
        (5, "", "1 2 3 4 5"),
        (6, "\n", "1 2 3 4 5 M 6"),
        (12, " \n", "1 2 3 4 5 M 6 7 8 9 10 M 11 12"),
        (12, "q", "1 2 3 4 5 M"),
        (8, "lq", "1 2 3 4 5 M 6 M"),
        (12, "l\n\n", "1 2 3 4 5 M 6 M 7 8 9 10 11 M 12"),
        (12, "c", "1 2 3 4 5 M 6 7 8 9 10 11 12"),
    ],
)
def test_pages_stop_one_line_before_the_screen_is_full(count: int, keys: str, seen: str):
    assert shown(pages(count, *keys)) == seen


def test_a_key_without_a_meaning_explains_the_keys():
    assert "Return: next page" in pages(6, "?", "q").text


def test_a_digit_at_a_pause_begins_the_next_command():
    guest = MemoryGuest()
    guest.put(letter(1, body="x\n" * 40))
    guest.put(letter(2, body="The second.\n"))
    held = hold(guest, "1", "2", "", "x")
    assert f"More? {ERASED}? 2\n" in held.text
    assert "The second." in held.text


def test_a_letter_shows_who_when_what_and_its_text():
    held = read(letter(3, body="Hello,\n\nis it on?\n"))
    assert held.answer_to("1") == (
        "Date: Sat, 04 Nov 2026 12:30:00 +0000\nFrom: Bob Beech <bob@host.example>\nSubject: Subject 3\n"
        "\nHello,\n\nis it on?"
    )


def test_recipients_are_shown_when_there_are_others():
    held = read(letter(to="alice@host.example, carol@host.example"))
    assert "To: alice@host.example, carol@host.example\n" in held.text


def test_on_a_slow_line_the_header_is_two_lines_without_names():
    slow = Capabilities(rate=1200)
    assert (
        read(letter(3), capabilities=slow).answer_to("1") == "Bob Beech <bob@host.example>, 4 Nov\nSubject 3\n\nHello."
    )
    old = letter(3).replace("2026", "1999")
    assert "Bob Beech <bob@host.example>, 4 Nov 1999\n" in read(old, capabilities=slow).text


@pytest.mark.parametrize("date", ["", "Date: yesterday\n", "Date: Fri, 31 Dec 9999 23:59:00 -2300\n"])
def test_a_date_that_names_no_day_is_left_out_on_a_slow_line(date: str):
    held = read(f"From: bob@x\n{date}\nHello.\n", capabilities=Capabilities(rate=300))
    assert held.answer_to("1") == "bob@x\n\nHello."
    assert not held.desk.reports


def test_text_is_wrapped_to_the_columns_of_the_caller():
    held = read(letter(body="word " * 100), capabilities=Capabilities(columns=40, rows=60))
    assert max(map(len, held.text.split("\n"))) < 40


def test_text_is_reckoned_as_it_is_spelled_on_this_terminal():
    body = "".join("€…山ß "[number % 5] for number in range(400))
    head = "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n"
    held = read(letter(body=body, headers=head), capabilities=Capabilities(columns=40, rows=100))
    assert "EUR..." in held.text
    assert max(map(len, held.text.split("\n"))) < 40


MULTIPART = (
    b"From: bob@x\nSubject: Rates\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n"
    b"--b\nContent-Type: text/plain\n\nSee the file.\n"
    b"--b\nContent-Type: text/csv\nContent-Disposition: attachment; filename=rates.csv\n\na,b\n1,2\n"
    b'--b\nContent-Type: application/x-thing\nContent-Disposition: attachment; filename="\x1b[2J../../x"\n\nx\n--b--\n'
)


def test_what_came_with_the_text_is_listed_with_kind_and_size():
    answer = read(MULTIPART).answer_to("1")
    assert "See the file.\n\n[attached: rates.csv, text/csv, 7 bytes]\n" in answer
    assert "../../x, application/x-thing" in answer


def test_html_alone_is_read_as_text():
    held = read(
        "From: bob@x\nMIME-Version: 1.0\nContent-Type: text/html\n\n<p>Hello <b>there</b></p><script>x()</script>\n"
    )
    assert "Hello there" in held.text
    assert "script" not in held.text


HOSTILE = (
    b"From: \x1b[2J=?utf-8?q?=1B]0;owned=07Eve?= <eve@x>\nSubject: \x9b31m=?utf-8?q?=C2=9B2J?= red\n"
    b"To: alice@host.example\n\n"
    b"\x1b[31mred\x1b[0m \x05\x0e body\n\x1b]52;c;ZXZpbA==\x07"
)


@pytest.mark.parametrize("charset", [Capabilities().charset, UTF8])
@pytest.mark.parametrize("command", ["1", "P", "top", "f *", "h"])
def test_no_letter_drives_the_terminal(command: str, charset):
    guest = MemoryGuest()
    guest.put(HOSTILE)
    held = hold(guest, command, "x", capabilities=Capabilities(charset=charset))
    left = held.text.replace("\n", "")
    assert left.isprintable()
    assert "red" in held.text


def test_the_reader_says_how_much_it_took_out():
    answer = read(HOSTILE).answer_to("1")
    assert "control sequences removed from this letter]" in answer
    assert "red  body" in answer
    assert "[31m" not in answer
    assert "1 control sequence removed" in read(letter(body="\x07bell\n")).text


def test_a_letter_is_read_once_it_has_been_shown():
    guest = MemoryGuest()
    guest.put(letter())
    hold(guest, "1")
    assert guest.flags(1) == {Flag.SEEN}


def test_a_letter_stopped_by_an_interrupt_has_been_read_and_one_lost_with_the_line_has_not():
    for key, flags in ((Key.INTERRUPT, {Flag.SEEN}), (Key.HANG_UP, set())):
        guest = MemoryGuest()
        guest.put(letter(body="x\n" * 40))
        hold(guest, "1", key)
        assert guest.flags(1) == flags


def test_the_source_is_every_line_as_it_came():
    octets = letter(2, headers="X-Odd: yes\n")
    assert "X-Odd" not in read(octets).text
    guest = MemoryGuest()
    guest.put(octets)
    assert "X-Odd: yes" in hold(guest, "P 1", "x").text


def test_a_letter_without_text_still_shows_its_header():
    assert read("From: bob@x\nSubject: nothing\n\n").answer_to("1") == "From: bob@x\nSubject: nothing"


def test_the_first_page_of_a_huge_letter_costs_little():
    guest = MemoryGuest()
    head = "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n"
    guest.put(letter(body=("山" * 5000 + "\n") * 60, headers=head))
    costs_at_most(1, lambda: hold(guest, "1", "q", "x", capabilities=Capabilities(charset=UTF8)))
