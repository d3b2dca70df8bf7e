"""Letters handed to a mail server on this machine by its sendmail(1), which every mail server brings.

The letter goes in by standard input, its sender and recipients as arguments of their own, with no shell between:
`-i`, lest a line of one dot ends it; `--`, lest an address is an option; never `-t`, lest the header says who gets it.
The environment is made here. The program's exit code (sysexits.h) decides: what it says of the letter or of a recipient
is for good, all else may pass.
"""

import asyncio
import logging
import os
import signal
from collections.abc import Mapping
from contextlib import suppress
from types import MappingProxyType

from offhook.mailbox.carriers.well_addressed import well_addressed
from offhook.mailbox.letters import PermanentFailure, TemporaryFailure, file_form
from offhook.mailbox.spool import Failure, one_line

log = logging.getLogger(__name__)

MOST_RECIPIENTS = 100
"""Of one run of the program."""
LAST_WORDS = 1.0
"""Seconds that what a program said may take to be read once it has ended.

A mail server may go on delivering in a process of its own that holds the program's output open: the code counts, and
waiting for more would end in a letter that is sent twice.
"""
_MOST_SAID = 4_096
_FOR_GOOD: Mapping[int, str] = MappingProxyType(
    {65: "5.6.0 The letter was refused", 67: "5.1.1 There is no such user", 68: "5.1.2 There is no such host"}
)
_ENVIRONMENT: Mapping[str, str] = MappingProxyType(
    {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C", "HOME": "/"}
)


class Sendmail:
    """The program `command`, its own options included; it has `seconds` to take a letter."""

    def __init__(self, command: tuple[str, ...], *, seconds: float = 300.0) -> None:
        self._command = command
        self._seconds = seconds

    async def submit(self, sender: str, recipients: tuple[str, ...], letter: bytes) -> dict[str, Failure | None]:
        """Hand over a letter; what became of it for each recipient, None if the program took it. Never raises."""
        outcome, good = well_addressed(sender, recipients)
        for start in range(0, len(good), MOST_RECIPIENTS):
            some = good[start : start + MOST_RECIPIENTS]
            outcome |= dict.fromkeys(some, await self._run(sender, some, file_form(letter)))
        return outcome

    async def _run(self, sender: str, recipients: tuple[str, ...], letter: bytes) -> Failure | None:
        arguments = ("-i", "-f", sender or "<>", "--", *recipients)
        said, words = os.pipe()
        try:
            process = await asyncio.create_subprocess_exec(
                *self._command, *arguments, stdin=asyncio.subprocess.PIPE, stdout=words,
                stderr=asyncio.subprocess.STDOUT, env=_ENVIRONMENT, cwd="/", start_new_session=True,
            )  # fmt: skip
        except (OSError, ValueError) as error:
            os.close(said)
            log.warning("%s cannot be started: %s", self._command[0], error)
            return TemporaryFailure(f"451 4.3.0 {self._command[0]} cannot be started.")
        finally:
            os.close(words)
        heard = asyncio.ensure_future(_hear(said, heard_so_far := bytearray()))
        try:
            async with asyncio.timeout(self._seconds):
                await _feed(process, letter)
                code = await process.wait()
            await asyncio.wait({heard}, timeout=LAST_WORDS)
        except TimeoutError:
            log.warning("%s did not end within %g seconds", self._command[0], self._seconds)
            return TemporaryFailure(f"451 4.4.2 {self._command[0]} took too long.")
        finally:
            heard.cancel()
            await _ended(process)
        return self._failure(code, bytes(heard_so_far))

    def _failure(self, code: int, said: bytes) -> Failure | None:
        if code == 0:
            return None
        words = one_line(said.decode("ascii", "replace"))
        log.warning("%s ended with code %d: %s", self._command[0], code, words)
        if code in _FOR_GOOD:
            return PermanentFailure(one_line(f"550 {_FOR_GOOD[code]}: {words}"))
        return TemporaryFailure(one_line(f"451 4.3.0 {self._command[0]} ended with code {code}: {words}"))


async def _feed(process: asyncio.subprocess.Process, letter: bytes) -> None:
    """Write the letter and close the program's standard input."""
    assert process.stdin is not None
    with suppress(ConnectionError):  # it has ended already, and its code says why
        process.stdin.write(letter)
        await process.stdin.drain()
    process.stdin.close()


async def _hear(said: int, heard: bytearray) -> None:
    """Keep the end of what the program says, until all who can say something have ended: its own children too."""
    stream = asyncio.StreamReader()
    pipe = os.fdopen(said, "rb", buffering=0)
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(stream), pipe
    )
    try:
        while piece := await stream.read(_MOST_SAID):
            heard += piece
            del heard[:-_MOST_SAID]
    finally:
        transport.close()


async def _ended(process: asyncio.subprocess.Process) -> None:
    """See to it that the program has ended, and with it whoever it has started that stayed in its group."""
    assert process.stdin is not None
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        if process.stdin.transport.get_write_buffer_size():
            process.stdin.transport.abort()  # what it did not read, nobody will
        process.stdin.close()
        await asyncio.shield(process.wait())
