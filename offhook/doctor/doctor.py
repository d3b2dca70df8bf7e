"""What is wrong with a port, an address or the machine, and the remedy: judgement alone, on facts found elsewhere."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum


class Level(Enum):
    """How much a finding matters; the value is how it is printed."""

    OK = "ok"
    NOTE = "note"
    TROUBLE = "trouble"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found; `remedy` is what to do about it, where there is something to do."""

    level: Level
    text: str
    remedy: str = ""

    def __str__(self) -> str:
        return f"{self.level.value}: {self.text}" + (f" - {self.remedy}" if self.remedy else "")


@dataclass(frozen=True, slots=True)
class User:
    """A process that has something: its number and its name."""

    process: int
    name: str

    def __str__(self) -> str:
        return f"{self.name} (process {self.process})"


@dataclass(frozen=True, slots=True)
class DeviceFacts:
    """A serial device or a pty by its path. `link` is where it points if it is a link.

    `settings` are those of the tty that a program has left behind, of "echo" and "lines"; None if they cannot be read.
    `lock` names the lock file and `lock_holder` its process; `lock_holder_lives` says whether there is such a process.
    """

    path: str
    exists: bool = True
    character_device: bool = True
    link: str = ""
    mode: int = 0o660
    owner: str = "root"
    group: str = "dialout"
    may_use: bool = True
    opening: str = ""
    lock: str = ""
    lock_holder: int | None = None
    lock_holder_lives: bool = False
    users: tuple[User, ...] = ()
    pty: bool = False
    settings: frozenset[str] | None = None
    modem_lines: bool | None = None
    inputs: frozenset[str] = frozenset()
    managed: bool = False


@dataclass(frozen=True, slots=True)
class AddressFacts:
    """Where a port is to listen. `addresses` are what the host's name stands for; `error` why it cannot be had."""

    text: str
    addresses: tuple[str, ...] = ()
    error: str = ""
    in_use: bool = False


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """A server that a modem or a terminal is behind. `error` says why it cannot be reached.

    `telnet`: it has spoken Telnet; `ended`: it has ended the connection at once.
    """

    text: str
    error: str = ""
    telnet: bool = False
    ended: bool = False


@dataclass(frozen=True, slots=True)
class MachineFacts:
    """The machine as a whole. `resolved` is what looking a name up gave: the name, seconds, and why it failed."""

    python: str = ""
    devices: tuple[str, ...] = ()
    ptys: bool = True
    modem_manager: User | None = None
    resolved: tuple[str, float, str] | None = None
    missing: tuple[str, ...] = field(default=())


SLOW_NAME = 2.0
"""Seconds that looking a name up may take."""


def look_at_device(facts: DeviceFacts, *, modem: bool = False) -> list[Finding]:
    """Findings about a device; `modem`: a real modem is to be behind it."""
    if not facts.exists:
        return [_absent(facts)]
    if not facts.character_device:
        return [Finding(Level.TROUBLE, f"{facts.path} is no device", "write the path of a tty, as in /dev/ttyUSB0")]
    kind = "a pty" if facts.pty else "a serial device"
    found = [Finding(Level.OK, f"{facts.path} is {kind}" + (f" ({facts.link})" if facts.link else ""))]
    for part in (_permission, _lock, _users, _modem if modem else _settings):
        found += part(facts)
    return found


def _absent(facts: DeviceFacts) -> Finding:
    if facts.link:
        return Finding(
            Level.TROUBLE,
            f"{facts.path} points to {facts.link}, which is not there",
            "the program that made it has ended: start it again, or remove the link",
        )
    return Finding(Level.TROUBLE, f"{facts.path} is not there", "plug it in, or look at the path (dmesg names it)")


def _permission(facts: DeviceFacts) -> Iterator[Finding]:
    if facts.may_use:
        yield Finding(Level.OK, "you may use it")
    elif facts.mode & 0o060 == 0o060:
        yield Finding(
            Level.TROUBLE,
            f"you may not use it: it is for {facts.owner} and the group {facts.group}",
            f"sudo usermod -aG {facts.group} $USER, then log in anew",
        )
    else:
        yield Finding(
            Level.TROUBLE,
            f"you may not use it: it is for {facts.owner} alone ({facts.mode:04o})",
            "log in as that user, or have a udev rule give it to a group",
        )
    if facts.opening:
        yield Finding(Level.TROUBLE, f"it cannot be opened: {facts.opening}", _OPENING.get(facts.opening, ""))


_OPENING = {
    "Device or resource busy": "a program has it for itself, as screen leaves a tty: end that program, or offhook",
    "Input/output error": "nothing is behind it: a USB adapter may have gone, plug it in again",
}


def _lock(facts: DeviceFacts) -> Iterator[Finding]:
    if not facts.lock:
        return
    if facts.lock_holder is None:
        yield Finding(
            Level.NOTE, f"{facts.lock} names no process", f"it is in nobody's way; rm {facts.lock} removes it"
        )
    elif facts.lock_holder_lives:
        yield Finding(
            Level.TROUBLE, f"process {facts.lock_holder} has locked it ({facts.lock})", "end that program first"
        )
    else:
        yield Finding(
            Level.NOTE,
            f"{facts.lock} was left behind by process {facts.lock_holder}, which has ended",
            f"offhook takes it over; for others: rm {facts.lock}",
        )


