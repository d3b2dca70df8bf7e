"""Everyone at one mailbox: Postfix, Dovecot, procmail and maildrop deliver; Dovecot IMAP, mutt and s-nail read.

All letters are `marked_letters`.
"""

import fcntl
import imaplib
import os
import pty
import random
import select
import signal
import smtplib
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.support.dovecot import PASSWORD, Dovecot
from tests.support.marked_letters import letter, name_of
from tests.support.postfix import Postfix
from tests.support.programs import path_of

PROGRAM_SECONDS = 300.0
"""How long a program may take, with everything else at work beside it."""
LETTERS_A_CONNECTION = 10

VIRTUAL = """
virtual_mailbox_domains = boxes.example
virtual_mailbox_base = {folder}/mail
virtual_mailbox_maps = {maps}
virtual_mailbox_limit = 0
virtual_minimum_uid = 1
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_mailbox_lock = fcntl, dotlock
virtual_destination_recipient_limit = 1
virtual_destination_concurrency_limit = 1
virtual_destination_concurrency_failed_cohort_limit = 0
"""
"""main.cf of a Postfix that delivers into the mailboxes of a Dovecot with its agent virtual(8), which writes as
local(8) does and does not ask that recipients are users of the machine.
"""
VIRTUAL_SERVICE = "virtual unix - n n - - virtual\n"

MUTTRC = """\
set folder={home}
set delete=no
set quit=yes
set mark_old=no
set move=no
set confirmappend=no
set wait_key=no
set sleep_time=0
set timeout=1
set mail_check=1
"""
LOOK, FLAG = "<last-entry><display-message>", "<first-entry><flag-message>"
LEAVE, LEAVE_THE_LOCK = b"q", b"n\x07"
"""What mutt is told when it waits for keys, and when it asks whether it may remove a lock that is in its way.

Where it has stopped asking, an n begins a search, which the key behind it ends.
"""
UNLOCKED_SECONDS = 3.0
"""How long mutt is left alone after it did not get a lock. It takes the kernel's lock first and keeps it while it waits
five seconds for the dotlock; Postfix keeps the dotlock while it tries for the kernel's, once a second.
"""


