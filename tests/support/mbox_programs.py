"""Other programs at work on an mbox: they deliver to it, and change it as their users would."""

import imaplib
import pwd
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.at_home import run_at_home
from tests.support.dovecot import PASSWORD, Dovecot
from tests.support.everyone import VIRTUAL, VIRTUAL_SERVICE
from tests.support.postfix import Postfix, postfix

Deliver = Callable[[bytes], None]

LOCAL = """
alias_maps = inline:{{ {{ {user} = {box} }} }}
mailbox_delivery_lock = fcntl, dotlock
default_privs = {owner}
"""
"""main.cf of a Postfix whose agent local(8) delivers into the box."""


class Programs:
    """Programs that use the box of a user of `server`; what they need of their own lies in `home`."""

    def __init__(self, server: Dovecot, home: Path, user: str = "alice") -> None:
        self.server = server
        self.home = home
        self.user = user
        self.put_off = 0
        self.box = server.folder / "mail" / user
        (home / "procmailrc").write_text(f"SHELL=/bin/sh\nLOCKSLEEP=1\nDEFAULT={self.box}\n:0:\n{self.box}\n")
        (home / "filter").write_text(f'LOCKSLEEP=1\nto "{self.box}"\n')
        (home / "filter").chmod(0o600)

    def put_there(self, data: bytes = b"") -> Path:
        """The box as somebody left it, owned by the user of the server."""
        self.box.write_bytes(data)
        self.box.chmod(0o600)
        self.server.give(self.box)
        return self.box

    def by_dovecot_lda(self, letter: bytes) -> None:
        """Deliver as Dovecot's delivery agent; what it puts off (exit status 75) is tried again, as mail servers do."""
        for _ in range(20):
            done = self.server.run("dovecot-lda", "-d", self.user, data=letter)
            if done.returncode != 75:
                break
            self.put_off += 1
        assert done.returncode == 0, done.stderr

    def by_procmail(self, letter: bytes) -> None:
        """Deliver as procmail."""
        self._run("procmail", "-f", "sender@example.org", "-m", str(self.home / "procmailrc"), data=letter)

    def by_maildrop(self, letter: bytes) -> None:
        """Deliver as maildrop."""
        self._run("maildrop", "-f", "sender@example.org", str(self.home / "filter"), data=letter)

    @contextmanager
    def by_postfix(self, folder: Path) -> Iterator[dict[str, Deliver]]:
        """Deliver by a Postfix that works in `folder`, with its agents virtual(8) and local(8)."""
        mail = pwd.getpwnam("mail")
        maps = f"inline:{{ {self.user}@boxes.example={self.user} }}"
        virtual = VIRTUAL.format(folder=self.server.folder, maps=maps, uid=mail.pw_uid, gid=mail.pw_gid)
        local = LOCAL.format(user=self.user, box=self.box, owner=mail.pw_name)
        with postfix(folder, virtual, local, services=VIRTUAL_SERVICE) as mta:
            yield {
                "virtual(8)": lambda letter: self._sent(mta, "boxes.example", letter),
                "local(8)": lambda letter: self._sent(mta, "example.org", letter),
            }

    def _sent(self, mta: Postfix, domain: str, letter: bytes) -> None:
        """Hand over a letter, and wait until it is delivered."""
        mta.send("x@example.org", [f"{self.user}@{domain}"], letter.replace(b"\n", b"\r\n"))
        mta.until_come(mta.is_empty)
        assert "status=bounced" not in mta.log(), mta.log()[-3000:]

    @property
    def deliveries(self) -> tuple[Deliver, ...]:
        """The three ways of delivery."""
        return self.by_dovecot_lda, self.by_procmail, self.by_maildrop

    def s_nail(self, *commands: str) -> str:
        """What s-nail says when it is given these commands."""
        text = "\n".join((*commands, "quit", ""))
        return self._run("s-nail", "-n", "-S", "noheader", "-S", "hold", "-f", str(self.box), data=text.encode())

    def flags(self) -> list[str]:
        """Flags and keywords of each letter, as Dovecot reads them when a client selects the box."""
        with imaplib.IMAP4("127.0.0.1", self.server.imap, timeout=60) as client:
            client.login(self.user, PASSWORD)
            client.select()
            _, lines = client.fetch("1:*", "(FLAGS)")
        found = [re.search(rb"FLAGS \(([^)]*)\)", line) for line in lines if isinstance(line, bytes)]
        return [" ".join(sorted(set(each[1].decode().split()) - {"\\Recent"})) for each in found if each]

    def texts(self) -> list[bytes]:
        """Each letter as Dovecot reads it, with LF line ends."""
        said = self.server.run("doveadm", "fetch", "-u", self.user, "text", "ALL").stdout
        return [part.partition(b"\n")[2].rstrip(b"\x0c\n") + b"\n" for part in said.split(b"text:")[1:]]

    def _run(self, program: str, *arguments: str, data: bytes) -> str:
        done = run_at_home(self.home, program, *arguments, data=data)
        assert done.returncode == 0, f"{program}: {done.stderr.decode(errors='replace')}"
        return done.stdout.decode(errors="replace")
