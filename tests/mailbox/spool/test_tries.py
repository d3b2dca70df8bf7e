"""What a try is told: the name of its letter, and whether it is surely the first."""

from pathlib import Path

from offhook.mailbox.letters import Envelope
from offhook.mailbox.spool import Try
from tests.support.spool_runs import LATER, SpoolRun

LETTER = b"Subject: x\r\n\r\nbody\r\n"


async def test_only_the_first_try_of_a_letter_that_came_while_the_runner_ran_is_surely_the_first(
    tmp_path: Path,
):
    run = SpoolRun(tmp_path / "spool")
    await run.spool.put(Envelope("a@here", ("later@x",)), LETTER)
    run.answers = {"later@x": LATER, "broken@x": LATER}
    await run.runner.attempt_due()
    assert run.again == [True], "somebody may have been killed who tried what is there at the start"
    await run.spool.put(Envelope("a@here", ("broken@x",)), LETTER)
    await run.runner.attempt_due()
    assert run.again == [True, False]
    run.clock.turn(60)
    await run.runner.attempt_due()
    assert run.again == [True, False, True, True]
    restarted = SpoolRun(tmp_path / "spool", run.clock)
    restarted.clock.turn(3_000)
    await restarted.runner.attempt_due()
    assert restarted.again == [True, True]


async def test_a_letter_has_the_same_name_for_a_recipient_each_time_and_no_other_has_it():
    tries = [Try(ident, "", (), b"") for ident in ("1-a", "1-b")]
    names = {each.name(recipient) for each in tries for recipient in ("a@x", "b@x")}
    assert len(names) == 4
    assert Try("1-a", "s@x", ("a@x",), LETTER, again=True).name("a@x") == tries[0].name("a@x")