class Everyone:
    """The other programs at the mailbox of `user`, an account of `server`, to which `mta` delivers too."""

    def __init__(self, server: Dovecot, mta: Postfix, home: Path, user: str, *, maildir: bool) -> None:
        self.server = server
        self.mta = mta
        self.user = user
        self.home = home / user
        self.home.mkdir()
        self.box = server.folder / "mail" / user
        self.put_off = 0
        place = f"{self.box}/" if maildir else str(self.box)
        lock = "" if maildir else f":0:\n{place}\n"
        (self.home / "procmailrc").write_text(f"SHELL=/bin/sh\nLOCKSLEEP=1\nDEFAULT={place}\n{lock}")
        (self.home / "filter").write_text(f'LOCKSLEEP=1\nto "{self.box}"\n')
        (self.home / "filter").chmod(0o600)
        (self.home / "muttrc").write_text(MUTTRC.format(home=self.home))
        if maildir:
            self.box.mkdir(mode=0o700)
            for name in ("tmp", "new", "cur"):
                (self.box / name).mkdir(mode=0o700)
        else:
            self.box.touch(0o600)
        server.give(self.box, self.home)

    # Delivering

    def by_postfix(self, names: Sequence[str]) -> None:
        """Hand letters to Postfix, which delivers them some time later."""
        with smtplib.SMTP("127.0.0.1", self.mta.port, timeout=PROGRAM_SECONDS) as client:
            for name in names:
                client.sendmail("x@example.org", [f"{self.user}@boxes.example"], _crlf(name))

    def by_lmtp(self, names: Sequence[str]) -> None:
        """Deliver by Dovecot's LMTP; what it puts off is tried again, as mail servers do."""
        with smtplib.LMTP(str(self.server.lmtp), timeout=PROGRAM_SECONDS) as client:
            for name in names:
                self._until_taken(lambda name=name: self._taken_by_lmtp(client, name), name)  # type: ignore[misc]

    def _taken_by_lmtp(self, client: smtplib.LMTP, name: str) -> bool:
        try:
            client.sendmail("x@example.org", [self.user], _crlf(name))
        except smtplib.SMTPRecipientsRefused as refused:
            codes = [code for code, _ in refused.recipients.values()]
        except smtplib.SMTPResponseException as refused:
            codes = [refused.smtp_code]
        else:
            return True
        assert all(400 <= code < 500 for code in codes), codes
        return False

    def by_dovecot_lda(self, names: Sequence[str]) -> None:
        """Deliver as Dovecot's delivery agent; what it puts off (exit status 75) is tried again."""
        program = ["dovecot-lda", "-c", str(self.server.folder / "conf"), "-d", self.user]
        for name in names:
            self._until_taken(lambda name=name: self._run(*program, data=letter(name), may=(75,)) == 0, name)  # type: ignore[misc]

    def by_procmail(self, names: Sequence[str]) -> None:
        """Deliver as procmail."""
        for name in names:
            self._run_as_owner(
                "procmail", "-f", "x@example.org", "-m", str(self.home / "procmailrc"), data=letter(name)
            )

    def by_maildrop(self, names: Sequence[str]) -> None:
        """Deliver as maildrop, which gives up (exit status 75) when it does not get the lock for a minute or so."""
        program = ["maildrop", "-f", "x@example.org", str(self.home / "filter")]
        for name in names:
            self._until_taken(lambda name=name: self._run_as_owner(*program, data=letter(name), may=(75,)) == 0, name)  # type: ignore[misc]

    def _until_taken(self, deliver: Callable[[], bool], name: str) -> None:
        for _ in range(40):
            if deliver():
                return
            self.put_off += 1
            time.sleep(0.1)
        raise AssertionError(f"{name} was put off again and again")

    # Reading, and changing flags

    def with_imap(self, turns: int = 3) -> None:
        """Read some letters with an IMAP client, and mark some; a connection that Dovecot ends is a failure."""
        with imaplib.IMAP4("127.0.0.1", self.server.imap, timeout=PROGRAM_SECONDS) as client:
            client.login(self.user, PASSWORD)
            client.select()
            for _ in range(turns):
                self._look_by_imap(client)

    def _look_by_imap(self, client: imaplib.IMAP4) -> None:
        there = client.search(None, "ALL")[1][0].split()
        if not there:
            return
        client.store(random.choice(there).decode(), "+FLAGS", r"(\Answered theirs)")
        _, found = client.fetch(random.choice(there).decode(), "(FLAGS BODY.PEEK[])")
        for part in found:
            if isinstance(part, tuple) and part[1]:
                name_of(part[1])

    def with_s_nail(self, *, writing: bool) -> None:
        """List letters and read one with s-nail; `writing` it marks one too, and writes the box when it quits.

        It writes its system mailbox (`%:`), which it keeps locked from its look at what has come to the end. A file
        that it is given by its name alone it looks at first, and what comes before its lock is lost, whoever put it in.
        """
        commands = ["headers", "print 1", *(["flag 1", "quit"] if writing else ["exit"]), ""]
        options = ["-n", "-S", "noheader", "-S", "hold", *([] if writing else ["-R"]), "-f", f"%:{self.box}"]
        self._run_as_owner("s-nail", *options, data="\n".join(commands).encode(), may=(1,))

    def with_mutt(self, *, writing: bool) -> None:
        """Read the last letter with mutt, in a terminal; `writing` it flags the first, and writes when it quits."""
        keys = f"{FLAG if writing else ''}{LOOK}"
        options = [] if writing else ["-R"]
        command = [path_of("mutt"), "-n", "-F", str(self.home / "muttrc"), *options, "-f", str(self.box)]
        in_a_terminal([*command, "-e", f'push "{keys}"'], self._environment(), self.server.owner, self.home)

    def _environment(self) -> dict[str, str]:
        names = {"LOGNAME": self.user, "USER": self.user}
        return {"HOME": str(self.home), "PATH": "/usr/bin:/bin", "TERM": "dumb", "LC_ALL": "C.UTF-8", **names}

    def _run_as_owner(self, *command: str, data: bytes, may: tuple[int, ...] = ()) -> int:
        return self._run(*command, data=data, may=may, owner=self.server.owner)

    def _run(
        self,
        program: str,
        *arguments: str,
        data: bytes,
        may: tuple[int, ...] = (),
        owner: tuple[int, int] | None = None,
    ) -> int:
        done = subprocess.run(
            [path_of(program), *arguments],
            input=data,
            capture_output=True,
            timeout=PROGRAM_SECONDS,
            check=False,
            cwd=self.home,
            env=self._environment(),
            user=owner[0] if owner else None,
            group=owner[1] if owner else None,
            extra_groups=[] if owner else None,
        )
        assert done.returncode in (0, *may), (program, done.returncode, done.stdout[-500:], done.stderr[-500:])
        return done.returncode


def _crlf(name: str) -> bytes:
    return letter(name).replace(b"\n", b"\r\n")


def in_a_terminal(
    command: Sequence[str], environment: dict[str, str], owner: tuple[int, int] | None, folder: Path
) -> None:
    """Run a program in a terminal that nobody looks at, until it ends; whenever it waits for a key it is told to leave.

    One key at a time: those that wait would have mutt try for its locks again and again, and nobody else get them.
    """
    not_before = 0.0
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 100, 0, 0))
    shown = b""
    try:
        process = subprocess.Popen(
            command,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env={**environment, "TERM": "xterm"},
            cwd=folder,
            start_new_session=True,
            user=owner[0] if owner else None,
            group=owner[1] if owner else None,
            extra_groups=[] if owner else None,
        )
        deadline = time.monotonic() + PROGRAM_SECONDS
        while time.monotonic() < deadline:
            if select.select([ours], [], [], 0.5)[0]:
                shown = (shown + os.read(ours, 65536))[-4000:]
            elif process.poll() is not None:
                break
            elif b"remove lock" in shown:
                os.write(ours, LEAVE_THE_LOCK)
                shown, not_before = b"", time.monotonic() + UNLOCKED_SECONDS
            elif time.monotonic() > not_before and not _unread(theirs):
                os.write(ours, LEAVE)
                shown = b""
        else:
            process.send_signal(signal.SIGHUP)
        status = process.wait(PROGRAM_SECONDS)
        assert status == 0, (command, status, shown)
    finally:
        os.close(ours)
        os.close(theirs)


def _unread(tty: int) -> int:
    """How many keys were typed on a terminal that no program has read."""
    return struct.unpack("i", fcntl.ioctl(tty, termios.FIONREAD, bytes(4)))[0]
