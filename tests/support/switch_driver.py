"""A switch with a directory, told of events at the times of a clock that is turned by hand."""

from offhook.modem.hayes import CallerId
from offhook.virtual_lines.exchange import (
    Action,
    CallRecord,
    CameIntoService,
    Cause,
    Dialled,
    Directory,
    Event,
    LineDestination,
    Record,
    ServiceDestination,
    Switch,
    Tick,
)

CALLER = CallerId("201", "a")
NUMBERS = Directory(
    [
        ("100", ServiceDestination("mail")),
        ("201", LineDestination("a")),
        ("202", LineDestination("b")),
        ("203", LineDestination("mail")),  # a line may have the name of a service
    ]
)


class Exchange:
    """A switch with its lines in service, on a clock that is turned by hand."""

    def __init__(self, numbers: Directory = NUMBERS, **how: object) -> None:
        self.now = 10.0
        self.switch = Switch(numbers, **how)  # type: ignore[arg-type]
        for line in ("a", "b", "c", "mail"):
            self.does(CameIntoService(LineDestination(line)))
        self.does(CameIntoService(ServiceDestination("mail")))

    def does(self, event: Event) -> list[Action]:
        actions = self.switch.handle(event, self.now)
        assert self.switch.deadline is None or self.switch.deadline > self.now
        return actions

    def dials(self, line: str, number: str) -> list[Action]:
        return self.does(Dialled(line, number, CALLER))

    def until(self, end: float) -> list[tuple[float, Action]]:
        """Turn the clock to `end`, with a tick at each deadline."""
        done: list[tuple[float, Action]] = []
        while (deadline := self.switch.deadline) is not None and deadline <= end:
            self.now = deadline
            done += [(self.now, action) for action in self.does(Tick())]
        self.now = end
        return done


def records(actions: list[Action]) -> list[CallRecord]:
    return [action.record for action in actions if isinstance(action, Record)]


def causes(actions: list[Action]) -> list[Cause]:
    return [record.cause for record in records(actions)]
