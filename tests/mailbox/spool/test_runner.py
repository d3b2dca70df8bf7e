"""The spool at work: each recipient's fate, notices, restarts, and disks that fail."""

import asyncio
import email
import errno
import threading
from pathlib import Path

import pytest

from offhook.mailbox.letters import Envelope, PermanentFailure, TemporaryFailure
from offhook.mailbox.spool import Schedule, Spool, SpoolRunner, Try
from tests.support.faulty_files import FaultyFiles
from tests.support.spool_runs import LATER, NEVER, START, Clock, SpoolRun

LETTER = b"Subject: x\r\n\r\nbody\r\n"
FIVE_DAYS = 432_000


@pytest.fixture
def run(tmp_path: Path) -> SpoolRun:
    return SpoolRun(tmp_path / "spool")


async def put(run: SpoolRun, *recipients: str, sender: str = "alice@here") -> None:
    await run.spool.put(Envelope(sender, recipients), LETTER)


async def addresses(run: SpoolRun) -> list[str]:
    return [each.address for letter in await run.spool.list() for each in letter.recipients]


async def test_a_letter_is_tried_at_once_and_leaves_the_spool_when_it_is_taken(run: SpoolRun):
    await put(run, "bob@there", "carol@there")
    await run.runner.attempt_due()
    assert run.tried == [("alice@here", ("bob@there", "carol@there"), LETTER)]
    assert await run.spool.list() == ()
    assert run.notices == []


async def test_each_recipient_is_tried_until_it_has_its_own_outcome(run: SpoolRun):
    await put(run, "has@x", "later@x", "never@x")
    run.answers = {"later@x": LATER, "never@x": NEVER}
    await run.runner.attempt_due()
    assert await addresses(run) == ["later@x"]
    [(sender, notice)] = run.notices
    assert sender == "alice@here"
    assert b"never@x" in notice
    assert b"later@x" not in notice
    await run.runner.attempt_due()
    assert len(run.tried) == 1, "tried again before it was due"
    run.clock.turn(60)
    run.answers = {}
    await run.runner.attempt_due()
    assert run.tried[1:] == [("alice@here", ("later@x",), LETTER)]
    assert await run.spool.list() == ()


async def test_a_letter_nobody_takes_is_given_up_after_five_days_with_one_notice_of_delay_and_one_of_failure(
    run: SpoolRun,
):
    await put(run, "later@x")
    run.answers = {"later@x": LATER}
    rounds = await run.until_empty()
    assert 100 < rounds < 130
    assert run.clock.time == START + FIVE_DAYS
    assert [email.message_from_bytes(notice)["Subject"] for _, notice in run.notices] == [
        "Your letter is delayed",
        "Your letter could not be delivered",
    ]
    assert b"Status: 4.4.7" in run.notices[1][1]


async def test_no_notice_of_delay_is_sent_where_none_is_wanted(run: SpoolRun):
    run.runner = run.runner_with(Schedule(delay_notice=None))
    await put(run, "later@x")
    run.answers = {"later@x": LATER}
    await run.until_empty()
    assert len(run.notices) == 1


@pytest.mark.parametrize("failure", [LATER, NEVER])
async def test_a_letter_from_the_null_sender_is_never_answered(
    run: SpoolRun, failure: TemporaryFailure | PermanentFailure, caplog: pytest.LogCaptureFixture
):
    await put(run, "x@x", sender="")
    run.answers = {"x@x": failure}
    await run.until_empty()
    assert run.notices == []
    assert "null sender" in caplog.text


async def test_a_restart_goes_on_where_the_last_run_ended(run: SpoolRun, tmp_path: Path):
    await put(run, "has@x", "later@x")
    run.answers = {"later@x": LATER}
    await run.runner.attempt_due()
    again = SpoolRun(tmp_path / "spool", run.clock)
    await again.runner.attempt_due()
    assert again.tried == []
    again.clock.turn(60)
    await again.runner.attempt_due()
    assert again.tried == [("alice@here", ("later@x",), LETTER)]


async def test_a_notice_that_cannot_be_delivered_is_tried_again_and_the_letter_is_not(run: SpoolRun):
    await put(run, "never@x")
    run.answers = {"never@x": NEVER}
    run.notice_fails = LATER
    await run.runner.attempt_due()
    assert await addresses(run) == ["never@x"]
    run.notice_fails = None
    run.clock.turn(120)
    await run.runner.attempt_due()
    assert len(run.notices) == 1
    assert len(run.tried) == 1
    assert LETTER[:10] in run.notices[0][1]
    assert await run.spool.list() == ()


async def test_a_notice_that_nobody_will_ever_take_is_dropped(run: SpoolRun, caplog: pytest.LogCaptureFixture):
    await put(run, "never@x")
    run.answers = {"never@x": NEVER}
    run.notice_fails = NEVER
    await run.runner.attempt_due()
    assert await run.spool.list() == ()
    assert "cannot be told" in caplog.text


