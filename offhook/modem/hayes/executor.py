"""Carries out command lines: the rules of V.250 5.3 to 6 that need no clock and no line.

What touches the call is asked of `CallControl`, which is the modem itself.
"""

import re
from enum import Enum, auto
from typing import Protocol

from offhook.modem.hayes.command_parser import (
    Command,
    CommandParser,
    DialCommand,
    ExtendedCommand,
    NotUnderstood,
    Numbered,
    OptionAsked,
    RegisterCommand,
    StoreNumber,
)
from offhook.modem.hayes.commands import DEED_NAMES, EXTENDED_NAMES, OPTION_NAMES
from offhook.modem.hayes.dial_string import EMPTY, DialString, parse_dial_string, unquoted
from offhook.modem.hayes.memory import Memory
from offhook.modem.hayes.registers import BY_NUMBER

_LOOKED_UP = re.compile(r"[TP]? *(?:L|S *=? *([0-9]{1,3}))", re.IGNORECASE | re.ASCII)
"""L, or S=n and Sn: not a dial string but where one is found."""


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

    def send_break(self) -> None:
        r"""\B: a break for the far end, if there is one."""


class Panel(Protocol):
    """Where commands tell things and put things away."""

    def keep_profiles(self) -> None:
        """Have the stored profiles outlast a restart."""

    def keep_number(self, slot: int, text: str) -> None:
        """Have a stored number outlast a restart."""

    def last_caller(self, unformatted: bool) -> list[str] | None:
        """Who called last, as +VCID tells it; None if nobody has called."""

    def tell(self, *lines: str) -> None:
        """Send information text."""

    def note(self, text: str) -> None:
        """Say why in the trace."""

    def information(self, page: int) -> tuple[str, ...] | None:
        """The lines of ATI`page`; empty for a test that is passed, None if there is no such page."""


