"""The pages of ATI: what the modem tells about itself, its settings and its last call."""

from offhook.modem.hayes.caller_id import caller_id_lines
from offhook.modem.hayes.connect_report import modulation
from offhook.modem.hayes.situation import Situation


def information(now: Situation, page: int) -> tuple[str, ...] | None:
    """The lines of ATI`page`; empty for a test that is passed, None if there is no such page."""
    match page:
        case 0:
            return ("offhook",)
        case 1:
            return (f"{sum(now.settings.version.encode()) % 256:03}",)
        case 2:
            return ()
        case 3:
            return (f"offhook {now.settings.version}".rstrip(),)
        case 4:
            return (f"Hayes commands as {now.settings.personality.name} has them, V.250, data only",)
        case 5:
            return tuple(now.memory.shown_stored())
        case 6:
            return _last_call(now)
        case 7:
            return tuple(now.memory.shown_active())
        case 8:
            return _last_caller(now)
        case 9:
            return ("Plug and play identifier: none",)
        case 10:
            return ("Dial security: none in the modem; the exchange decides what may be called",)
        case 11:
            return _line(now)
    return None


def _last_call(now: Situation) -> tuple[str, ...]:
    return (
        f"Last call {now.last_call}",
        f"S86 {now.register(86):03}",
        "Octets, blocks and errors: not counted by the modem; the exchange keeps records of calls",
    )


def _last_caller(now: Situation) -> tuple[str, ...]:
    caller = now.memory.last_caller
    return ("Nobody has called",) if caller is None else ("Last caller", *caller_id_lines(caller, unformatted=False))


def _line(now: Situation) -> tuple[str, ...]:
    ways = now.ways
    return (
        f"DTE rate {now.told_rate}",
        f"Line rate {now.line_rate}" if ways is None else f"Line rate {ways.sent} sent, {ways.heard} received",
        f"Modulation {modulation(now.line_rate, ways)}",
        "Level, noise, retrains: not measured, the line is no wire of a telephone network",
        f"Last number {now.memory.last_dialled.wanted if now.memory.last_dialled else 'none'}",
    )
