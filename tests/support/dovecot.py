"""A Dovecot of the tests' own: started in a folder of its own, on 127.0.0.1, and stopped by them.

The accounts and the letters lie in that folder; nothing of the machine's own Dovecot is read or touched.
"""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.ports import free_port
from tests.support.programs import path_of

CERTIFICATE = Path(__file__).with_name("smtp_server.pem")
PASSWORD = "letmein"
MASTER, MASTER_PASSWORD = "master", "open sesame"
START_PATIENCE = 120.0
"""Seconds."""

CONFIG = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
auth_failure_delay = 0 secs
auth_master_user_separator = *
default_internal_user = {internal}
default_internal_group = {internal_group}
default_login_user = {login}
disable_plaintext_auth = no
first_valid_uid = 1
listen = 127.0.0.1
mail_location = {location}
mail_uid = {mail}
mail_gid = {mail_group}
mail_max_userip_connections = 100
protocols = imap lmtp
shutdown_clients = yes
ssl = yes
ssl_cert = <{certificate}
ssl_key = <{certificate}
login_trusted_networks =
passdb {{
  driver = passwd-file
  master = yes
  args = scheme=PLAIN {folder}/masters
}}
passdb {{
  driver = passwd-file
  args = {accounts}
}}
{userdb}
userdb {{
  driver = static
  args = uid={mail} gid={mail_group} home={folder}/home/%u{anybody}
}}
service imap-login {{
  {chroot}
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
service lmtp {{
  unix_listener {folder}/lmtp {{
    mode = 0666
  }}
}}
service auth {{
  unix_listener auth-client {{
    mode = 0600
    user = {owner}
  }}
}}
service anvil {{
  {chroot}
  # No delays that grow with wrong passwords: there are many in the tests.
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  {chroot}
}}
namespace inbox {{
  inbox = yes
  separator = {separator}
  prefix = {prefix}
}}
{more}
"""


@dataclass(frozen=True, slots=True)
class Dovecot:
    """A running Dovecot: users of `accounts`, all with `PASSWORD` unless the test wrote others, and a master user."""

    folder: Path
    accounts: Path
    imap: int
    imaps: int
    process: subprocess.Popen[bytes]
    owner: tuple[int, int] | None
    """Whose the mail has to be: user and group for root, None for an ordinary user, who has no choice."""

    @property
    def lmtp(self) -> Path:
        """The Unix socket that takes letters by LMTP."""
        return self.folder / "lmtp"

    @property
    def auth_socket(self) -> Path:
        """Where the auth service is asked."""
        return self.folder / "run" / "auth-client"

    def doveadm(self, *arguments: str, check: bool = True, data: bytes = b"") -> str:
        """What doveadm says."""
        done = self.run("doveadm", *arguments, data=data)
        assert not check or done.returncode == 0, f"doveadm {arguments}: {done.stderr.decode()}"
        return done.stdout.decode()

    def run(self, program: str, *arguments: str, data: bytes = b"") -> "subprocess.CompletedProcess[bytes]":
        """Run one of Dovecot's programs with this server's configuration."""
        command = [path_of(program), "-c", str(self.folder / "conf"), *arguments]
        return subprocess.run(command, capture_output=True, timeout=120, input=data, check=False)

    def give(self, *paths: Path) -> None:
        """Make what a test has put there the server's, folders with all that is in them."""
        if self.owner is not None:
            for path in paths:
                for each in (path, *path.rglob("*")):
                    os.chown(each, *self.owner, follow_symlinks=False)

    def complaints(self) -> list[str]:
        """The lines of the log that are warnings, errors or worse; that it had to wait for a processor is none."""
        bad = ("Error:", "Panic:", "Fatal:", "Warning:")
        lines = [line for line in self.log().splitlines() if "Time moved" not in line]
        return [line for line in lines if any(word in line for word in bad)]

    def until_complained(self, text: str) -> None:
        """Wait until `text` stands in a complaint: a process of its own writes the log, some time after the others."""
        deadline = time.monotonic() + START_PATIENCE
        while not any(text in line for line in self.complaints()):
            assert time.monotonic() < deadline, f"{text!r} was not said:\n{self.log()}"
            time.sleep(0.05)

    def maildir(self, user: str) -> Path:
        """Where the letters of `user` lie."""
        return self.folder / "mail" / user

    def log(self) -> str:
        """What it has written to its log."""
        return (self.folder / "log").read_text(errors="replace")

    def kick(self, user: str) -> None:
        """End every connection of `user` at once."""
        self.doveadm("kick", user, check=False)


@contextmanager
def dovecot(
    *users: str,
    accounts: Path | None = None,
    separator: str = "/",
    prefix: str = "",
    location: str = "maildir:{folder}/mail/%u",
    anybody: bool = False,
    users_file: Path | None = None,
    more: str = "",
    port: int = 0,
) -> Iterator[Dovecot]:
    """Run a Dovecot for `users`, or for those of the passwd-file `accounts`.

    With `users_file`, a passwd-file, that says where each user's home and letters are and whose. With `anybody` the
    master user may log in as whom it likes; `more` is added to the configuration.
    """
    folder = Path(tempfile.mkdtemp(prefix="dovecot-"))  # short: there are sockets in it
    running: Dovecot | None = None
    try:
        folder.chmod(0o755)
        if accounts is None:
            accounts = folder / "accounts"
            accounts.write_text("".join(f"{user}:{{PLAIN}}{PASSWORD}::::::\n" for user in users))
        userdb = f"userdb {{\n  driver = passwd-file\n  args = {users_file}\n}}" if users_file else ""
        chosen = {"userdb": userdb, "separator": separator, "prefix": prefix, "more": more}
        chosen |= {"anybody": " allow_all_users=yes" if anybody else "", "location": location.format(folder=folder)}
        running = _start(folder, accounts, chosen, port)
        yield running
    finally:
        if running is not None:
            _stop(running.process)
        shutil.rmtree(folder, ignore_errors=True)


def _start(folder: Path, accounts: Path, chosen: dict[str, str], port: int) -> Dovecot:
    (folder / "masters").write_text(f"{MASTER}:{MASTER_PASSWORD}\n")
    imap, imaps = port or free_port(), free_port()
    owner = pwd.getpwuid(os.geteuid()).pw_name
    root = os.geteuid() == 0
    mail = pwd.getpwnam("mail") if root else pwd.getpwuid(os.geteuid())
    for name in ("mail", "home"):
        (folder / name).mkdir()
        if root:
            os.chown(folder / name, mail.pw_uid, mail.pw_gid)
    text = CONFIG.format(
        folder=folder,
        accounts=accounts,
        certificate=CERTIFICATE,
        imap=imap,
        imaps=imaps,
        owner=owner,
        internal="dovecot" if root else owner,
        internal_group="dovecot" if root else str(mail.pw_gid),
        login="dovenull" if root else owner,
        mail=mail.pw_name,
        mail_group=mail.pw_gid,
        chroot="" if root else "chroot =",
        **chosen,
    )
    (folder / "conf").write_text(text)
    command = [path_of("dovecot"), "-F", "-c", str(folder / "conf")]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)
    running = Dovecot(folder, accounts, imap, imaps, process, (mail.pw_uid, mail.pw_gid) if root else None)
    try:
        _wait_for(running)
    except BaseException:
        _stop(process)
        raise
    return running


def _wait_for(running: Dovecot) -> None:
    deadline = time.monotonic() + START_PATIENCE
    while time.monotonic() < deadline:
        assert running.process.poll() is None, f"dovecot ended: {running.log()}"
        try:
            with socket.create_connection(("127.0.0.1", running.imap), timeout=5) as connection:
                if connection.recv(4) == b"* OK" and running.auth_socket.exists():
                    return
        except OSError:
            pass
        time.sleep(0.02)
    raise AssertionError(f"dovecot was not ready in time: {running.log()}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(60)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
