import asyncio
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from offhook.cli.main import offhook
from offhook.mailbox.letters import Envelope
from offhook.mailbox.spool import Spool


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "offhook.toml"
    file.write_text('[mail]\nspool = "waiting"\n')
    return file


@pytest.fixture
def spool(config: Path) -> Spool:
    spool = Spool(config.parent / "waiting")
    letter = b"Subject: to \x1b[2Jall\r\n\r\nbody\r\n"
    asyncio.run(spool.put(Envelope("alice@here.org", ("bob@there.org", "\\carol@here.org")), letter))
    asyncio.run(spool.put(Envelope("", ("dave@there.org",)), letter))
    return spool


def run(config: Path, *words: str):
    return CliRunner().invoke(offhook, ["spool", *words, "--config", str(config)])


def waiting(spool: Spool) -> list[str]:
    return [letter.ident for letter in asyncio.run(spool.list())]


def test_an_empty_spool_says_so_and_as_json_nothing(config: Path):
    assert run(config, "list").output == "No letter waits.\n"
    assert run(config, "list", "--json").output == ""


def test_the_letters_are_listed_a_line_each(config: Path, spool: Spool):
    first, second = run(config, "list").output.splitlines()
    assert first.startswith(waiting(spool)[0])
    assert " old " in first
    assert " 29 bytes  alice@here.org to bob@there.org and 1 more  due" in first
    assert "<> to dave@there.org" in second
    facts = [json.loads(line) for line in run(config, "list", "--json").output.splitlines()]
    assert [each["sender"] for each in facts] == ["alice@here.org", ""]
    assert [each["address"] for each in facts[0]["recipients"]] == ["bob@there.org", "carol@here.org"]
    assert facts[0]["recipients"][0]["state"] == "pending"


def test_a_letter_is_shown_with_its_recipients_and_a_header_that_drives_no_terminal(config: Path, spool: Spool):
    shown = run(config, "show", waiting(spool)[0]).output
    assert "  bob@there.org: waits, tried 0 times\n  carol@here.org: waits" in shown
    assert "Subject: to \\x1b[2Jall" in shown
    assert "body" not in shown
    facts = json.loads(run(config, "show", waiting(spool)[1], "--json").output)
    assert facts["header"] == "Subject: to \x1b[2Jall"
    missing = run(config, "show", "no\x1bne")
    assert missing.exit_code == 1
    assert "There is no letter no\\x1bne" in missing.output


def test_letters_are_retried_and_dropped_by_name_or_all(config: Path, spool: Spool):
    first, second = waiting(spool)
    assert run(config, "retry", first).output == f"{first}: will be tried now\n"
    assert run(config, "drop", first).output == f"{first}: dropped\n"
    assert waiting(spool) == [second]
    gone = run(config, "drop", first, second)
    assert gone.exit_code == 1
    assert f"{first}: there is no such letter" in gone.output
    assert waiting(spool) == []
    assert run(config, "retry", "--all").output == ""
    for words in (("drop",), ("drop", "--all", first)):
        assert run(config, *words).exit_code == 2
