import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from offhook.mailbox.clerks import Clerk


@pytest.fixture
async def clerk() -> AsyncIterator[Clerk]:
    found = Clerk("tests.support.hard_work")
    yield found
    await found.close()


async def answers(clerk: Clerk, kinds: str) -> tuple[list[str | None], float]:
    found = await clerk.ask(kinds.encode())
    assert found is not None
    told, seconds, _ = json.loads(found)
    return told, seconds


@pytest.mark.parametrize(
    "kind",
    [
        pytest.param("s", id="endless work"),
        pytest.param("c", id="endless work in C code"),
        pytest.param("m", id="200 MB of memory"),
        pytest.param("x", id="a crash"),
        pytest.param("e", id="an exception"),
        pytest.param("l", id="an answer of 40 MB"),
    ],
)
async def test_work_that_goes_wrong_has_no_answer_and_the_work_beside_it_has(clerk: Clerk, kind: str):
    told, seconds = await answers(clerk, f"1{kind}2{kind}3")
    assert told == ["1", None, "2", None, "3"]
    assert seconds < 2  # ten times the two limits


async def test_one_who_ends_is_replaced(clerk: Clerk):
    assert (await answers(clerk, "a"))[0] == ["a"]
    assert await clerk.ask(b"end") is None
    assert (await answers(clerk, "b"))[0] == ["b"]


async def test_one_who_does_not_answer_is_replaced():
    clerk = Clerk("tests.support.hard_work", patience=0.0)
    assert await clerk.ask(b"a") is None
    await clerk.close()


async def test_tasks_asked_for_at_once_are_all_done(clerk: Clerk):
    told = await asyncio.gather(*(answers(clerk, str(number)) for number in range(9)))
    assert [each for each, _ in told] == [[str(number)] for number in range(9)]


async def test_a_question_that_is_given_up_leaves_no_answer_for_the_next(clerk: Clerk):
    await answers(clerk, "a")
    asking = asyncio.ensure_future(clerk.ask(b"1234"))
    await asyncio.sleep(0)
    asking.cancel()
    assert (await answers(clerk, "xe"))[0] == [None, None]


async def test_a_program_that_cannot_be_started_gives_no_answer():
    clerk = Clerk("tests.support.there_is_no_such_program")
    assert await clerk.ask(b"a") is None
    await clerk.close()
    assert await clerk.ask(b"a") is None


async def test_one_at_long_work_is_not_waited_for_when_it_is_closed():
    clerk = Clerk("tests.support.hard_work")
    assert (await answers(clerk, "a"))[0] == ["a"]
    asked = asyncio.create_task(clerk.ask(b"s" * 200))
    await asyncio.sleep(0)
    begun = asyncio.get_running_loop().time()
    await clerk.close()
    assert asyncio.get_running_loop().time() - begun < 10  # of the 20 that the work takes
    assert await asked is None


@pytest.mark.parametrize("task", [None, b"s" * 1000], ids=["idle", "at work"])
async def test_one_who_is_closed_is_killed_once(monkeypatch: pytest.MonkeyPatch, task: bytes | None):
    clerk = Clerk("tests.support.hard_work")
    await answers(clerk, "a")
    process = clerk._process
    assert process is not None
    kills = []
    killing = process.kill

    def kill() -> None:
        kills.append(process.pid)
        killing()

    monkeypatch.setattr(process, "kill", kill)
    asking = asyncio.ensure_future(clerk.ask(task)) if task else None
    await asyncio.sleep(0)
    await clerk.close()
    assert kills == [process.pid]
    assert asking is None or await asking is None
