"""The operator's commands and the runner on one spool at the same time."""

import asyncio
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from offhook.cli.main import offhook
from offhook.mailbox.letters import Envelope, TemporaryFailure
from offhook.mailbox.spool import Schedule, Spool, SpoolRunner, Try


async def test_letters_are_listed_retried_and_dropped_beside_a_runner_at_work(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    (tmp_path / "offhook.toml").write_text("")
    spool = Spool(tmp_path / "spool")
    tried: dict[str, int] = {}
    dropped: set[str] = set()
    taken: list[str] = []

    async def route(one: Try) -> dict[str, TemporaryFailure | None]:
        tried[one.sender] = tried.get(one.sender, 0) + 1
        await asyncio.sleep(0)
        if int(one.sender.partition("@")[0]) % 2 and tried[one.sender] < 3:
            return dict.fromkeys(one.recipients, TemporaryFailure("450 later"))
        taken.append(one.sender)
        return dict.fromkeys(one.recipients)

    async def bounced(notice: Try) -> None:
        raise AssertionError

    async def command(*words: str) -> Result:
        line = ["spool", *words, "--config", str(tmp_path / "offhook.toml")]
        return await asyncio.to_thread(CliRunner().invoke, offhook, line)

    for number in range(30):
        await spool.put(Envelope(f"{number}@x.org", ("b@there.org",)), b"Subject: x\r\n\r\nx\r\n")
    runner = SpoolRunner(spool, route, bounced, hostname="h", schedule=Schedule(first=3_000.0))
    task = asyncio.create_task(runner.run())
    async with asyncio.timeout(60):
        while letters := await spool.list():
            assert (await command("list")).exit_code == 0
            victim = letters[-1]
            if len(dropped) < 3 and (await command("drop", victim.ident)).exit_code == 0:
                dropped.add(victim.sender)
            assert (await command("retry", "--all")).exit_code in (0, 1), "one may leave meanwhile"
            spool.touch()
        await runner.ended(task, 30)
    everyone = {f"{number}@x.org" for number in range(30)}
    assert len(taken) == len(set(taken))
    assert set(taken) | dropped == everyone
    assert "stumbled" not in caplog.text
    assert "could not be tried" not in caplog.text
