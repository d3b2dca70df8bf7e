"""What a modem remembers: the active profile, the stored ones, and numbers."""

from offhook.modem.hayes.dial_string import DialString
from offhook.modem.hayes.profile import Profile


class Memory:
    """Lives as long as the modem; `version` is the program's."""

    def __init__(self, version: str) -> None:
        self.active = Profile()
        self.stored = [Profile(), Profile()]
        self.numbers: dict[int, str] = {}
        self.last_dialled: DialString | None = None
        self.version = version

    @property
    def power_up_profile(self) -> int:
        """The stored profile that Z without a number restores (&Y)."""
        chosen = self.active.options["&Y"]
        return chosen if chosen < len(self.stored) else 0

    def restore_factory(self) -> None:
        """&F: all settings as they were made; what is stored stays."""
        self._restore(Profile())

    def restore(self, number: int) -> None:
        """Z: the stored profile `number` becomes the active one."""
        self._restore(self.stored[number])

    def _restore(self, profile: Profile) -> None:
        rings = self.active.registers[1]
        fresh = profile.copy()
        self.active.options = fresh.options
        self.active.registers = fresh.registers
        self.active.extended = fresh.extended
        self.active.registers[1] = rings

    def keep(self, number: int) -> None:
        """&W: the active profile is stored as `number`."""
        self.stored[number] = self.active.copy()

    def shown(self) -> list[str]:
        """&V: the active profile, the stored ones and the numbers."""
        lines = ["ACTIVE PROFILE:", *self.active.shown()]
        for number, profile in enumerate(self.stored):
            lines += [f"STORED PROFILE {number}:", *profile.shown()]
        lines.append("TELEPHONE NUMBERS:")
        lines += [f"{slot}={number}" for slot, number in sorted(self.numbers.items())]
        return lines

    def identity(self, name: str) -> str:
        """The answer to +GMI and its like."""
        return {
            "+GMI": "offhook",
            "+GMM": "offhook Hayes modem",
            "+GMR": self.version,
            "+GSN": "0",
            "+GCAP": "+GCAP: +FCLASS,+VCID",
        }[name]
