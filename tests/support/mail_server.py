"""A mail server that delivers to a box on its own disk: to a Maildir as ours does, to an mbox by programs of others."""

import asyncio
import fcntl
import os
import shutil
from pathlib import Path

from offhook.mailbox.maildir import Maildir
from tests.support.at_home import run_at_home
from tests.support.marked_letters import in_mbox, letter

PUT_OFF = 75
"""Exit status of a delivery that is to be tried again."""
LDA = """\
log_path = /dev/stderr
mail_location = mbox:{home}/mail:INBOX={box}
mbox_write_locks = fcntl dotlock
mbox_dirty_syncs = no
postmaster_address = postmaster@example.org
first_valid_uid = 1
mail_home = {home}
"""


class MailServer:
    """Delivers to `box`, which is a Maildir or an mbox."""

    def __init__(self, box: Path, form: str) -> None:
        self.box = box
        self.form = form
        self.home = box.parent / "home"
        self.home.mkdir(exist_ok=True)
        (self.home / "procmailrc").write_text(f"SHELL=/bin/sh\nLOCKSLEEP=1\nDEFAULT={box}\n:0:\n{box}\n")
        (self.home / "lda.conf").write_text(LDA.format(home=self.home, box=box))

    def make_box(self) -> None:
        """Have an mbox of the user `mail`, for dovecot-lda, which delivers to nothing of root's."""
        self.box.touch(mode=0o600)
        for path in (self.box.parent, self.box, self.home):
            shutil.chown(path, "mail", "mail")

    def deliver(self, name: str) -> None:
        """Deliver one letter; whoever is asked returns when it is on the disk."""
        if self.form == "maildir":
            asyncio.run(self._put(name))
        else:
            self.by_procmail(name)

    async def _put(self, name: str) -> None:
        append = await Maildir(self.box).begin()
        await append.write(letter(name))
        await append.commit()

    def by_procmail(self, name: str) -> None:
        """As procmail does: dotlock, then fcntl."""
        command = ["procmail", "-f", "sender@example.org", "-m", str(self.home / "procmailrc")]
        assert self._run(*command, data=letter(name)) == 0

    def by_dovecot_lda(self, name: str) -> None:
        """As Dovecot does on Debian: fcntl, then dotlock; what it puts off is tried again, as mail servers do."""
        command = ["dovecot-lda", "-c", str(self.home / "lda.conf")]
        for _ in range(20):
            if self._run(*command, data=letter(name), user="mail") == 0:
                return
        raise AssertionError(f"{name} was put off for ever")

    def by_fcntl_alone(self, name: str) -> None:
        """As a program does that knows no dotlock."""
        with open(self.box, "ab") as file:
            fcntl.lockf(file, fcntl.LOCK_EX)
            os.write(file.fileno(), in_mbox(name))
            os.fsync(file.fileno())

    def deliver_past_dotlocks(self, name: str) -> None:
        """Deliver as a program does that minds no dotlock, and that waits for the lock of the kernel."""
        (self.deliver if self.form == "maildir" else self.by_fcntl_alone)(name)

    def _run(self, program: str, *arguments: str, data: bytes, user: str = "root") -> int:
        done = run_at_home(self.home, program, *arguments, data=data, name=user, user=user, group=user)
        assert done.returncode in (0, PUT_OFF), f"{program}: {done.returncode} {done.stderr.decode(errors='replace')}"
        return done.returncode
