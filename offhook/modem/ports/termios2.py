"""A terminal's settings as Linux keeps them, with the rate as a plain number (`struct termios2`).

The standard `termios` module knows only the rates that have a name; a DTE may set any. The numbers
here are the generic ones of Linux: x86, Arm, RISC-V, s390.
"""

import fcntl
import struct
from dataclasses import dataclass, replace

TCGETS2 = 0x802C542A
TCSETS2 = 0x402C542B
CBAUD = 0o010017
"""The bits of the control modes that hold the output rate; shifted by 16, the input rate."""
EXTPROC = 0o200000
"""Local mode: the other side does the processing, and a master in packet mode hears of every change."""
_CS8_CREAD_HUPCL = 0o60 | 0o200 | 0o2000
_COOKED = 0o2 | 0o10  # ICANON, ECHO
_VTIME, _VMIN = 5, 6
_LAYOUT = struct.Struct("=4IB19s2I")
_LOCAL = struct.Struct("=I")
_LOCAL_AT = 12


@dataclass(frozen=True, slots=True)
class Settings:
    """What tcgetattr would tell, and the rates in bit/s."""

    input: int
    output: int
    control: int
    local: int
    discipline: int
    keys: bytes
    input_rate: int
    output_rate: int

    @property
    def rate(self) -> int:
        """The DTE's rate in bit/s; 0 means that it dropped DTR (B0)."""
        return self.output_rate if self.control & CBAUD else 0

    @property
    def cooked(self) -> bool:
        """Whether the kernel edits or echoes what goes to the client, as under a login."""
        return bool(self.local & _COOKED)

    def raw(self, sane: "Settings") -> "Settings":
        """Eight bits through and through, changes reported, at this rate, or at that of `sane` if this is 0."""
        by = self if self.rate else sane
        rates = CBAUD | CBAUD << 16
        keys = bytearray(self.keys)
        keys[_VTIME], keys[_VMIN] = 0, 1
        return replace(
            self,
            input=0,
            output=0,
            control=_CS8_CREAD_HUPCL | by.control & rates,
            local=EXTPROC,
            keys=bytes(keys),
            input_rate=by.input_rate,
            output_rate=by.output_rate,
        )


def read_settings(fd: int) -> Settings:
    """The settings of a terminal, by either end of its pty. Raises OSError."""
    return Settings(*_LAYOUT.unpack(fcntl.ioctl(fd, TCGETS2, bytes(_LAYOUT.size))))


def write_settings(fd: int, settings: Settings) -> None:
    """Set a terminal at once, by either end of its pty. Raises OSError."""
    s = settings
    packed = _LAYOUT.pack(s.input, s.output, s.control, s.local, s.discipline, s.keys, s.input_rate, s.output_rate)
    fcntl.ioctl(fd, TCSETS2, packed)


def report_changes(fd: int) -> Settings:
    """The settings, with EXTPROC set if a client has cleared it, so that the next change is reported too.

    A line that a client makes cooked loses EXTPROC instead: the kernel would neither echo nor edit with it,
    and under a login it has to. Its changes are not reported then.

    There is no call that sets one bit alone, so a change that a client makes between our reading and our
    writing would be undone. Nothing stands between the two that can stand elsewhere.
    """
    packed = fcntl.ioctl(fd, TCGETS2, bytes(_LAYOUT.size))
    (local,) = _LOCAL.unpack_from(packed, _LOCAL_AT)
    wanted = local & ~EXTPROC if local & _COOKED else local | EXTPROC
    if wanted != local:
        packed = packed[:_LOCAL_AT] + _LOCAL.pack(wanted) + packed[_LOCAL_AT + _LOCAL.size :]
        fcntl.ioctl(fd, TCSETS2, packed)
    return Settings(*_LAYOUT.unpack(packed))
