"""`offhook import` and `export` where the account's letters are on a mail server."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from offhook.mailbox.letters import Flag
from offhook.mailbox.maildir import Maildir
from offhook.mailbox.mbox import Mbox
from tests.support.dovecot import MASTER, MASTER_PASSWORD, dovecot
from tests.support.letters_in_stores import LETTER, put

pytestmark = pytest.mark.needs("dovecot", "doveadm")
CONFIG = """
[mail]
store = "imap"
[imap]
host = "127.0.0.1"
port = {port}
security = "none"
master_user = "{master}"
password_file = "master"
"""


async def told(maildrop: Maildir | Mbox) -> list[tuple[object, ...]]:
    entries = await maildrop.scan()
    found = [
        (await maildrop.fetch(each.key), sorted(map(str, each.flags)), sorted(each.keywords), each.arrived)
        for each in entries
    ]
    return sorted(found, key=repr)


def test_letters_are_put_on_the_server_and_taken_from_it_with_all_that_belongs_to_them(tmp_path: Path) -> None:
    async def fill() -> list[tuple[object, ...]]:
        source = Maildir(tmp_path / "old")
        await put(source, LETTER, Flag.SEEN, Flag.FLAGGED, keywords=["Work"], arrived=1_600_000_000.0)
        await put(source, b"Subject: two\n\nFrom here on\n", arrived=1_600_000_001.0)
        return await told(source)

    wanted = asyncio.run(fill())
    with dovecot("alice") as server:
        file = tmp_path / "offhook.toml"
        file.write_text(CONFIG.format(port=server.imap, master=MASTER))
        (tmp_path / "master").write_text(f"{MASTER_PASSWORD}\n")
        (tmp_path / "master").chmod(0o600)
        (tmp_path / "accounts").write_text("alice:{ARGON2ID}x::::::\n")

        def run(*words: str) -> str:
            command = [sys.executable, "-m", "offhook", *words, "--config", str(file)]
            ended = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
            return ended.stdout + ended.stderr

        put_in = ("import", "alice", str(tmp_path / "old"), "--folder", "Old")
        assert run(*put_in) == "2 letters put in, 0 there already.\n"
        assert run(*put_in) == "0 letters put in, 2 there already.\n"
        for form, store in (("mbox", Mbox), ("maildir", Maildir)):
            out = ("export", "alice", str(tmp_path / form), "--format", form, "--folder", "Old")
            assert run(*out) == "2 letters put in, 0 there already.\n"
            assert asyncio.run(told(store(tmp_path / form))) == wanted
