"""What a modem remembers: the active profile, the stored ones, and numbers."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from offhook.modem.hayes.bit_maps import BIT_MAPS, ORIGINATING, PULSE
from offhook.modem.hayes.caller_id import CallerId
from offhook.modem.hayes.dial_string import DialString
from offhook.modem.hayes.personality import Personality
from offhook.modem.hayes.profile import Profile, factory_profile
from offhook.modem.hayes.registers import BY_NUMBER

PROFILES = 2
"""Profiles that can be stored: &W0 and &W1."""
_OF_THE_MODEM = (1, 86)
"""S-registers that tell what happened, and are no settings: no profile changes them."""


@dataclass(frozen=True, slots=True)
class Stored:
    """What outlasts a restart: `profiles` by number as far as stored, &Y, and numbers by slot (&Z)."""

    profiles: Mapping[int, Profile] = field(default_factory=dict)
    power_up: int = 0
    numbers: Mapping[int, str] = field(default_factory=dict)


class Memory:
    """Lives as long as the modem; `version` is the program's."""

    def __init__(self, version: str, personality: Personality, stored: Stored) -> None:
        self._factory = personality.factory
        self._bit_maps = personality.bit_maps
        self.found = {14: ORIGINATING}
        """Bits of bit-mapped registers by which the modem tells what it has found out, by register."""
        self._kept = {number: self._fitting(profile) for number, profile in stored.profiles.items()}
        self.numbers = dict(stored.numbers)
        self.power_up_profile = stored.power_up
        self.active = self.stored_profile(stored.power_up).copy()
        self.last_dialled: DialString | None = None
        self.last_caller: CallerId | None = None
        self.version = version

    @property
    def stored(self) -> Stored:
        """What should outlast a restart."""
        profiles = {number: profile.copy() for number, profile in self._kept.items()}
        return Stored(profiles, self.power_up_profile, dict(self.numbers))

    def _fitting(self, stored: Profile) -> Profile:
        """A profile stored by another version, or for another maker's modem, as this one has it."""
        profile = stored.copy()
        profile.agree()
        for number in BIT_MAPS.keys() - self._bit_maps.keys():
            if profile.registers[number] == BY_NUMBER[number].factory:  # bits of options, which are no character here
                profile.registers[number] = self._factory.get(f"S{number}", profile.registers[number])
        return profile

    def stored_profile(self, number: int) -> Profile:
        """The stored profile `number`; the factory's, if none is stored."""
        return self._kept.get(number) or factory_profile(self._factory)

    def restore_factory(self) -> None:
        """&F: all settings as they were made; what is stored stays."""
        self._restore(factory_profile(self._factory))

    def restore(self, number: int) -> None:
        """Z: the stored profile `number` becomes the active one."""
        self._restore(self.stored_profile(number))

    def _restore(self, profile: Profile) -> None:
        told = {number: self.active.registers[number] for number in _OF_THE_MODEM}
        fresh = profile.copy()
        self.active.options = fresh.options
        self.active.registers = fresh.registers | told
        self.active.extended = fresh.extended

    def keep(self, number: int) -> None:
        """&W: the active profile is stored as `number`."""
        self._kept[number] = self.active.copy()
        self._kept[number].registers.update(dict.fromkeys(_OF_THE_MODEM, 0))

    def choose(self, number: int) -> None:
        """&Y: the profile to start with."""
        self.power_up_profile = number if number < PROFILES else 0

    def register(self, number: int) -> int:
        """What an S-register reads as."""
        return self._read(self.active, number, self.found.get(number, 0))

    def _read(self, profile: Profile, number: int, found: int = 0) -> int:
        kept, bit_map = profile.registers[number], self._bit_maps.get(number)
        return kept if bit_map is None else bit_map.read(profile, kept, found)

    def set_register(self, number: int, value: int) -> bool:
        """Set an S-register, or the options whose bits it has; False, and nothing is set, if no option has such."""
        bit_map, active = self._bit_maps.get(number), self.active
        if bit_map is not None:
            settings = bit_map.settings(value, active)
            if settings is None:
                return False
            for name, each in settings.items():
                active.choose(name, each)
            value = value & ~bit_map.mask | active.registers[number] & bit_map.mask
        active.registers[number] = value
        return True

    @property
    def dials_pulses(self) -> bool:
        """Whether P was the last of T and P: pulses are dialled where the dial string does not say it."""
        return bool(self.active.registers[14] & PULSE)

    def dial_pulses(self, on: bool) -> None:
        """T and P."""
        others = self.active.registers[14] & ~PULSE
        self.active.registers[14] = others | PULSE if on else others

    def keep_number(self, slot: int, text: str) -> None:
        """&Z: what DS=`slot` dials; an empty text forgets it."""
        if text:
            self.numbers[slot] = text
        else:
            self.numbers.pop(slot, None)

    def shown(self) -> list[str]:
        """&V: the active profile, the stored ones and the numbers."""
        return ["ACTIVE PROFILE:", *self.shown_active(), *self.shown_stored()]

    def shown_active(self) -> list[str]:
        """The active profile."""
        return self.active.shown({number: self.register(number) for number in self.active.registers})

    def shown_stored(self) -> list[str]:
        """The stored profiles and the numbers."""
        lines = []
        for number in range(PROFILES):
            chosen = " (&Y)" if number == self.power_up_profile else ""
            profile = self.stored_profile(number)
            registers = {register: self._read(profile, register) for register in profile.registers}
            lines += [f"STORED PROFILE {number}:{chosen}", *profile.shown(registers)]
        lines.append("TELEPHONE NUMBERS:")
        return lines + [f"{slot}={number}" for slot, number in sorted(self.numbers.items())]

    def identity(self, name: str) -> str:
        """The answer to +GMI and its like."""
        return {
            "+GMI": "offhook",
            "+GMM": "offhook Hayes modem",
            "+GMR": self.version,
            "+GSN": "0",
            "+GOI": "none",
            "+GCAP": "+GCAP: +FCLASS,+MS,+ES,+DS,+VCID",
        }[name]
