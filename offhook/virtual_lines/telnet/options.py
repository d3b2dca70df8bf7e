"""Telnet options, negotiated by the Q method, which cannot loop (RFC 1143).

An option has two sides: ours (we WILL) and theirs (we ask them to DO). Each side is in one of the
six states of RFC 1143 and answers a message only when that changes something.
"""

from enum import Enum, IntEnum, auto

from offhook.virtual_lines.telnet.codec import Command, Negotiation


class Option(IntEnum):
    """Options known here."""

    BINARY = 0
    ECHO = 1
    SGA = 3
    TTYPE = 24
    NAWS = 31
    COM_PORT = 44


class _State(Enum):
    NO = auto()
    YES = auto()
    WANT_NO = auto()
    WANT_NO_OPPOSITE = auto()
    WANT_YES = auto()
    WANT_YES_OPPOSITE = auto()


class _Side:
    """One side of one option. `on` and `off` are what we send to ask for it or to end it."""

    __slots__ = ("_allowed", "_off", "_on", "_option", "state")

    def __init__(self, option: int, on: Command, off: Command, *, allowed: bool) -> None:
        self._option = option
        self._on = on
        self._off = off
        self._allowed = allowed
        self.state = _State.NO

    @property
    def enabled(self) -> bool:
        return self.state is _State.YES

    @property
    def waiting(self) -> bool:
        return self.state not in (_State.YES, _State.NO)

    def _say(self, command: Command) -> list[Negotiation]:
        return [Negotiation(command, self._option)]

    def ask(self) -> list[Negotiation]:
        """We want it on."""
        match self.state:
            case _State.NO:
                self.state = _State.WANT_YES
                return self._say(self._on)
            case _State.WANT_NO:
                self.state = _State.WANT_NO_OPPOSITE
            case _State.WANT_YES_OPPOSITE:
                self.state = _State.WANT_YES
        return []

    def end(self) -> list[Negotiation]:
        """We want it off."""
        match self.state:
            case _State.YES:
                self.state = _State.WANT_NO
                return self._say(self._off)
            case _State.WANT_YES:
                self.state = _State.WANT_YES_OPPOSITE
            case _State.WANT_NO_OPPOSITE:
                self.state = _State.WANT_NO
        return []

    def heard_on(self) -> list[Negotiation]:
        """The peer agrees, or proposes it."""
        match self.state:
            case _State.NO:
                if self._allowed:
                    self.state = _State.YES
                    return self._say(self._on)
                return self._say(self._off)
            case _State.WANT_NO:
                self.state = _State.NO
            case _State.WANT_NO_OPPOSITE | _State.WANT_YES:
                self.state = _State.YES
            case _State.WANT_YES_OPPOSITE:
                self.state = _State.WANT_NO
                return self._say(self._off)
        return []

    def heard_off(self) -> list[Negotiation]:
        """The peer refuses, or ends it."""
        match self.state:
            case _State.YES:
                self.state = _State.NO
                return self._say(self._off)
            case _State.WANT_NO_OPPOSITE:
                self.state = _State.WANT_YES
                return self._say(self._on)
            case _State.WANT_NO | _State.WANT_YES | _State.WANT_YES_OPPOSITE:
                self.state = _State.NO
        return []


class Options:
    """All options of one line: `ours` are those we may be asked to do, `theirs` those the peer may do."""

    def __init__(self, ours: frozenset[int], theirs: frozenset[int]) -> None:
        self._allowed_ours, self._allowed_theirs = ours, theirs
        self._ours: dict[int, _Side] = {}
        self._theirs: dict[int, _Side] = {}

    def we_do(self, option: int) -> bool:
        """Whether the option is on on our side."""
        return option in self._ours and self._ours[option].enabled

    def they_do(self, option: int) -> bool:
        """Whether it is on on theirs."""
        return option in self._theirs and self._theirs[option].enabled

    @property
    def waiting(self) -> bool:
        """Whether an answer is still to come."""
        return any(side.waiting for sides in (self._ours, self._theirs) for side in sides.values())

    def offer(self, option: int) -> list[Negotiation]:
        """Offer to do an option; what to send."""
        return self._our_side(option).ask()

    def request(self, option: int) -> list[Negotiation]:
        """Ask the peer to do an option; what to send."""
        return self._their_side(option).ask()

    def heard(self, message: Negotiation) -> list[Negotiation]:
        """The peer's word on an option; what to send."""
        option = message.option
        match message.command:
            case Command.WILL if option in self._theirs or option in self._allowed_theirs:
                return self._their_side(option).heard_on()
            case Command.WILL:
                return [Negotiation(Command.DONT, option)]
            case Command.WONT:
                return self._theirs[option].heard_off() if option in self._theirs else []
            case Command.DO if option in self._ours or option in self._allowed_ours:
                return self._our_side(option).heard_on()
            case Command.DO:
                return [Negotiation(Command.WONT, option)]
            case _:
                return self._ours[option].heard_off() if option in self._ours else []

    def _our_side(self, option: int) -> _Side:
        """Made when it is first spoken of: most never are."""
        allowed = option in self._allowed_ours
        return self._ours.setdefault(option, _Side(option, Command.WILL, Command.WONT, allowed=allowed))

    def _their_side(self, option: int) -> _Side:
        allowed = option in self._allowed_theirs
        return self._theirs.setdefault(option, _Side(option, Command.DO, Command.DONT, allowed=allowed))
