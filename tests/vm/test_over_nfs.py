"""Mailboxes over NFS: a mail server's files and ours over the kernel's own nfsd and NFS client, in a virtual machine.

The tests of `tests/vm/over_nfs` run inside; what they have measured is shown with `pytest -rP`.
"""

import sys
from pathlib import Path

import pytest

from tests.support.nfs import MODULES, SETUP
from tests.support.torture import SCALE
from tests.support.virtual_machine import virtual_machine

ROOT = Path(__file__).parent.parent.parent
PATIENCE = 1800.0 * (1 + SCALE)
OPTIONS = "-p no:cacheprovider -p no:xdist --color=no -q -rP"
INSIDE = """\
exec >/dev/console 2>&1
{setup}
cd {root}
export OFFHOOK_OVER_NFS=1 OFFHOOK_TORTURE={scale}
unshare --uts sh -c 'hostname ourhost; exec {python} -m pytest {options} tests/vm/over_nfs' ||
    status=$?
echo "tests over NFS: exit status ${{status:-0}}"
sleep 1000000
"""


@pytest.mark.needs(
    "qemu-system-x86_64",
    "busybox",
    "modprobe",
    "rpc.nfsd",
    "mount.nfs",
    "rpcbind",
    "mkfs.ext4",
    "procmail",
    "dovecot-lda",
)
@pytest.mark.timeout(PATIENCE + 300)
def test_mailboxes_over_nfs(tmp_path: Path) -> None:
    inside = INSIDE.format(setup=SETUP, root=ROOT, python=sys.executable, options=OPTIONS, scale=SCALE)
    with virtual_machine(tmp_path, inside, modules=MODULES) as machine:
        machine.until("tests over NFS: exit status", patience=PATIENCE)
        said = machine.said()
    print(said)
    assert "tests over NFS: exit status 0" in said, said[-20000:]
