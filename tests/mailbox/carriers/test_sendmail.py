"""Handing letters to a sendmail program: what it is given, and what its exit codes mean."""

import asyncio
import json
import os
import sys
from pathlib import Path

import pytest

from offhook.mailbox.carriers import Sendmail
from offhook.mailbox.carriers.sendmail import MOST_RECIPIENTS
from offhook.mailbox.letters import PermanentFailure, TemporaryFailure

LETTER = b"Subject: x\r\n\r\nDear Bob\r\n.\r\n..dots\rbare\n.\r\n"
PROGRAM = """\
import json, os, sys
letter = sys.stdin.buffer.read()
with open({said!r}, "a") as file:
    facts = {{"arguments": sys.argv[1:], "environment": dict(os.environ)}}
    print(json.dumps(facts | {{"letter": letter.decode(), "cwd": os.getcwd()}}), file=file)
print({words!r})
sys.exit({code})
"""


class Program:
    def __init__(self, folder: Path, code: int = 0, words: str = "") -> None:
        self._said = folder / "said"
        script = folder / "sendmail.py"
        script.write_text(PROGRAM.format(said=str(self._said), words=words, code=code))
        self.command = (sys.executable, "-I", str(script), "-C", "/etc/mail")

    def runs(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self._said.read_text().splitlines()] if self._said.exists() else []


async def test_the_program_gets_the_letter_by_standard_input_and_each_address_as_an_argument(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("SECRET", "x")
    monkeypatch.setenv("MAIL_CONFIG", "/elsewhere")
    program = Program(tmp_path)
    outcome = await Sendmail(program.command).submit("alice@here.org", ("bob@x.y", '"a b"@x.y', "bob@x.y"), LETTER)
    assert outcome == {"bob@x.y": None, '"a b"@x.y': None}
    [run] = program.runs()
    assert run["arguments"] == ["-C", "/etc/mail", "-i", "-f", "alice@here.org", "--", "bob@x.y", '"a b"@x.y']
    assert run["letter"] == "Subject: x\n\nDear Bob\n.\n..dots\nbare\n.\n"
    environment = dict(run["environment"])  # type: ignore[call-overload]
    assert environment.keys() - {"LC_CTYPE"} == {"PATH", "LC_ALL", "HOME"}
    assert run["cwd"] == "/"


async def test_the_null_sender_is_told_as_such(tmp_path: Path):
    program = Program(tmp_path)
    await Sendmail(program.command).submit("", ("bob@x.y",), LETTER)
    assert program.runs()[0]["arguments"][2:5] == ["-i", "-f", "<>"]  # type: ignore[index]


@pytest.mark.parametrize("address", ["-oQ/tmp@x.y", "-t", "a b@x.y", "", "bob@x.y\n-t", "jörg@x.y", "a@b\0c"])
async def test_what_is_no_address_never_reaches_the_program(tmp_path: Path, address: str):
    program = Program(tmp_path)
    outcome = await Sendmail(program.command).submit("a@here.org", (address, "b@x.y"), LETTER)
    assert isinstance(outcome[address], PermanentFailure)
    assert outcome["b@x.y"] is None
    if address:
        refused = await Sendmail(program.command).submit(address, ("b@x.y",), LETTER)
        assert isinstance(refused["b@x.y"], PermanentFailure)
    assert len(program.runs()) == 1


@pytest.mark.parametrize(
    ("code", "kind"),
    [(64, TemporaryFailure), (65, PermanentFailure), (67, PermanentFailure), (68, PermanentFailure)]
    + [(code, TemporaryFailure) for code in (1, 2, 66, *range(69, 79), 127)],
)
async def test_what_the_program_says_of_the_letter_is_for_good_and_all_else_may_pass(
    tmp_path: Path, code: int, kind: type[Exception]
):
    program = Program(tmp_path, code, "postdrop: \x1b[2J sorry")
    outcome = await Sendmail(program.command).submit("a@here.org", ("b@x.y", "c@x.y"), LETTER)
    assert {type(failure) for failure in outcome.values()} == {kind}
    assert str(outcome["b@x.y"]).endswith("postdrop:  [2J sorry")


async def test_more_recipients_than_one_run_takes_are_given_to_several(tmp_path: Path):
    program = Program(tmp_path)
    many = tuple(f"r{n}@x.y" for n in range(MOST_RECIPIENTS + 1))
    assert set((await Sendmail(program.command).submit("", many, LETTER)).values()) == {None}
    assert [len(run["arguments"]) - 6 for run in program.runs()] == [MOST_RECIPIENTS, 1]  # type: ignore[arg-type]


async def test_a_program_that_is_not_there_or_no_program_is_a_failure_for_now(tmp_path: Path):
    (tmp_path / "text").write_text("no program")
    for name in ("nothing", "text"):
        outcome = await Sendmail((str(tmp_path / name),)).submit("a@b.c", ("b@x.y",), LETTER)
        assert isinstance(outcome["b@x.y"], TemporaryFailure)
        assert "cannot be started" in str(outcome["b@x.y"])


@pytest.mark.parametrize("words", ["import time; time.sleep(60)", "import os, time; os.fork(); time.sleep(60)"])
async def test_a_program_that_does_not_end_is_ended_with_its_children(words: str):
    async with asyncio.timeout(60):
        outcome = await Sendmail((sys.executable, "-I", "-c", words), seconds=0.3).submit("", ("b@x.y",), LETTER)
    assert "took too long" in str(outcome["b@x.y"])


async def test_a_program_that_does_not_read_and_one_that_says_very_much_are_judged_by_their_code():
    deaf = (sys.executable, "-I", "-c", "raise SystemExit(75)")
    assert "code 75" in str((await Sendmail(deaf).submit("", ("b@x.y",), b"x\r\n" * 500_000))["b@x.y"])
    loud = (sys.executable, "-I", "-c", "import sys; print('x' * 2_000_000); sys.stdin.read()")
    assert (await Sendmail(loud).submit("", ("b@x.y",), b"x\r\n" * 500_000)) == {"b@x.y": None}


async def test_a_program_that_has_taken_the_letter_may_go_on_delivering_with_its_output_open(tmp_path: Path):
    at_work = tmp_path / "at-work"
    os.mkfifo(at_work)
    program = ("/bin/sh", "-c", f"cat > {tmp_path}/letter; (cat {at_work}; echo done) & echo queued; exit 0", "sh")
    assert await Sendmail(program, seconds=60).submit("a@here.org", ("b@x.y",), LETTER) == {"b@x.y": None}
    assert (tmp_path / "letter").stat().st_size
    with at_work.open("w"):  # it was at work still, and ends now
        pass


async def test_a_program_that_hangs_with_a_child_of_another_group_is_given_up(tmp_path: Path):
    at_work = tmp_path / "at-work"
    os.mkfifo(at_work)
    program = ("/bin/sh", "-c", f"setsid cat {at_work} & wait", "sh")
    ends = os.open(at_work, os.O_RDWR)  # so that nobody who opens it waits for anybody, however late
    before = set(os.listdir("/proc/self/fd"))
    outcome = await Sendmail(program, seconds=0.5).submit("a@here.org", ("b@x.y",), LETTER)
    assert "took too long" in str(outcome["b@x.y"])
    await asyncio.sleep(0)
    assert set(os.listdir("/proc/self/fd")) <= before
    os.close(ends)
