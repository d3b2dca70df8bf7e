"""Carries out command lines: the rules of V.250 5.3 to 6 that need no clock and no line.

What touches the call is asked of `CallControl`, which is the modem itself.
"""

from enum import Enum, auto
from typing import Protocol

from offhook.modem.hayes.command_parser import (
    CommandParser,
    DialCommand,
    ExtendedCommand,
    NotUnderstood,
    Numbered,
    RegisterCommand,
    StoreNumber,
)
from offhook.modem.hayes.commands import DEED_NAMES, EXTENDED_NAMES, OPTION_NAMES
from offhook.modem.hayes.dial_string import EMPTY, DialString, parse_dial_string
from offhook.modem.hayes.memory import Memory
from offhook.modem.hayes.registers import BY_NUMBER


class Outcome(Enum):
    """What a command leads to."""

    NEXT = auto()
    """Done; the line goes on, and ends with OK."""
    ERROR = auto()
    """Not done; the line ends here with ERROR."""
    SILENT = auto()
    """The line ends here, and its result is said by somebody else or comes later."""
    STOP = auto()
    """Done; the rest of the line is not looked at, and the result is OK."""


class CallControl(Protocol):
    """What commands ask of the modem."""

    def dial(self, string: DialString) -> Outcome:
        """D: originate a call."""

    def stay_off_hook(self, string: DialString) -> Outcome:
        """D with `;`: take the line and remember the digits for the next D."""

    def answer(self) -> Outcome:
        """A."""

    def hang_up(self) -> Outcome:
        """H0."""

    def off_hook(self) -> Outcome:
        """H1."""

    def go_online(self) -> Outcome:
        """O."""

    def reset(self, profile: int) -> Outcome:
        """Z: hang up and restore the stored profile of that number."""

    def tell(self, *lines: str) -> None:
        """Send information text."""

    def note(self, text: str) -> None:
        """Say why in the trace."""

    def information(self, page: int) -> tuple[str, ...] | None:
        """The lines of ATI`page`; empty for a test that is passed, None if there is no such page."""


class Executor:
    """Executes bodies of command lines on a modem's memory and call."""

    def __init__(self, memory: Memory, control: CallControl) -> None:
        self._memory = memory
        self._control = control
        self._selected = 0

    def execute(self, body: str) -> Outcome:
        """Carry out a line; NEXT and STOP both mean that OK is due."""
        parser = CommandParser(body)
        while True:
            try:
                command = parser.next()
            except NotUnderstood as why:
                self._control.note(f"ERROR: {why}")
                return Outcome.ERROR
            match command:
                case None:
                    return Outcome.NEXT
                case Numbered():
                    outcome = self._numbered(command)
                case RegisterCommand():
                    outcome = self._register(command)
                case DialCommand():
                    outcome = self._dial(command)
                case StoreNumber():
                    outcome = self._store(command)
                case ExtendedCommand():
                    outcome = self._extended(command)
            if outcome is Outcome.ERROR:
                self._control.note(f"ERROR: {command} cannot be done")
            if outcome is not Outcome.NEXT:
                return outcome

    def _numbered(self, command: Numbered) -> Outcome:
        option = OPTION_NAMES.get(command.name)
        if option is not None:
            if command.number not in option.values:
                return Outcome.ERROR
            self._memory.active.options[command.name] = command.number
            return Outcome.NEXT
        if command.number not in DEED_NAMES[command.name].values:
            return Outcome.ERROR
        return self._deed(command)

    def _deed(self, command: Numbered) -> Outcome:
        control, memory = self._control, self._memory
        match command.name:
            case "A":
                return control.answer()
            case "H":
                return control.off_hook() if command.number else control.hang_up()
            case "I":
                lines = control.information(command.number)
                if lines is None:
                    return Outcome.ERROR
                if lines:
                    control.tell(*lines)
            case "O":
                return control.go_online()
            case "Z":
                return control.reset(command.number if command.given else memory.power_up_profile)
            case "&F":
                memory.restore_factory()
            case "&V":
                control.tell(*memory.shown())
            case "&W":
                memory.keep(command.number)
        return Outcome.NEXT  # T and P choose between tones and pulses, which sound alike here

    def _register(self, command: RegisterCommand) -> Outcome:
        number = self._selected if command.number is None else command.number
        register = BY_NUMBER.get(number)
        if register is None:
            return Outcome.ERROR
        self._selected = number
        if command.asked:
            self._control.tell(f"{self._memory.active.registers[number]:03}")
        elif command.value is not None:
            if not register.holds(command.value):
                return Outcome.ERROR
            self._memory.active.registers[number] = command.value
        return Outcome.NEXT

    def _dial(self, command: DialCommand) -> Outcome:
        string = self._dial_string(command.text.strip())
        if string is None:
            return Outcome.ERROR
        return self._control.stay_off_hook(string) if command.stays else self._control.dial(string)

    def _dial_string(self, text: str) -> DialString | None:
        """The string to dial, with L, S=n and Sn looked up; None if it is wrong or names nothing."""
        wanted = text.upper().replace(" ", "")
        if wanted == "L":
            return self._memory.last_dialled or None
        if wanted.startswith("S"):
            slot = wanted[1:].removeprefix("=")
            stored = self._memory.numbers.get(int(slot)) if slot.isdigit() and len(slot) < 4 else None
            return parse_dial_string(stored) if stored else None
        return parse_dial_string(text) if text else EMPTY

    def _store(self, command: StoreNumber) -> Outcome:
        if command.slot not in DEED_NAMES["&Z"].values or parse_dial_string(command.text) is None:
            return Outcome.ERROR
        if command.text:
            self._memory.numbers[command.slot] = command.text
        else:
            self._memory.numbers.pop(command.slot, None)
        return Outcome.NEXT

    def _extended(self, command: ExtendedCommand) -> Outcome:
        known = EXTENDED_NAMES[command.name]
        settings = self._memory.active.extended
        if command.tested:
            if known.test:
                self._control.tell(f"{known.name}: {known.test}")
        elif known.factory is None:
            if command.value is not None or command.asked:
                return Outcome.ERROR
            self._control.tell(self._memory.identity(known.name))
        elif command.asked:
            self._control.tell(f"{known.name}: {settings[known.name]}")
        elif command.value is not None:
            if known.values is not None and command.value not in known.values:
                return Outcome.ERROR
            settings[known.name] = command.value
        else:
            settings[known.name] = known.factory
        return Outcome.NEXT
