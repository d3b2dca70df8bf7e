"""A host that has its modem behind a USB adapter and the kernel's own driver, in a virtual machine.

QEMU's adapter shows DCD, DSR and CTS on for ever and hears no DTR: the worst cable there is, so that calls end by
NO CARRIER and by the escape.
"""

import sys
from pathlib import Path

import pytest

from offhook.mailbox.accounts import Account, AccountFile, make_hash
from tests.support.demo_host import PASSWORD
from tests.support.line_client import LineClient
from tests.support.mail_session import command, leave, log_in
from tests.support.pool_host import pool_host
from tests.support.virtual_machine import virtual_machine

ROOT = Path(__file__).parent.parent.parent
CONFIG = '[[real_modem]]\nname = "courier"\nport = "serial:/dev/ttyUSB0?rate=57600"\nanswer = 1\n'
LETTER = b"From: bob@example.org\nTo: alice@localhost\nSubject: Through a kernel\n\nYou have come through a kernel.\n"
READY = "< ShowReady(ready=True)"
INSIDE = """\
cd {root}
while [ ! -e /dev/ttyUSB0 ]; do sleep 0.2; done
echo "driver: $(basename $(readlink -f /sys/class/tty/ttyUSB0/device/driver))" >/dev/console
export PYTHONUNBUFFERED=1 HOME=/root PATH=/usr/bin:/bin
{python} -m offhook serve --config {folder}/offhook.toml --trace /run/trace >/dev/console 2>&1 &
while [ ! -e /run/trace ]; do sleep 0.2; done
exec tail -f -n +1 /run/trace >/dev/console
"""


@pytest.mark.needs("qemu-system-x86_64", "busybox", "modprobe")
@pytest.mark.timeout(600)
def test_calls_come_in_through_a_real_serial_driver_and_the_adapter_may_be_unplugged(tmp_path: Path) -> None:
    folder = tmp_path / "host"
    (folder / "mail" / "alice" / "cur").mkdir(parents=True)
    for name in ("new", "tmp"):
        (folder / "mail" / "alice" / name).mkdir()
    (folder / "mail" / "alice" / "new" / "1700000000.letter.here").write_bytes(LETTER)
    (folder / "offhook.toml").write_text(CONFIG, encoding="utf-8")
    AccountFile(folder / "accounts").add(Account("alice", make_hash(PASSWORD), "Alice"))
    ports = ["tcp:127.0.0.1:0", f"pty:{tmp_path / 'caller'}"]
    inside = INSIDE.format(root=ROOT, python=sys.executable, folder=folder)
    with pool_host(tmp_path, ports) as pool:
        address = next(value for value in pool.facts.values() if value.startswith("tcp:"))
        _, host, port = address.split(":")
        with (
            virtual_machine(tmp_path, inside, (host, int(port))) as machine,
            LineClient(str(tmp_path / "caller")) as caller,
        ):
            machine.until("driver: ftdi_sio")
            machine.until(READY)
            called(caller)
            log_in(caller)
            command(caller, "1", "You have come through a kernel")
            leave(caller)
            machine.until(READY, 2)
            called(caller)
            caller.expect("login: ")
            caller.escape()
            caller.command("ATH")
            machine.until("< EndCall(why='NO CARRIER')")
            machine.until(READY, 3)
            machine.unplug()
            machine.until("> DceWent()")
            machine.plug_in()
            machine.until(READY, 4)
            called(caller)
            caller.expect("login: ")


def called(caller: LineClient) -> None:
    """Dial the host's modem, and be answered."""
    caller.command("AT")
    caller.type("ATDT1\r")
    caller.expect(r"CONNECT[^\r]*\r\n", 60)
