"""Passwords checked by PAM, each in a helper process of its own: no thread of the host has rights the host has not.

A host that runs as root can check every user; another one only its own user (unix_chkpwd), unless the PAM service
says otherwise.
"""

import asyncio
import base64
import pwd
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from offhook.mailbox.accounts.backend import WORKERS
from offhook.mailbox.accounts.residents import full_name_of
from offhook.mailbox.accounts.subscribers import Account, AccountError

PATIENCE = 30.0
"""Seconds."""
HELPER = Path(__file__).with_name("pam_helper.py")


class PamPasswords:
    """A `Backend`: the users of the system, by the PAM service `service`."""

    def __init__(self, service: str = "offhook", environment: Mapping[str, str] | None = None) -> None:
        self._service = service
        self._environment = dict(environment or {"PATH": "/usr/bin:/bin", "LC_ALL": "C"})
        self._turns = asyncio.Semaphore(WORKERS)

    async def accepts(self, name: str, password: str) -> Account | None:
        """The account, with the name of the user as the system has it, if PAM lets the user in."""
        said = (self._service, name, password)
        question = b"".join(base64.b64encode(each.encode("utf-8", "replace")) + b"\n" for each in said)
        async with self._turns:
            answer = await self._ask(question)
        if answer not in ("yes", "no"):
            raise AccountError(f"PAM cannot be asked: {answer.removeprefix('cannot ') or 'its helper has failed'}.")
        return Account(name, "", _full_name(name)) if answer == "yes" else None

    def close(self) -> None:
        """Nothing is kept running."""

    async def _ask(self, question: bytes) -> str:
        try:
            helper = await asyncio.create_subprocess_exec(
                sys.executable,
                "-I",
                str(HELPER),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                env=self._environment,
            )
        except OSError as error:
            return f"cannot its helper does not start: {error.strerror}"
        try:
            async with asyncio.timeout(PATIENCE):
                said, _ = await helper.communicate(question)
        except TimeoutError:
            return "cannot it does not answer"
        finally:
            if helper.returncode is None:
                with suppress(ProcessLookupError):
                    helper.kill()
                await helper.wait()
        return said[:200].decode("ascii", "replace").strip() if helper.returncode == 0 else ""


def _full_name(name: str) -> str:
    try:
        return full_name_of(pwd.getpwnam(name))
    except (KeyError, ValueError):
        return ""
