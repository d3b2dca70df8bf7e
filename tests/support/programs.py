"""The client programs that the tests and the benchmarks drive, and the Debian packages they come in.

Run by itself it prints packages for whoever installs them, with nothing but the standard library:
`python3 -m tests.support.programs --packages` all of them, `--missing` those of which a program is not there,
`--missing-for-vm` those of `make vm`.
"""

import os
import shutil
import sys
from pathlib import Path
from typing import Final

PACKAGES: Final = {
    "chat": "ppp",
    "cu": "cu",
    "doveadm": "dovecot-core",
    "dotlockfile": "liblockfile-bin",
    "dovecot": "dovecot-imapd",
    "dovecot-lda": "dovecot-core",
    "kermit": "ckermit",
    "lmtp": "dovecot-lmtpd",
    "maildrop": "maildrop",
    "mgetty": "mgetty",
    "login": "login",
    "minicom": "minicom",
    "mutt": "mutt",
    "picocom": "picocom",
    "postconf": "postfix",
    "postfix": "postfix",
    "procmail": "procmail",
    "rz": "lrzsz",
    "s-nail": "s-nail",
    "screen": "screen",
    "sendmail": "postfix",
    "ser2net": "ser2net",
    "slirp": "slirp",
    "smtp-source": "postfix",
    "socat": "socat",
    "swaks": "swaks",
    "systemd-analyze": "systemd",
    "sz": "lrzsz",
    "telnet": "inetutils-telnet",
    "telnetd": "inetutils-telnetd",
    "tio": "tio",
    "tmux": "tmux",
    "wvdial": "wvdial",
}
"""Program -> Debian package."""

MACHINE: Final = {
    "qemu-system-x86_64": "qemu-system-x86",
    "busybox": "busybox-static",
    "modprobe": "kmod",
    "depmod": "kmod",
    "mkfs.ext4": "e2fsprogs",
    "mount.nfs": "nfs-common",
    "rpc.nfsd": "nfs-kernel-server",
    "rpcbind": "rpcbind",
}
"""The same for the virtual machine of `make vm`, which other tests do without."""

LIBRARIES: Final = {"libpam_wrapper.so": "libpam-wrapper"}
"""Library that tests preload -> Debian package."""

# chat lives with the system's programs, which are not on the path of an ordinary user; Dovecot's have a folder.
SEARCHED: Final = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin", "/usr/lib/dovecot"])


def path_of(program: str) -> str:
    """Where `program` is; raises `AssertionError` naming the package to install."""
    found = shutil.which(program, path=SEARCHED)
    assert found, f"{program} is not installed: run `make packages`, or apt-get install {(PACKAGES | MACHINE)[program]}"
    return found


def library_path(name: str) -> Path:
    """Where a library is; raises `AssertionError` naming the package to install."""
    found = next(iter(sorted(Path("/usr/lib").glob(f"*/{name}"))), None)
    assert found, f"{name} is not installed: run `make packages`, or apt-get install {LIBRARIES[name]}"
    return found


def missing_for_the_machine() -> list[str]:
    """The packages of the programs of `make vm` that are not there."""
    return sorted({package for program, package in MACHINE.items() if not shutil.which(program, path=SEARCHED)})


def missing_packages() -> list[str]:
    """The packages of all programs and libraries that are not there."""
    missing = {package for program, package in PACKAGES.items() if not shutil.which(program, path=SEARCHED)}
    return sorted(missing | {LIBRARIES[name] for name in LIBRARIES if not any(Path("/usr/lib").glob(f"*/{name}"))})


def main(arguments: list[str]) -> int:
    """Print package names on one line; the exit status."""
    match arguments:
        case ["--packages"]:
            print(*sorted({*PACKAGES.values(), *LIBRARIES.values()}))
        case ["--missing"]:
            print(*missing_packages())
        case ["--missing-for-vm"]:
            print(*missing_for_the_machine())
        case _:
            print("say --packages, --missing or --missing-for-vm", file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
