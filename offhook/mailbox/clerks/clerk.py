"""A clerk as the host has it: started when it is first needed, given one task at a time, replaced when it fails."""

import asyncio
import logging
import sys
from contextlib import suppress

from offhook.mailbox.clerks.serving import HEAD, LONGEST, framed, length_in

log = logging.getLogger(__name__)

CLOSING = 1.0
"""Seconds that a clerk has to do what it is at when it is closed."""
PATIENCE = 120.0
"""Seconds after which a task is given up and its clerk ended."""


class Clerk:
    """Runs `python -m module`, which `serve`s. Tasks wait for each other."""

    def __init__(self, module: str, *, patience: float = PATIENCE) -> None:
        self._module = module
        self._patience = patience
        self._turn = asyncio.Lock()
        self._process: asyncio.subprocess.Process | None = None
        self._killed: asyncio.subprocess.Process | None = None
        self._closed = False

    async def ask(self, task: bytes) -> bytes | None:
        """The answer; None when there is none: the clerk could not be started, ended, or took too long."""
        work = asyncio.ensure_future(self._ask(task))
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            work.add_done_callback(lambda done: done.cancelled() or done.exception())
            raise

    async def _ask(self, task: bytes) -> bytes | None:
        async with self._turn:
            if self._closed:
                return None
            try:
                async with asyncio.timeout(self._patience):
                    return await self._exchange(task)
            except (OSError, EOFError, TimeoutError, ValueError) as why:
                log.warning("a clerk (%s) had to be ended: %s", self._module, why or type(why).__name__)
                await self._end()
                return None

    async def _exchange(self, task: bytes) -> bytes:
        process = self._process or await self._start()
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(framed(task))
        await process.stdin.drain()
        length = length_in(await process.stdout.readexactly(HEAD))
        if length > LONGEST:
            raise ValueError("its answer is too long")
        return await process.stdout.readexactly(length)

    async def _start(self) -> asyncio.subprocess.Process:
        pipe = asyncio.subprocess.PIPE
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", self._module, stdin=pipe, stdout=pipe, start_new_session=True
        )
        return self._process

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        self._kill(process)
        if process.stdin is not None:
            process.stdin.close()
        await process.wait()

    def _kill(self, process: asyncio.subprocess.Process) -> None:
        """Kill it, once: a second time `subprocess` may find it dead before asyncio does, which then warns of that."""
        if process is not self._killed:
            self._killed = process
            with suppress(ProcessLookupError):
                process.kill()

    async def close(self) -> None:
        """End the clerk: once it has done what it is at, or after a second, since a host is to end soon; idempotent."""
        self._closed = True
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSING):
                await self._turn.acquire()
                self._turn.release()
        if self._process is not None:
            self._kill(self._process)  # what it was at ends without an answer
        async with self._turn:
            await self._end()
