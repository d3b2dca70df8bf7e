"""kill -9 at any moment: what was acknowledged is there, nothing is torn, and the next one finds no lock in its way.

OFFHOOK_TORTURE scales it; 50 is two thousand kills of each kind.
"""

import asyncio
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from offhook.mailbox.accounts import Account, AccountFile
from offhook.mailbox.letters import Maildrop
from offhook.mailbox.spool import Spool
from tests.support.killed_deliveries import ACCOUNTS, STORES, delivery_of, letter, run_spool
from tests.support.served_host import ROOT
from tests.support.torture import SCALE, report

pytestmark = [pytest.mark.torture, pytest.mark.timeout(300 + 60 * SCALE)]

KILLS = 40 * SCALE


def killed(kind: str, folder: Path) -> list[int]:
    accounts = AccountFile(folder / "accounts")
    for name in ACCOUNTS:
        accounts.add(Account(name, "x"))
    command = [sys.executable, "-m", "tests.support.killed_deliveries", kind, str(folder), str(KILLS), "7"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=100 + 2 * KILLS, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def number_of(content: bytes) -> int:
    number = int(content.partition(b"Subject: number ")[2].split()[0])
    expected = letter(number)
    assert content.replace(b"\r\n", b"\n").endswith(expected.replace(b"\r\n", b"\n")), "a letter is torn"
    return number


def test_a_delivery_that_was_acknowledged_is_in_every_mailbox_once_and_no_letter_is_torn(tmp_path: Path):
    acknowledged = killed("maildir", tmp_path)
    assert 3 < len(acknowledged) < KILLS, "some were killed, and some were not"
    for name in ACCOUNTS:
        found = Counter(number_of(file.read_bytes()) for file in (tmp_path / name / "new").iterdir())
        assert set(acknowledged) <= found.keys()
        assert set(found.values()) == {1}
    report("kill -9 of a delivery", kills=KILLS - 3, acknowledged=len(acknowledged), lost=0, torn=0, doubled=0)


def test_a_letter_that_the_spool_acknowledged_is_in_it_once_and_whole(tmp_path: Path):
    acknowledged = killed("spool", tmp_path)
    assert 3 < len(acknowledged) < KILLS

    async def kept() -> list[bytes]:
        spool = Spool(tmp_path / "spool")
        await spool.recover()
        return [await spool.read(each.ident) for each in await spool.list()]

    found = Counter(map(number_of, asyncio.run(kept())))
    assert set(acknowledged) <= found.keys()
    assert set(found.values()) == {1}
    left = [file for name in ("letters", "queue", "tmp") for file in (tmp_path / "spool" / name).iterdir()]
    assert len(left) == 2 * len(found)
    report("kill -9 of a letter on its way into the spool", kills=KILLS - 3, acknowledged=len(acknowledged), lost=0)


@pytest.mark.parametrize("store", STORES)
def test_a_letter_that_the_spool_acknowledged_is_delivered_once_though_whoever_runs_it_is_killed(
    tmp_path: Path, store: str
):
    acknowledged = killed("runner" if store == "maildir" else f"{store} runner", tmp_path)
    assert len(acknowledged) > 3
    spool = Spool(tmp_path / "spool")
    asyncio.run(run_spool(spool, delivery_of(tmp_path, spool, STORES[store])))
    assert asyncio.run(spool.list()) == ()
    for name in ACCOUNTS:
        found = Counter(map(number_of, asyncio.run(letters_in(STORES[store](tmp_path / name)))))
        assert set(acknowledged) <= found.keys()
        assert set(found.values()) == {1}, "who came after a kill delivered again what was there"
    report(f"kill -9 of a run of the spool, {store}", kills=KILLS - 3, acknowledged=len(acknowledged), lost=0, again=0)


async def letters_in(maildrop: Maildrop) -> list[bytes]:
    return [await maildrop.fetch(entry.key) for entry in await maildrop.scan()]
