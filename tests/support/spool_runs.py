"""A spool that is run by hand: a clock that is turned, a route with a script, and a runner's notices."""

from pathlib import Path

from offhook.mailbox.files import Files
from offhook.mailbox.letters import PermanentFailure, TemporaryFailure
from offhook.mailbox.spool import Schedule, Spool, SpoolRunner, Try

START = 1_795_470_000.0
LATER = TemporaryFailure("450 4.2.0 come again")
NEVER = PermanentFailure("550 5.1.1 nobody of that name")

Failure = TemporaryFailure | PermanentFailure


class Clock:
    """Seconds since 1970, as turned by the test."""

    def __init__(self) -> None:
        self.time = START

    def __call__(self) -> float:
        return self.time

    def turn(self, seconds: float) -> None:
        self.time += seconds


class SpoolRun:
    """A spool on disk and its runner; `answers` says what the route makes of a recipient, None is a delivery."""

    def __init__(self, folder: Path, clock: Clock | None = None, files: Files | None = None) -> None:
        self.clock = clock or Clock()
        self.spool = Spool(folder, now=self.clock, files=files)
        self.answers: dict[str, Failure | None] = {}
        self.tried: list[tuple[str, tuple[str, ...], bytes]] = []
        self.again: list[bool] = []
        self.notices: list[tuple[str, bytes]] = []
        self.notice_fails: Failure | None = None
        self.runner = self.runner_with(Schedule())

    def runner_with(self, schedule: Schedule) -> SpoolRunner:
        return SpoolRunner(self.spool, self.route, self.bounced, hostname="host.example", schedule=schedule)

    async def route(self, tried: Try) -> dict[str, Failure | None]:
        self.again.append(tried.again)
        self.tried.append((tried.sender, tried.recipients, tried.letter))
        return {each: self.answers.get(each) for each in tried.recipients}

    async def bounced(self, notice: Try) -> None:
        if self.notice_fails is not None:
            raise self.notice_fails
        self.notices.append((notice.recipients[0], notice.letter))

    async def until_empty(self) -> int:
        """Turn the clock from due time to due time until the spool is empty; the number of rounds."""
        for rounds in range(1000):
            letters = await self.spool.list()
            if not letters:
                return rounds
            self.clock.time = max(self.clock.time, min(each.next_attempt for each in letters))
            await self.runner.attempt_due()
        raise AssertionError("a letter never leaves the spool")