async def test_a_notice_that_never_gets_through_is_dropped_in_the_end(run: SpoolRun):
    await put(run, "never@x")
    run.answers = {"never@x": NEVER}
    run.notice_fails = LATER
    await run.until_empty()
    assert run.clock.time >= START + 2 * FIVE_DAYS
    assert len(run.tried) == 1


async def test_a_route_that_breaks_counts_as_a_failure_for_now(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    clock = Clock()
    spool = Spool(tmp_path / "spool", now=clock)
    calls: list[str] = []

    async def route(tried: Try) -> dict[str, None]:
        calls.append(tried.sender)
        if tried.sender == "bad@x":
            raise RuntimeError("broken")
        return {}

    async def bounced(notice: Try) -> None:
        raise AssertionError

    runner = SpoolRunner(spool, route, bounced, hostname="h")
    for sender in ("bad@x", "silent@x"):
        await spool.put(Envelope(sender, ("b@x",)), LETTER)
    await runner.attempt_due()
    await runner.attempt_due()
    assert sorted(calls) == ["bad@x", "silent@x"]
    assert [letter.recipients[0].attempts for letter in await spool.list()] == [1, 1]
    assert "could not be routed" in caplog.text


@pytest.mark.parametrize("damage", ["missing", "short"])
async def test_a_letter_whose_file_is_damaged_is_not_sent_and_its_sender_is_told_in_the_end(
    run: SpoolRun, tmp_path: Path, damage: str
):
    await put(run, "bob@x")
    [file] = (tmp_path / "spool" / "letters").iterdir()
    if damage == "missing":
        file.unlink()
    else:
        file.write_bytes(LETTER[:5])
    await run.until_empty()
    assert run.tried == []
    assert b"bob@x" in run.notices[-1][1]


async def test_a_delivery_that_cannot_be_written_down_is_not_done_twice(run: SpoolRun, tmp_path: Path):
    await put(run, "has@x", "later@x")
    run.answers = {"later@x": LATER}

    class FullDisk(FaultyFiles):
        full = True

        def __getattr__(self, operation: str):  # type: ignore[no-untyped-def]
            if operation == "write" and self.full:
                raise OSError(errno.ENOSPC, "no space")
            return super().__getattr__(operation)

    disk = FullDisk()
    full = SpoolRun(tmp_path / "spool", run.clock, files=disk)  # type: ignore[arg-type]
    full.answers = run.answers
    await full.runner.attempt_due()
    for _ in range(10):
        full.clock.turn(20)
        await full.runner.attempt_due()
    assert len(full.tried) == 1
    disk.full = False
    full.clock.turn(20)
    await full.runner.attempt_due()
    assert full.tried[1:] == [("alice@here", ("later@x",), LETTER)]
    assert [each.address for letter in await run.spool.list() for each in letter.recipients] == ["later@x"]


async def test_a_letter_dropped_while_it_is_tried_does_not_come_back(tmp_path: Path):
    clock = Clock()
    spool = Spool(tmp_path / "spool", now=clock)

    async def route(tried: Try) -> dict[str, PermanentFailure]:
        await spool.drop((await spool.list())[0].ident)
        return {"b@x": NEVER}

    async def bounced(notice: Try) -> None:
        raise AssertionError("a dropped letter is not answered")

    await spool.put(Envelope("a@x", ("b@x",)), LETTER)
    await SpoolRunner(spool, route, bounced, hostname="h").attempt_due()
    assert await spool.list() == ()
    assert not list((tmp_path / "spool" / "queue").iterdir())


async def test_every_file_operation_may_fail_once_and_each_recipient_still_gets_one_outcome(tmp_path: Path):
    for n in range(1, 60):
        healthy = SpoolRun(tmp_path / f"{n}")
        await put(healthy, "has@x", "later@x", "never@x")
        run = SpoolRun(tmp_path / f"{n}", healthy.clock, files=FaultyFiles(n, errno.EIO))  # type: ignore[arg-type]
        run.answers = {"later@x": LATER, "never@x": NEVER}
        for _ in range(6):
            await run.runner.attempt_due()
            run.clock.turn(20)
        run.answers.pop("later@x")
        run.clock.turn(200)
        await run.runner.attempt_due()
        assert await healthy.spool.list() == (), n
        assert len([1 for _, recipients, _ in run.tried if "has@x" in recipients]) == 1, n
        assert len(run.notices) == 1, n


async def test_run_clears_up_tries_what_waits_and_is_woken_by_a_put(tmp_path: Path):
    spool = Spool(tmp_path / "spool")
    taken: asyncio.Queue[str] = asyncio.Queue()

    async def route(tried: Try) -> dict[str, None]:
        taken.put_nowait(tried.sender)
        return dict.fromkeys(tried.recipients)

    async def bounced(notice: Try) -> None:
        raise AssertionError

    await spool.put(Envelope("before@x", ("b@x",)), LETTER)
    litter = tmp_path / "spool" / "tmp" / "litter"
    litter.write_bytes(b"")
    task = asyncio.create_task(SpoolRunner(spool, route, bounced, hostname="h").run())
    async with asyncio.timeout(60):
        assert await taken.get() == "before@x"
        await spool.put(Envelope("after@x", ("b@x",)), LETTER)
        assert await taken.get() == "after@x"
        while await spool.list():
            pass
    assert not litter.exists()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert task.cancelled()


class Handing:
    """A route that is on its way until it is let go on; `fails` on its end if it is to."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.go_on = asyncio.Event()
        self.done: list[str] = []

    async def route(self, tried: Try) -> dict[str, None]:
        self.begun.set()
        await self.go_on.wait()
        self.done.append(tried.sender)
        return dict.fromkeys(tried.recipients)

    async def bounced(self, notice: Try) -> None:
        raise AssertionError


async def test_a_letter_under_way_when_the_host_stops_gets_there_and_no_other_is_begun(tmp_path: Path):
    spool, handing = Spool(tmp_path / "spool"), Handing()
    runner = SpoolRunner(spool, handing.route, handing.bounced, hostname="h", at_once=1)
    for sender in ("first@x", "second@x"):
        await spool.put(Envelope(sender, ("b@x",)), LETTER)
    task = asyncio.create_task(runner.run())
    async with asyncio.timeout(60):
        await handing.begun.wait()
        ending = asyncio.create_task(runner.ended(task, 30))
        await asyncio.sleep(0)
        handing.go_on.set()
        await ending
    assert task.done()
    assert not task.cancelled()
    assert handing.done == ["first@x"]
    assert [letter.sender for letter in await spool.list()] == ["second@x"]


async def test_a_letter_that_takes_too_long_when_the_host_stops_waits_for_the_next_start(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    spool, handing = Spool(tmp_path / "spool"), Handing()
    runner = SpoolRunner(spool, handing.route, handing.bounced, hostname="h")
    await spool.put(Envelope("slow@x", ("b@x",)), LETTER)
    task = asyncio.create_task(runner.run())
    async with asyncio.timeout(60):
        await handing.begun.wait()
        await runner.ended(task, 0)
    assert task.cancelled()
    assert "tried again when it starts" in caplog.text
    assert [letter.recipients[0].attempts for letter in await spool.list()] == [0]


async def test_what_became_of_a_letter_is_written_down_also_when_the_host_stops_meanwhile(tmp_path: Path):
    writing, go_on = threading.Event(), threading.Event()

    def before(operation: str, _number: int) -> None:
        if operation == "remove" and armed:
            writing.set()
            assert go_on.wait(30)

    armed = False
    spool = Spool(tmp_path / "spool", files=FaultyFiles(before=before))  # type: ignore[arg-type]
    await spool.put(Envelope("a@x", ("b@x",)), LETTER)
    handing = Handing()
    handing.go_on.set()
    task = asyncio.create_task(SpoolRunner(spool, handing.route, handing.bounced, hostname="h").attempt_due())
    armed = True
    async with asyncio.timeout(60):
        await asyncio.to_thread(writing.wait, 30)
        task.cancel()
        await asyncio.sleep(0)
        assert not task.done(), "it was cut off in the middle of a durable step"
        go_on.set()
        await asyncio.gather(task, return_exceptions=True)
    assert await Spool(tmp_path / "spool").list() == ()


async def test_a_runner_that_has_nothing_to_do_ends_at_once(tmp_path: Path):
    handing = Handing()
    runner = SpoolRunner(Spool(tmp_path / "spool"), handing.route, handing.bounced, hostname="h")
    task = asyncio.create_task(runner.run())
    await asyncio.sleep(0)
    async with asyncio.timeout(60):
        await runner.ended(task, 30)
    assert task.done()
    assert not task.cancelled()


async def test_more_letters_than_can_be_tried_side_by_side_take_turns(tmp_path: Path):
    spool = Spool(tmp_path / "spool")
    together, most, done = 0, 0, 0
    pair = asyncio.Barrier(2)

    async def route(tried: Try) -> dict[str, None]:
        nonlocal together, most, done
        together += 1
        most = max(most, together)
        await pair.wait()
        together -= 1
        done += 1
        return dict.fromkeys(tried.recipients)

    async def bounced(notice: Try) -> None:
        raise AssertionError

    for n in range(8):
        await spool.put(Envelope(f"{n}@x", ("b@x",)), LETTER)
    task = asyncio.create_task(SpoolRunner(spool, route, bounced, hostname="h", at_once=2).run())
    async with asyncio.timeout(60):
        while await spool.list():
            pass
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert (done, most) == (8, 2)
