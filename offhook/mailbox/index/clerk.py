"""Who keeps the indexes of a host: looks for changes when asked, and reads the letters in the background."""

import asyncio
from collections.abc import Callable, Collection, Coroutine, Sequence
from contextlib import suppress
from typing import Protocol

from offhook.mailbox.clerks import Clerk
from offhook.mailbox.index.tasks import Answer, IndexWork, Task, Tidying, packed_task, unpacked_answer
from offhook.mailbox.letters import Survey

BUILT_AT_ONCE = 4
"""Indexes that are built slice by slice in turn; with more, each would be closed again for the others after a slice."""
_PROGRAM = "offhook.mailbox.index.program"


class Ask(Protocol):
    """Has a task done, elsewhere."""

    async def __call__(self, task: Task | Tidying) -> Answer:
        """Do it, after those asked for earlier."""


class IndexClerk:
    """One for a host. `close` it."""

    def __init__(self, ask: Ask | None = None) -> None:
        """`ask` has tasks done; without, a process is started for them when there is the first."""
        self._clerk = Clerk(_PROGRAM)
        self._ask = ask or self._ask_clerk
        self._running: dict[str, asyncio.Task[None]] = {}
        self._builders = asyncio.Semaphore(BUILT_AT_ONCE)

    async def _ask_clerk(self, task: Task | Tidying) -> Answer:
        return unpacked_answer(await self._clerk.ask(packed_task(task)))

    async def look(self, file: str, survey: Survey) -> Answer:
        """Bring an index up to date with its maildrop."""
        return await self._ask(Task("look", file, survey))

    async def build_some(self, file: str, survey: Survey) -> Answer:
        """Have a slice of an index read."""
        return await self._ask(Task("build", file, survey))

    async def head(self, file: str, survey: Survey, refs: Sequence[int]) -> Answer:
        """Have some headings read before all others."""
        return await self._ask(Task("head", file, survey, tuple(refs)))

    async def tidy(self, directory: str, there: Collection[str] | None) -> None:
        """Have the indexes in `directory` removed that are `superfluous` when these folders are `there`."""
        await self._ask(Tidying(directory, None if there is None else tuple(there)))

    async def forget(self, *files: str) -> None:
        """Have indexes removed."""
        await self._ask(Tidying("", None, files))

    def build(self, file: str, survey: Survey) -> "asyncio.Task[None]":
        """Have the rest of an index read, slice by slice, letting other tasks go between."""
        return self.begin(f"index {file}", lambda: self._build(file, survey))

    def catch_up(self, file: str, survey: Survey) -> "asyncio.Task[None]":
        """Have an index looked after when nobody waits for it."""
        return self.begin(f"catch up {file}", lambda: self._catch_up(file, survey))

    def begin(self, name: str, work: Callable[[], Coroutine[None, None, None]]) -> "asyncio.Task[None]":
        """Do something beside all else, once at a time; what is going on by that name goes on."""
        running = self._running.get(name)
        if running is None or running.done():
            running = asyncio.get_running_loop().create_task(work(), name=name)
            self._running[name] = running
            running.add_done_callback(lambda done: self._ended(name, done))
        return running

    def _ended(self, name: str, done: "asyncio.Task[None]") -> None:
        if self._running.get(name) is done:
            del self._running[name]

    async def _build(self, file: str, survey: Survey) -> None:
        async with self._builders:
            more = True
            while more:
                answer = await self.build_some(file, survey)
                more = answer.done and answer.more

    async def _catch_up(self, file: str, survey: Survey) -> None:
        if (await self.look(file, survey)).done:
            await self._build(file, survey)

    async def stop_building(self) -> None:
        """Leave the indexes as far as they are."""
        running = list(self._running.values())
        for task in running:
            task.cancel()
        for task in running:
            with suppress(asyncio.CancelledError):
                await task

    async def close(self) -> None:
        """Stop building, and end the process."""
        await self.stop_building()
        await self._clerk.close()


def asking_here(work: IndexWork | None = None) -> Ask:
    """Tasks done in a thread of this process."""
    here = work or IndexWork(in_child=False)
    turn = asyncio.Lock()

    async def ask(task: Task | Tidying) -> Answer:
        async with turn:
            if isinstance(task, Tidying):
                return await asyncio.to_thread(here.tidy, task)
            return await asyncio.to_thread(here.do, task)

    return ask
