"""An mbox in Debian's mail spool, 2775 root:mail, where an ordinary user's locks are made by the real dotlockfile."""

import json
import os
import shlex
import shutil
import subprocess
import sys

import pytest

from tests.support.opened_up import opened_up
from tests.support.postfix import reachable_folder
from tests.support.programs import path_of

pytestmark = [
    pytest.mark.needs("dotlockfile"),
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a spool of the tests' own and act as a user"),
]

USER = "games"
"""A user every Debian has, who is not in the group mail."""
SPOOL = f"""
mount -t tmpfs -o mode=2775,gid=mail none /var/mail
install -o {USER} -g mail -m 660 /dev/null /var/mail/{USER}
exec setpriv --reuid {USER} --regid {USER} --clear-groups env PATH=$1:$PATH $2 $3
"""
PROGRAM = r"""
import asyncio, json, os, subprocess, sys
from offhook.mailbox.letters import Flag, MaildropFailure
from offhook.mailbox.mbox import Mbox

BOX, LOCK = "/var/mail/games", "/var/mail/games.lock"
config = sys.argv[0].replace("program.py", "offhook.toml")
said = {}

def deliver():
    command = [sys.executable, "-m", "offhook", "deliver", "--config", config]
    return subprocess.run(command, input=b"Subject: delivered\n\nx\n", timeout=120).returncode

async def main():
    before = os.stat(BOX)
    said["delivered"] = deliver()
    box = Mbox(BOX)
    append = await box.begin()
    await append.write(b"Subject: ours\n\nx\n")
    ours = await append.commit()
    await box.mark(ours, add={Flag.SEEN}, add_keywords=["word" * 16])
    await box.expunge([entry.key for entry in await box.scan() if entry.key != ours])
    said["letters"] = [(await box.fetch(entry.key)).decode() for entry in await box.scan()]
    said["spool"] = os.listdir("/var/mail")
    hurried = Mbox(BOX, patience=0)
    subprocess.run(["dotlockfile", "-l", "-p", "-r", "0", LOCK], check=True)
    try:
        await hurried.expunge([ours])
    except MaildropFailure as why:
        said["while another has the lock"] = str(why)
    subprocess.run(["dotlockfile", "-u", LOCK], check=True)
    subprocess.run(["sh", "-c", f"dotlockfile -l -p -r 0 {LOCK}; true"], check=True)  # whose process has ended
    said["left behind"] = os.listdir("/var/mail") != ["games"]
    await hurried.expunge([ours])
    after = os.stat(BOX)
    said["the same file"] = [getattr(before, f) == getattr(after, f) for f in ("st_ino", "st_uid", "st_gid", "st_mode")]
    said["at the end"] = [len(await box.scan()), os.listdir("/var/mail")]

asyncio.run(main())
print(json.dumps(said))
"""
CONFIG = """
[mail]
domains = ["here.org"]
store = "mbox"
maildrops = "FOLDER/mail/{user}"
inbox = "/var/mail/{user}"
"""


def test_an_ordinary_user_delivers_marks_and_removes_in_the_mail_spool_and_leaves_no_lock():
    with reachable_folder() as folder:
        mounted = ["unshare", "-m", "mount", "-t", "tmpfs", "none", "/var/mail"]
        if subprocess.run(mounted, capture_output=True, check=False).returncode:
            pytest.skip("no namespace of mounts can be had here")
        (folder / "program.py").write_text(PROGRAM)
        (folder / "offhook.toml").write_text(CONFIG.replace("FOLDER", str(folder)))
        (folder / "accounts").write_text(f"{USER}:x::::::\n")
        for name in ("mail", "bin"):
            (folder / name).mkdir()
        shutil.chown(folder / "mail", USER, USER)
        log = folder / "log"
        log.touch()
        shutil.chown(log, USER)
        helper = folder / "bin" / "dotlockfile"
        helper.write_text(f'#!/bin/sh\necho "$@" >> {log}\nexec {shlex.quote(path_of("dotlockfile"))} "$@"\n')
        for path in (helper, helper.parent, folder / "accounts", folder / "offhook.toml", folder / "program.py"):
            path.chmod(0o755)
        inner = ["sh", "-ec", SPOOL, "sh", str(helper.parent), sys.executable, str(folder / "program.py")]
        command = ["unshare", "-m", *opened_up(folder), *inner]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
        assert ended.returncode == 0, ended.stderr
        said = json.loads(ended.stdout)
        assert said == {
            "delivered": 0,
            "letters": ["Subject: ours\n\nx\n"],
            "spool": [USER],
            "while another has the lock": "Another program is using the mailbox; try again in a moment.",
            "left behind": True,
            "the same file": [True] * 4,
            "at the end": [0, [USER]],
        }
        helped = log.read_text().splitlines()
        lock = f"/var/mail/{USER}.lock"
        assert helped.count(f"-l -p -r 0 {lock}") == helped.count(f"-u {lock}") + 2  # one was refused, one left behind
