"""A Postfix of the tests' own: configuration, queue and log in a folder of theirs, on a port of 127.0.0.1.

It has to be started by root, as every Postfix is; nothing of the machine's own Postfix is read or touched.
"""

import os
import pwd
import shutil
import signal
import smtplib
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.support.ports import free_port
from tests.support.programs import path_of

PATIENCE = 120.0
"""Seconds."""
EXAMPLES = Path(__file__).parent.parent.parent / "examples"

START: list[str] = []
"""What stands before the command that starts it."""

MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.1/32
myhostname = mail.example.org
mydestination = example.org
disable_dns_lookups = yes
alias_maps =
alias_database =
local_recipient_maps =
authorized_submit_users = static:anyone
minimal_backoff_time = 1s
maximal_backoff_time = 2s
queue_run_delay = 1s
smtpd_peername_lookup = no
smtpd_client_connection_count_limit = 0
address_verify_map = internal:verified
address_verify_poll_delay = 1s
in_flow_delay = 0
"""

SERVICES = """
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 5 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 5 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
local unix - n n - - local
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""


def placed(example: str, places: dict[str, str]) -> str:
    """A file of examples/ with its paths moved to where a test may write; each of `places` must occur in it."""
    text = (EXAMPLES / example).read_text(encoding="utf-8")
    for here, there in places.items():
        assert here in text, f"{here} is not in {example}"
        text = text.replace(here, there)
    return text


@dataclass(frozen=True, slots=True)
class Postfix:
    """A running Postfix."""

    folder: Path
    port: int

    @property
    def sendmail(self) -> tuple[str, ...]:
        """Its sendmail(1)."""
        return path_of("sendmail"), "-C", str(self.folder / "etc")

    def log(self) -> str:
        """All that it has written."""
        with suppress(FileNotFoundError):
            return (self.folder / "log").read_text(errors="replace")
        return ""

    def until(self, holds: Callable[[], bool], patience: float = PATIENCE) -> None:
        """Wait until something holds."""
        deadline = time.monotonic() + patience
        while not holds():
            assert time.monotonic() < deadline, f"it did not come to pass:\n{self.log()[-6000:]}"
            time.sleep(0.05)

    def until_come(self, holds: Callable[[], bool], patience: float = PATIENCE) -> None:
        """Wait until something holds, and have all that was put off tried again every second.

        A letter whose first try has only just failed is passed over by the queue manager, and may then lie for minutes.
        """
        flush = [path_of("postqueue"), "-c", str(self.folder / "etc"), "-f"]
        deadline = time.monotonic() + patience
        while not holds():
            assert time.monotonic() < deadline, f"it did not come to pass:\n{self.log()[-6000:]}"
            subprocess.run(flush, capture_output=True, timeout=PATIENCE, check=False)
            with suppress(AssertionError):
                self.until(holds, 1.0)

    def is_empty(self) -> bool:
        """Whether no letter waits in its queue."""
        # What was put off goes back among the active ones: between the two looks there it cannot be missed.
        queue = [self.folder / "queue" / name for name in ("maildrop", "incoming", "active", "deferred", "active")]
        return not any(file.is_file() for place in queue for file in place.rglob("*"))

    def send(self, sender: str, recipients: list[str], letter: bytes) -> dict[str, tuple[int, bytes]]:
        """Hand it a letter by SMTP; who was refused."""
        with smtplib.SMTP("127.0.0.1", self.port, timeout=30) as client:
            return client.sendmail(sender, recipients, letter, ["BODY=8BITMIME"])


@contextmanager
def reachable_folder() -> Iterator[Path]:
    """A folder that other users can go through, with a short path: Postfix works as several."""
    folder = Path(tempfile.mkdtemp(prefix="post-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def postfix(folder: Path, *fragments: str, services: str = "", settings: Sequence[str] = ()) -> Iterator[Postfix]:
    """Run a Postfix in `folder`, whose main.cf ends with `fragments` and whose master.cf with `services`.

    `settings` are made in master.cf by postconf(1), as `lmtp/unix/chroot=n`.
    """
    (folder / "etc").mkdir(parents=True)
    for name in ("queue", "data"):
        (folder / name).mkdir()
    os.chown(folder / "data", pwd.getpwnam("postfix").pw_uid, -1)
    port = free_port()
    (folder / "etc" / "main.cf").write_text(MAIN.format(folder=folder) + "\n".join(fragments))
    (folder / "etc" / "master.cf").write_text(SERVICES.format(port=port) + services)
    running = Postfix(folder, port)
    for setting in settings:
        subprocess.run([path_of("postconf"), "-c", str(folder / "etc"), "-F", setting], check=True, timeout=PATIENCE)
    command = [path_of("postfix"), "-c", str(folder / "etc")]
    started = subprocess.run([*START, *command, "start"], capture_output=True, text=True, timeout=PATIENCE)
    assert started.returncode == 0, started.stdout + started.stderr + running.log()
    try:
        running.until(lambda: _answers(port))
        yield running
    finally:
        with suppress(subprocess.TimeoutExpired):
            subprocess.run([*command, "stop"], capture_output=True, timeout=PATIENCE)
        with suppress(OSError, ValueError):
            os.kill(int((folder / "queue" / "pid" / "master.pid").read_text()), signal.SIGKILL)


def _answers(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1) as probe:
        probe.settimeout(5)
        return probe.recv(4) == b"220 "
    return False