def _users(facts: DeviceFacts) -> Iterator[Finding]:
    for user in facts.users:
        if "getty" in user.name:
            remedy = f"sudo systemctl disable --now serial-getty@{facts.path.rpartition('/')[2]}"
            yield Finding(Level.TROUBLE, f"{user} waits for logins on it", remedy)
        elif facts.pty:
            yield Finding(Level.NOTE, f"{user} has it open")
        else:
            yield Finding(Level.TROUBLE, f"{user} has it open", "end that program first: two readers share the bytes")
    if facts.managed:
        yield Finding(
            Level.TROUBLE,
            "ModemManager runs and tries AT commands on serial ports",
            'a udev rule with ENV{ID_MM_DEVICE_IGNORE}="1" for it, or sudo systemctl disable --now ModemManager',
        )


def _settings(facts: DeviceFacts) -> Iterator[Finding]:
    if facts.settings:
        left = " and ".join(sorted(facts.settings))
        yield Finding(
            Level.NOTE,
            f"a program has left it with {left} on",
            f"most set it anew; else: stty -F {facts.path} raw -echo",
        )
    if facts.modem_lines is False and not facts.pty:
        yield Finding(Level.NOTE, "it has no modem lines", "the machine's DTR cannot be seen: dtr=none says so")
    if facts.pty:
        yield Finding(
            Level.NOTE, "a pty has no modem lines: a program on it sees no DCD or RI", "an rfc2217: port shows them"
        )


def _modem(facts: DeviceFacts) -> Iterator[Finding]:
    """Of the lines that a real modem shows; they are looked at with DTR on, and nothing is sent."""
    if facts.modem_lines is None:
        return
    if not facts.modem_lines:
        yield Finding(
            Level.NOTE,
            "it has no modem lines: DCD cannot tell that a call has ended",
            "offhook goes by NO CARRIER, and hangs up by the rate and the escape",
        )
        return
    if "DSR" not in facts.inputs:
        yield Finding(Level.TROUBLE, "DSR is off", "switch the modem on, or look at the cable; some modems want &S0")
    if "CTS" not in facts.inputs:
        yield Finding(Level.NOTE, "CTS is off", "flow=rtscts would send nothing: on three wires write flow=none")
    if "DCD" in facts.inputs:
        yield Finding(
            Level.NOTE,
            "DCD is on: a call is up, or it is stuck",
            "offhook sets &C1; where it stays on, NO CARRIER is gone by",
        )


def look_at_address(facts: AddressFacts) -> list[Finding]:
    """Findings about where a port is to listen."""
    if facts.error:
        remedy = "write an address of this machine, or 127.0.0.1"
        if facts.in_use:
            remedy = "another program listens there: write another number (ss -ltnp shows who)"
        return [Finding(Level.TROUBLE, f"{facts.text} cannot be had: {facts.error}", remedy)]
    return [Finding(Level.OK, f"{facts.text} is free ({', '.join(facts.addresses)})")]


def look_at_server(facts: ServerFacts, *, bare: bool = False) -> list[Finding]:
    """Findings about a server that speaks RFC 2217; one that carries bytes only, if `bare`."""
    if facts.error:
        remedy = "start the server there, or look at the address and the firewall"
        return [Finding(Level.TROUBLE, f"{facts.text} cannot be reached: {facts.error}", remedy)]
    found = [Finding(Level.OK, f"{facts.text} can be reached")]
    if facts.telnet and bare:
        remedy = "write rfc2217: in place of tcp:, which has the signals too"
        found.append(Finding(Level.TROUBLE, "it speaks Telnet", remedy))
    elif facts.telnet:
        found.append(Finding(Level.OK, "it speaks Telnet, as RFC 2217 has it"))
    elif facts.ended:
        remedy = "another program has the port, this host perhaps: end that first"
        found.append(Finding(Level.TROUBLE, "it ends the connection at once", remedy))
    elif bare:
        found.append(Finding(Level.OK, "it carries bytes, and no signals"))
    else:
        remedy = "for ser2net the accepter is telnet(rfc2217),tcp,PORT; without it there are no signals"
        found.append(Finding(Level.TROUBLE, "it does not speak Telnet", remedy))
    return found


def look_at_machine(facts: MachineFacts) -> list[Finding]:
    """Findings about the machine."""
    found = [Finding(Level.OK, f"Python {facts.python}")]
    if facts.ptys:
        found.append(Finding(Level.OK, "ptys can be made"))
    else:
        found.append(Finding(Level.TROUBLE, "no pty can be made", "mount devpts: mount -t devpts devpts /dev/pts"))
    if facts.devices:
        found.append(Finding(Level.OK, f"serial devices: {', '.join(facts.devices)}"))
    else:
        found.append(Finding(Level.NOTE, "there is no serial device", "ports of other kinds need none"))
    if facts.modem_manager:
        found.append(
            Finding(Level.NOTE, f"{facts.modem_manager} tries AT commands on serial ports", "see docs/doctor.md")
        )
    if facts.missing:
        found.append(
            Finding(Level.NOTE, f"not installed: {', '.join(facts.missing)}", "they are good to try a modem with")
        )
    if facts.resolved:
        found.append(_resolved(*facts.resolved))
    return found


def _resolved(name: str, seconds: float, error: str) -> Finding:
    if error:
        return Finding(
            Level.TROUBLE,
            f"the name {name} cannot be looked up: {error}",
            "calls by name get NO DIALTONE: see /etc/resolv.conf, or call by address",
        )
    if seconds > SLOW_NAME:
        return Finding(Level.NOTE, f"looking up {name} took {seconds:.1f} s", "a name server does not answer")
    return Finding(Level.OK, f"the name {name} can be looked up")
