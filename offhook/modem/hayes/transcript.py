r"""A conversation with a modem as text: what the trace writes, and what tests replay.

One line each: the time in seconds, `>` for an event or `<` for an action, and the thing itself
as `DteSent(data=b'AT\r')`. Signals are written by their names, `DSR|CTS`. Reading evaluates
nothing: a line that is not of this form is a `ValueError`.
"""

import ast
from dataclasses import fields
from math import isfinite
from types import UnionType
from typing import get_args

from offhook.modem.hayes.actions import Action
from offhook.modem.hayes.caller_id import CallerId
from offhook.modem.hayes.dial_string import DialString
from offhook.modem.hayes.events import Event
from offhook.modem.rs232 import Signals

Thing = Event | Action


def _kinds(*unions: UnionType) -> dict[str, type]:
    return {kind.__name__: kind for union in unions for kind in get_args(union)}


def format_entry(time: float, thing: Thing) -> str:
    """The line, without its end, for what happened or was done at `time`."""
    return f"{time:.6f} {'>' if isinstance(thing, get_args(Event)) else '<'} {_written(thing)}"


def parse_entry(line: str) -> tuple[float, Thing]:
    """Time and event or action of a line; raises `ValueError`."""
    when, sign, text = line.strip().split(" ", 2)
    time = float(when)
    kinds = _kinds(Event) if sign == ">" else _kinds(Action)
    try:
        thing = _read(ast.parse(text, mode="eval").body, kinds | {"CallerId": CallerId, "DialString": DialString})
    except (SyntaxError, TypeError, RecursionError, MemoryError) as error:
        raise ValueError(f"not an entry of a transcript: {line!r}") from error
    if type(thing) not in kinds.values() or sign not in "<>" or not isfinite(time):
        raise ValueError(f"not an entry of a transcript: {line!r}")
    return time, thing  # type: ignore[return-value]  # its type was just looked up among them


def _written(value: object) -> str:
    if isinstance(value, Signals):
        return "|".join(name for signal in value if (name := signal.name)) or "NONE"
    if value is None or isinstance(value, (bytes, str, int, float)):
        return repr(value)
    inside = ", ".join(f"{field.name}={_written(getattr(value, field.name))}" for field in fields(value))  # type: ignore[arg-type]
    return f"{type(value).__name__}({inside})"


def _read(node: ast.expr, kinds: dict[str, type]) -> object:
    match node:
        case ast.Constant(value=value):
            return value
        case ast.Name(id=name) if name in Signals.__members__:
            return Signals[name]
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            one, other = _read(left, kinds), _read(right, kinds)
            if isinstance(one, Signals) and isinstance(other, Signals):
                return one | other
        case ast.Call(func=ast.Name(id=name), args=[], keywords=keywords) if name in kinds:
            return _made(kinds[name], {word.arg: _read(word.value, kinds) for word in keywords if word.arg})
    raise ValueError(f"not part of a transcript: {ast.unparse(node)}")


def _made(kind: type, given: dict[str, object]) -> object:
    for field in fields(kind):
        if field.name in given and not isinstance(given[field.name], field.type):  # type: ignore[arg-type]  # a type, here
            raise ValueError(f"not part of a transcript: {field.name}={given[field.name]!r}")
    made: object = kind(**given)
    return made