class Executor:
    """Executes bodies of command lines on a modem's memory and call.

    `lenient`: what is not known, or out of range, is passed over, as old init strings want it.
    """

    def __init__(self, memory: Memory, control: CallControl, panel: Panel, *, lenient: bool = False) -> None:
        self._memory = memory
        self._control = control
        self._panel = panel
        self._lenient = lenient
        self._selected = 0

    def execute(self, body: str) -> Outcome:
        """Carry out a line; NEXT and STOP both mean that OK is due."""
        parser = CommandParser(body)
        while True:
            try:
                command = parser.next()
            except NotUnderstood as why:
                if not self._lenient:
                    self._panel.note(f"ERROR: {why}")
                    return Outcome.ERROR
                self._panel.note(f"passed over: {why}")
                parser.pass_over()
                continue
            if command is None:
                return Outcome.NEXT
            outcome = self._command(command)
            if outcome is Outcome.ERROR and self._lenient and not isinstance(command, DialCommand):
                self._panel.note(f"passed over: {command}")
                continue
            if outcome is Outcome.ERROR:
                self._panel.note(f"ERROR: {command} cannot be done")
            if outcome is not Outcome.NEXT:
                return outcome

    def _command(self, command: Command) -> Outcome:
        match command:
            case Numbered():
                return self._numbered(command)
            case OptionAsked(name):
                self._panel.tell(str(self._memory.active.options[name]))
                return Outcome.NEXT
            case RegisterCommand():
                return self._register(command)
            case DialCommand():
                return self._dial(command)
            case StoreNumber():
                return self._store(command.slot, command.text)
            case ExtendedCommand():
                return self._extended(command)

    def _numbered(self, command: Numbered) -> Outcome:
        option = OPTION_NAMES.get(command.name)
        if option is not None:
            if command.number not in option.values:
                return Outcome.ERROR
            self._memory.active.choose(command.name, command.number)
            return Outcome.NEXT
        if command.number not in DEED_NAMES[command.name].values:
            return Outcome.ERROR
        return self._deed(command)

    def _deed(self, command: Numbered) -> Outcome:
        control, panel = self._control, self._panel
        match command.name:
            case "A":
                return control.answer()
            case "H":
                return control.off_hook() if command.number else control.hang_up()
            case "I":
                lines = panel.information(command.number)
                if lines is None:
                    return Outcome.ERROR
                if lines:
                    panel.tell(*lines)
            case "O":
                return control.go_online()
            case "Z":
                return control.reset(command.number if command.given else self._memory.power_up_profile)
            case "&V" if command.number:
                panel.tell(*(panel.information(6) or ()))
            case _:
                self._setting(command)
        return Outcome.NEXT

    def _setting(self, command: Numbered) -> None:
        panel, memory = self._panel, self._memory
        match command.name:
            case "&F":
                memory.restore_factory()
            case "&V":
                panel.tell(*memory.shown())
            case "&W":
                memory.keep(command.number)
                panel.keep_profiles()
            case "&Y":
                memory.choose(command.number)
                panel.keep_profiles()
            case "\\B":
                self._control.send_break()
            case "T" | "P":
                memory.dial_pulses(command.name == "P")

    def _register(self, command: RegisterCommand) -> Outcome:
        number = self._selected if command.number is None else command.number
        register = BY_NUMBER.get(number)
        if register is None:
            return Outcome.ERROR
        self._selected = number
        if command.asked:
            self._panel.tell(f"{self._memory.register(number):03}")
            return Outcome.NEXT
        if command.value is None:
            return Outcome.NEXT
        fits = register.holds(command.value) and self._memory.set_register(number, command.value)
        return Outcome.NEXT if fits else Outcome.ERROR

    def _dial(self, command: DialCommand) -> Outcome:
        string = self._dial_string(command.text.strip())
        if string is None:
            return Outcome.ERROR
        return self._control.stay_off_hook(string) if command.stays else self._control.dial(string)

    def _dial_string(self, text: str) -> DialString | None:
        """The string to dial, with L, S=n and Sn looked up; None if it is wrong or names nothing."""
        looked_up = _LOOKED_UP.fullmatch(text)
        if looked_up is None:
            return parse_dial_string(text) if text else EMPTY
        if looked_up[1] is None:
            return self._memory.last_dialled or None
        stored = self._memory.numbers.get(int(looked_up[1]))
        return parse_dial_string(stored) if stored else None

    def _store(self, slot: int, text: str | None) -> Outcome:
        if slot not in DEED_NAMES["&Z"].values:
            return Outcome.ERROR
        if text is None:
            self._panel.tell(self._memory.numbers.get(slot, ""))
        elif text and parse_dial_string(text) is None:
            return Outcome.ERROR
        else:
            self._memory.keep_number(slot, text)
            self._panel.keep_number(slot, text)
        return Outcome.NEXT

    def _extended(self, command: ExtendedCommand) -> Outcome:
        known = EXTENDED_NAMES[command.name]
        if command.tested:
            if known.test:
                self._panel.tell(f"{known.name}: {known.test}")
            return Outcome.NEXT
        if known.factory is None:
            return self._informing(known.name, command)
        active = self._memory.active
        if command.asked:
            self._panel.tell(f"{known.name}: {active.extended[known.name]}")
        elif command.value is None:
            active.extend(known.name, known.factory)
        elif not known.takes(command.value):
            return Outcome.ERROR
        else:
            active.extend(known.name, command.value)
        return Outcome.NEXT

    def _informing(self, name: str, command: ExtendedCommand) -> Outcome:
        """Extended commands that are no setting."""
        if name == "+ASTO":
            return self._store_string(command)
        if command.asked or (command.value is not None and name != "+VRID"):
            return Outcome.ERROR
        if name != "+VRID":
            self._panel.tell(self._memory.identity(name))
            return Outcome.NEXT
        lines = self._panel.last_caller(command.value == "2") if command.value in (None, "0", "1", "2") else None
        if lines is None:
            return Outcome.ERROR
        self._panel.tell(*lines)
        return Outcome.NEXT

    def _store_string(self, command: ExtendedCommand) -> Outcome:
        if command.asked:
            self._panel.tell(*(f'+ASTO: {slot},"{text}"' for slot, text in sorted(self._memory.numbers.items())))
            return Outcome.NEXT
        slot, comma, text = (command.value or "").partition(",")
        string = "" if text.strip() in ("", '""') else unquoted(text.strip())
        if not comma or not slot.strip().isdecimal() or len(slot) > 3 or string is None:
            return Outcome.ERROR
        return self._store(int(slot), string)
