from datetime import UTC, datetime

from offhook.cli.demo_letters import sample_letters
from offhook.mailbox.letters import render, summarize

NOW = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)


def test_the_samples_are_of_every_kind_a_reader_must_cope_with():
    letters = [render(sample.letter) for sample in sample_letters(NOW) if sample.account == "alice"]
    assert len(letters) >= 6
    assert any(letter.attachments for letter in letters)
    assert any("Zürich" in line for letter in letters for line in letter.body)
    assert any("> " in line for letter in letters for line in letter.body)
    assert any(len(letter.body) > 60 for letter in letters)
    assert not any(letter.notes for letter in letters)
    html = next(letter for letter in letters if "The Line Noise Gazette" in dict(letter.headers)["Subject"])
    assert "never shown" not in "".join(html.body)


def test_the_samples_have_lines_ended_as_smtp_wants_them_and_dates_in_the_past():
    for sample in sample_letters(NOW):
        assert b"\n" not in sample.letter.replace(b"\r\n", b"")
        sent = summarize(sample.letter).sent
        assert sent is not None
        assert sent < NOW.timestamp()
