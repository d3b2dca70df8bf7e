"""The facts a diagnosis stands on, from the machine: nothing is changed, and what may not be seen is left out."""

import errno
import fcntl
import grp
import os
import platform
import pwd
import shutil
import socket
import stat
import struct
import termios
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from offhook.doctor.doctor import AddressFacts, DeviceFacts, MachineFacts, ServerFacts, User
from offhook.modem.ports import alive, read_holder

LOCKS = Path("/var/lock")
_PROC = Path("/proc")
_PTYS = Path("/dev/pts")
_DEVICES = ("ttyUSB*", "ttyACM*", "ttyS*", "ttyAMA*")
_PROGRAMS = ("minicom", "picocom", "screen", "socat")
_REACHING = 5.0
"""Seconds that a server may take to be reached."""
_FIRST_WORDS = 2.0
"""Seconds that it may take to say something."""
_MOST_SAID = 4096
_MOST_DESCRIPTORS = 100_000
_INPUTS = {"DSR": termios.TIOCM_DSR, "CTS": termios.TIOCM_CTS, "DCD": termios.TIOCM_CAR, "RI": termios.TIOCM_RNG}


def device_facts(path: str, locks: Path = LOCKS) -> DeviceFacts:
    """What there is to know of the device at `path`."""
    target = os.path.realpath(path)
    link = target if os.path.islink(path) else ""
    try:
        status = os.stat(path)
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP):
            return DeviceFacts(path, exists=False, link=link)
        return DeviceFacts(path, may_use=False, opening=os.strerror(error.errno or 0))
    if not stat.S_ISCHR(status.st_mode):
        return DeviceFacts(path, character_device=False, link=link)
    lock = locks / f"LCK..{os.path.basename(target)}"
    holder = read_holder(lock)
    may_use = os.access(path, os.R_OK | os.W_OK)
    opening, settings, inputs = _opened(path) if may_use else ("", None, None)
    if settings is None and may_use and not opening:
        return DeviceFacts(path, character_device=False, link=link)
    return DeviceFacts(
        path,
        link=link,
        mode=stat.S_IMODE(status.st_mode),
        owner=_name_of(pwd.getpwuid, status.st_uid),
        group=_name_of(grp.getgrgid, status.st_gid),
        may_use=may_use,
        opening=opening,
        lock=str(lock) if lock.exists() else "",
        lock_holder=holder,
        lock_holder_lives=holder is not None and alive(holder),
        users=tuple(_users_of(status.st_rdev)),
        pty=target.startswith(f"{_PTYS}/"),
        settings=settings,
        modem_lines=None if settings is None else inputs is not None,
        inputs=inputs or frozenset(),
        managed=not target.startswith(f"{_PTYS}/") and _running("ModemManager") is not None,
    )


def address_facts(text: str, host: str, port: int) -> AddressFacts:
    """Whether a port can listen at `host` and `port`: it is tried, for a moment."""
    try:
        infos = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as error:
        return AddressFacts(text, error=getattr(error, "strerror", None) or str(error))
    addresses = tuple(sorted({str(info[4][0]) for info in infos}))
    for family, _, _, _, address in infos:
        with socket.socket(family, socket.SOCK_STREAM) as own:
            own.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                own.bind(address)
                own.listen(1)
            except OSError as error:
                in_use = error.errno == errno.EADDRINUSE
                return AddressFacts(text, addresses, os.strerror(error.errno or 0), in_use)
    return AddressFacts(text, addresses)


def server_facts(text: str, host: str, port: int) -> ServerFacts:
    """What a server says first: it is connected to for a moment."""
    said, ended = b"", False
    try:
        with socket.create_connection((host, port), _REACHING) as own:
            own.settimeout(_FIRST_WORDS)
            with suppress(TimeoutError):
                while b"\xff" not in said and len(said) < _MOST_SAID and not ended:
                    data = own.recv(512)
                    said, ended = said + data, not data
    except (OSError, UnicodeError) as error:
        return ServerFacts(text, getattr(error, "strerror", None) or str(error))
    return ServerFacts(text, telnet=b"\xff" in said, ended=ended)


def machine_facts(name: str | None) -> MachineFacts:
    """The machine; `name` is looked up, if one is given."""
    devices = sorted(str(path) for pattern in _DEVICES for path in Path("/dev").glob(pattern) if _is_real(path))
    return MachineFacts(
        platform.python_version(),
        tuple(devices),
        _ptys_can_be_made(),
        _running("ModemManager"),
        _looked_up(name) if name else None,
        tuple(program for program in _PROGRAMS if shutil.which(program) is None),
    )


def _is_real(path: Path) -> bool:
    """Whether hardware is behind it: the kernel makes more ttyS than there are."""
    if not path.name.startswith("ttyS"):
        return True
    with suppress(OSError):
        return (Path("/sys/class/tty") / path.name / "type").read_text().strip() not in ("", "0")
    return False


def _ptys_can_be_made() -> bool:
    try:
        master, terminal = os.openpty()
    except OSError:
        return False
    os.close(master)
    os.close(terminal)
    return True


def _looked_up(name: str) -> tuple[str, float, str]:
    began = time.monotonic()
    try:
        socket.getaddrinfo(name, 23, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        return name, time.monotonic() - began, getattr(error, "strerror", None) or str(error)
    return name, time.monotonic() - began, ""


def _opened(path: str) -> tuple[str, frozenset[str] | None, frozenset[str] | None]:
    """Why it cannot be opened, what a program has left on, and which of its modem lines are; of no tty nothing."""
    try:
        fd = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    except OSError as error:
        return os.strerror(error.errno or 0), None, None
    try:
        local = termios.tcgetattr(fd)[3]
        on = {name for name, bit in (("echo", termios.ECHO), ("line editing", termios.ICANON)) if local & bit}
        try:
            lines = struct.unpack("i", fcntl.ioctl(fd, termios.TIOCMGET, struct.pack("i", 0)))[0]
        except OSError:
            return "", frozenset(on), None
        return "", frozenset(on), frozenset(name for name, bit in _INPUTS.items() if lines & bit)
    except termios.error:
        return "", None, None
    finally:
        os.close(fd)


def _users_of(device: int) -> Iterator[User]:
    """Processes that have the device open, as far as we may see; not this one."""
    looked_at = 0
    for process in _processes():
        if process == os.getpid():
            continue
        with suppress(OSError), os.scandir(_PROC / str(process) / "fd") as descriptors:
            for descriptor in descriptors:
                looked_at += 1
                with suppress(OSError):
                    status = os.stat(descriptor.path)
                    if stat.S_ISCHR(status.st_mode) and status.st_rdev == device:
                        yield User(process, _command(process))
                        break
        if looked_at > _MOST_DESCRIPTORS:
            return


def _processes() -> list[int]:
    with suppress(OSError):
        return sorted(int(name) for name in os.listdir(_PROC) if name.isdigit())
    return []


def _command(process: int) -> str:
    with suppress(OSError):
        name = (_PROC / str(process) / "comm").read_text(errors="replace").strip()
        return "".join(each for each in name if each.isprintable()) or "a program"
    return "a program"


def _running(name: str) -> User | None:
    return next((User(process, name) for process in _processes() if _command(process) == name), None)


def _name_of(lookup: object, number: int) -> str:
    with suppress(KeyError):
        return str(lookup(number)[0])  # type: ignore[operator]  # of pwd or grp
    return str(number)
