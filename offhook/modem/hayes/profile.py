"""A profile: everything about a modem that commands set, and &W and Z keep and restore."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from offhook.modem.hayes.commands import factory_extended, factory_options
from offhook.modem.hayes.flow_control import IFC, WAYS, Flow, flow_of, options_of, whole
from offhook.modem.hayes.registers import factory_registers


def factory_profile(other: Mapping[str, int]) -> "Profile":
    """The settings after &F; `other` has those of a personality ("&M", "S7") that differ from the tables."""
    profile = Profile()
    for name, value in other.items():
        if name[0] == "S":
            profile.registers[int(name[1:])] = value
        else:
            profile.options[name] = value
    return profile


@dataclass(slots=True)
class Profile:
    """Options by name ("E", "&C"), S-registers by number, extended settings by name ("+FCLASS")."""

    options: dict[str, int] = field(default_factory=factory_options)
    registers: dict[int, int] = field(default_factory=factory_registers)
    extended: dict[str, str] = field(default_factory=factory_extended)

    def copy(self) -> "Profile":
        """A profile of its own with the same settings."""
        return Profile(dict(self.options), dict(self.registers), dict(self.extended))

    @property
    def guard_time(self) -> float:
        """Silence around the escape sequence, in seconds (S12)."""
        return self.registers[12] * 0.02

    @property
    def escape_character(self) -> bytes:
        """The character that makes the escape sequence (S2); empty if there is none."""
        return bytes([self.registers[2]]) if self.registers[2] < 128 else b""

    @property
    def line_end(self) -> bytes:
        """S3 and S4, which end a result in words."""
        return bytes([self.registers[3], self.registers[4]])

    def setting(self, name: str) -> int:
        """The value of an option, or of an extended setting that is a number."""
        return self.options[name] if name in self.options else int(self.extended[name])

    def choose(self, name: str, value: int) -> None:
        """Set an option, or an extended setting that is a number."""
        if name not in self.options:
            self.extended[name] = str(value)
            return
        ifc = WAYS.get(name, {}).get(value)
        if ifc is not None:
            self.extend(IFC, ifc)
        self.options[name] = value

    def extend(self, name: str, text: str) -> None:
        r"""Set an extended setting; &K and \Q follow +IFC."""
        if name == IFC:
            text = whole(text, self.extended[IFC])
            self.options.update(options_of(text))
        self.extended[name] = text

    def agree(self) -> None:
        r"""Have &K and \Q say what +IFC says, as a file by hand or of an older version may not have it."""
        ifc = self.extended[IFC] = whole(self.extended[IFC], "")
        for name, value in options_of(ifc).items():
            if WAYS[name].get(self.options[name], ifc) != ifc:
                self.options[name] = value

    @property
    def flow(self) -> Flow:
        """What holds data back between modem and DTE."""
        return flow_of(self.extended[IFC], self.options["&K"])

    def shown(self, registers: Mapping[int, int]) -> list[str]:
        """The settings as &V shows them, in lines of at most 78 characters; `registers` are as they are read."""
        options = [f"{name}{value}" for name, value in self.options.items()]
        numbered = [f"S{number:02}:{value:03}" for number, value in sorted(registers.items())]
        extended = [f"{name}={value}" for name, value in self.extended.items()]
        return _filled(options) + _filled(numbered) + _filled(extended)


def _filled(words: list[str]) -> list[str]:
    lines = [""]
    for word in words:
        if len(lines[-1]) + len(word) > 77:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".lstrip()
    return lines
