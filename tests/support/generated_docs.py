"""Documents whose tables come from the code: `python -m tests.support.generated_docs --write` renews them."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from offhook.config import Config
from offhook.modem import dte
from offhook.modem.hayes import (
    ALLOWED,
    BIT_MAPS,
    DEEDS,
    EXTENDED,
    HANDLERS,
    MOVES,
    OPTIONS,
    PERSONALITIES,
    REGISTERS,
    ResultCode,
    State,
)
from offhook.terminal.session import COMMANDS
from offhook.toml_table import tables_in

ROOT = Path(__file__).parent.parent.parent
NOTICE = "<!-- Written by `make fix` from the code; a test compares the two. -->"


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    cells = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in cells)


def _default(value: Any, name: str = "") -> str:
    if name == "mode":
        return f"`{value:#o}`"
    if value is PydanticUndefined:
        return "required"
    if value is None or value == {}:
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return "`[" + ", ".join(f'"{item}"' for item in value) + "]`"
    return f'`"{value}"`' if isinstance(value, str) else f"`{value}`"


def _sections() -> list[tuple[str, type[BaseModel]]]:
    found = []
    for name, field in Config.model_fields.items():
        several = "tuple" in str(field.annotation)
        title = f"`[[{name}]]`" if several else f"`[{name}]`"
        for number, (kind, model) in enumerate(tables_in(field.annotation)):
            found.append((f'{title} with `kind = "{kind}"`' if number else title, model))
    return found


def config() -> str:
    parts = [
        "# Configuration",
        NOTICE,
        "A host reads one TOML file. Relative paths are taken from the folder the file stands in. `offhook check-config FILE` checks it.",
        "Tables in double brackets may be given several times. A table left out means the service is off, or has its defaults.",
    ]
    first: dict[type[BaseModel], str] = {}
    for title, model in _sections():
        if model in first:
            parts += [f"## {title}", f"Another spelling of {first[model]}, which need not say its kind."]
            continue
        first[model] = title
        rows = [
            (f"`{key}`", _default(field.get_default(call_default_factory=True), key), field.description or "")
            for key, field in sorted(model.model_fields.items(), key=lambda item: not item[1].is_required())
            if key != "kind" or "kind" not in title
        ]
        parts += [f"## {title}", (model.__doc__ or "").strip(), table(("key", "default", "meaning"), rows)]
    return "\n\n".join(parts) + "\n"


def _numbers(values: tuple[int, ...]) -> str:
    if not values:
        return ""
    spans: list[list[int]] = []
    for value in values:
        if spans and value == spans[-1][1] + 1:
            spans[-1][1] = value
        else:
            spans.append([value, value])
    return ", ".join(str(first) if first == last else f"{first} to {last}" for first, last in spans)


def at_commands() -> str:
    deeds = [(f"`{deed.name}`", _numbers(deed.values), deed.meaning) for deed in DEEDS]
    options = [(f"`{each.name}`", _numbers(each.values), str(each.factory), each.meaning) for each in OPTIONS]
    extended = [(f"`{each.name}`", each.test or "none", each.factory or "", each.meaning) for each in EXTENDED]
    parts = [
        "# AT commands",
        NOTICE,
        "A command line is `AT`, commands, and Return; blanks between them do not matter, nor do capitals. `A/` repeats the last line. The line "
        "ends at the first error with `ERROR`; what stood before it has been done. What is not in these tables is an error. See "
        "[modem-tty.md](modem-tty.md) for the tty and [s-registers.md](s-registers.md) for the S-registers.",
        "## Commands that do something",
        table(("command", "numbers", "what it does"), deeds),
        "## Dial strings",
        "Digits are dialled, with blanks, dashes, dots and parentheses between them as you like. What has other letters in it is the name or address of a host, "
        "`ATDTbbs.example.org:23`; so are four numbers with dots, what follows `=`, and what stands in quotes. `telnet:`, `raw:` or `tls:` before it says how to talk "
        "to it. Without quotes a name that begins with T or P wants a T before it: `ATDTtom.example.org`.",
        table(("modifier", "effect"), DIAL_MODIFIERS),
        "`DL` dials the last number again, `DS=n` a stored one. Any key gives a call up that is not there yet, but not in the first 125 ms after the line.",
        "## The way back to commands",
        "`+++` with a second of silence before and after it (S2, S12). It reaches the far end too, as on a real modem, unless the host is told `--escape withheld`. "
        "A command glued to it, `+++ATH` and Return, escapes without the second silence. With `--escape ties` that works anywhere in the data and "
        "no silence is looked at. The trace says why something like an escape was none.",
        "## Options",
        "A `?` behind an option tells it: `AT&C?`. Those from `B` on are kept, shown by `&V` and answered `OK`, since programs set them, and change nothing.",
        table(("option", "numbers", "factory", "meaning"), options),
        "## Extended commands",
        "`NAME=value` sets, `NAME?` reads, `NAME=?` tells what can be set.",
        table(("command", "values", "factory", "meaning"), extended),
        "What the modem answers is in [result-codes.md](result-codes.md), what it does in which state in [modem-states.md](modem-states.md).",
    ]
    return "\n\n".join(parts) + "\n"


def result_codes() -> str:
    told = [
        (
            code.words,
            str(code.value),
            _numbers(tuple(sorted(ALLOWED[code][0]))) if code in ALLOWED else "all",
            _who_has(code),
        )
        for code in ResultCode
    ]
    rates = sorted({rate for each in PERSONALITIES for rate in (*each.connect, *each.reliable)})
    rows = []
    for rate in rates:
        cells = []
        for each in PERSONALITIES:
            numbers = [str(each.connect.get(rate, 1))] + ([str(each.reliable.get(rate, 1))] if each.reliable else [])
            cells.append(" / ".join(numbers))
        rows.append((str(rate), *cells))
    ways = [
        (
            f"`{each.name}`",
            each.meaning,
            each.words(ResultCode.NO_DIALTONE),
            each.words(each.hung_up),
            ", ".join(f"{name}={value}" for name, value in each.factory.items()) or "none",
        )
        for each in PERSONALITIES
    ]
    parts = [
        "# Result codes",
        NOTICE,
        "With `V1` a code is Return, line feed, words, Return, line feed (S3 and S4); with `V0` it is a number and Return. `Q1` says none, `Q2` none of a call that came in. "
        "A code that the X level does not have is not left out: `NO CARRIER` comes instead.",
        table(("words", "number", "X levels", "said by"), told),
        "## What they mean on a line that leads to hosts",
        table(("code", "when"), MEANINGS),
        "## CONNECT",
        "At X0 it is bare; a rate of 300 is bare too. `W0` tells the DTE's rate, `W2` the line's, `W1` says `CARRIER`, `PROTOCOL` and `COMPRESSION` before it; S95 chooses these "
        "one by one, `+MR=1`, `+ER=1`, `+DR=1` and `+ILRR=1` say the same as V.250 has it. `\\V1` adds the protocol behind the rate, as does `&A` of U.S. Robotics. "
        "A rate without a number of its own is told as 1.",
        "## Personalities",
        "`--personality` chooses whose numbers and spellings the modems have. The commands are the same for all.",
        table(("name", "whose", "no dial tone", "ATH in a call", "factory settings of its own"), ways),
        "The numbers of CONNECT by rate; after the stroke, with error control:",
        table(("rate", *(each.name for each in PERSONALITIES)), rows),
        "Other lines that have a number; those of `W1` that have none are left out with `V0`:",
        table(("line", *(each.name for each in PERSONALITIES)), _numbered_lines()),
    ]
    return "\n\n".join(parts) + "\n"


def _numbered_lines() -> list[tuple[str, ...]]:
    """Of all makers, by text: the number that each has for a line."""
    lines = [
        each.details | {f"CARRIER {behind}": number for behind, number in each.carrier.items()}
        for each in PERSONALITIES
    ]
    numbers = {text: number for each in lines for text, number in each.items()}
    return [
        (f"`{text}`", *(str(each.get(text, "")) for each in lines)) for text in sorted(numbers, key=numbers.__getitem__)
    ]


def _who_has(code: ResultCode) -> str:
    having = [each.name for each in PERSONALITIES if code in each.has]
    return ", ".join(having) or "all"


DIAL_MODIFIERS = [
    ("`T` `P`", "tones, pulses: they take different times where `--realistic` is set"),
    ("`,`", "wait S8 seconds"),
    ("`W`", "insist on dial tone: without it the result is `NO DIALTONE` at every X level"),
    ("`@`", "insist on an answer: a number that rings in vain gives `NO ANSWER` at every X level"),
    ("`!`", "hook flash: wait S29 hundredths of a second"),
    ("`R`", "take the answerer's part in the call (`Q2` then says nothing of it)"),
    ("`^` `$`", "no calling tone, wait for the card tone: there are neither here, and nothing waits"),
    ("`;`", "stay in command state, off-hook; the next `D` goes on with the number"),
]
MEANINGS = [
    ("`CONNECT`", "the host has taken the connection, or the line dialled has answered"),
    ("`BUSY`", "the host refuses the connection, or the line dialled is in use"),
    ("`NO ANSWER`", "the line dialled rings, or the host does not answer, for as long as S7 allows"),
    ("`NO DIALTONE`", "the name is not known, or there is no way to the network"),
    ("`NO CARRIER`", "everything else: a number that is none, a call given up, a call that has ended"),
    ("`BLACKLISTED`", "this line may not call that number (`NO CARRIER` where the code is not had)"),
]


def _states_page(head: list[str], states: Any, moves: Any, handlers: Any, why: dict[str, str]) -> str:
    """A picture of the states from their table, and what is done about each event."""
    lines = [f"    {state.name.lower()} : {state.value}" for state in states]
    for state in states:
        for after in states:
            ways = [
                why.get(name, name.removeprefix("on_").replace("_", " "))
                for name, to in moves[state].items()
                if after in to
            ]
            if ways:
                lines.append(f"    {state.name.lower()} --> {after.name.lower()} : {', '.join(ways)}")
    kinds = list(next(iter(handlers.values())))
    rows = [(f"`{kind.__name__}`", *(_does(handlers[state][kind]) for state in states)) for kind in kinds]
    parts = [
        head[0],
        NOTICE,
        *head[1:],
        "```mermaid\nstateDiagram-v2\n" + "\n".join(lines) + "\n```",
        "## What it does about each event",
        "Every event has an answer in every state; a dash is a note in the trace and nothing else.",
        table(("event", *(state.value for state in states)), rows),
    ]
    return "\n\n".join(parts) + "\n"


def modem_states() -> str:
    head = [
        "# The states of a modem",
        "An arrow is a way the modem may take, with what takes it there; `clock` is a time that has come "
        "(S7, S25, S30, the guard time, 8 s without ring). A command glued to the escape may take it on at once. A test holds the modem to the picture.",
    ]
    return _states_page(head, State, MOVES, HANDLERS, _WHY)


def real_modem_states() -> str:
    head = [
        "# The states of our talk with a real modem",
        "An arrow is a way the dialogue may take, with the word of the modem or the event that takes it there; `clock` is a time that has come. `setting up`, "
        "`hanging up`, `unsticking` and `resting` run by themselves and end within a bound. A test with modems of every temper holds the dialogue to the picture. "
        "How it is used: [real-modems.md](real-modems.md).",
    ]
    recipes = [
        (
            f"`{each.name}`",
            each.meaning,
            f"`AT{each.factory}`" if each.factory else "",
            " ".join(f"`{''.join(parts)}`" for parts in each.settings),
            " ".join(f"`{flow}`: {' or '.join(f'`{command}`' for command in each.flow[flow])};" for flow in each.flow),
            " or ".join(f"`{command}`" for command in each.caller_id),
        )
        for each in dte.RECIPES
    ]
    why = {"on_came": "port open", "on_gone": "port gone", "on_signals": "DCD off", "on_hang_up": "hang up"}
    page = _states_page(head, dte.State, dte.MOVES, dte.HANDLERS, why)
    return (
        page
        + "\n## Recipes\n\nThe first whose marks are in what the modem answers to "
        + ", ".join(f"`AT{query}`" for query in dte.QUERIES)
        + "; the last is everybody's. A line that is refused is given part by part.\n\n"
        + table(("name", "whose", "first", "lines", "flow control", "who calls"), recipes)
        + "\n"
    )


_WHY = {
    "on_command_bytes": "command",
    "on_data": "escape",
    "on_abort": "a key",
    "on_signals": "DTR off",
    "on_connected": "far end answers",
    "on_failed": "no call",
    "on_stray_call": "a call too late",
}


def _does(name: str) -> str:
    return "–" if name == "on_unexpected" else name.removeprefix("on_").replace("_", " ")


def s_registers() -> str:
    rows = [
        (
            f"S{each.number}",
            "read only"
            if each.read_only
            else f"{each.lowest} to {each.highest}" + "".join(f", {value}" for value in each.also),
            str(each.factory),
            each.unit,
            each.meaning,
        )
        for each in REGISTERS
    ]
    parts = [
        "# S-registers",
        NOTICE,
        "`ATSn=v` sets a register, `ATSn?` reads it; `ATSn` alone selects it for `AT=v` and `AT?`. A value out of range and a register not listed are errors.",
        table(("register", "range", "factory", "unit", "meaning"), rows),
        "## Bit maps",
        "These registers are options in another form: what is read is made of the options as they are, and a write sets "
        "the options whose bits it changes (`ATS21=36` is `AT&C1&D0&S0&J0&R1Y0`). A write with bits that no option has is "
        "an error and sets nothing. `E`, `Q` and `V` are only read in S14: some programs write 0 there, and would be "
        "left without results. What the modem tells by itself a write does not change, and other bits are kept.",
        table(("register", "bits", "what"), _bit_map_rows()),
        "Of the personality `usr` S21, S22 and S23 are no bit maps.",
    ]
    return "\n\n".join(parts) + "\n"


def _bit_map_rows() -> list[tuple[str, ...]]:
    rows = []
    for number, bit_map in BIT_MAPS.items():
        for each in bit_map.fields:
            bits = ", ".join(str(bit) for bit in each.bits)
            same = all(value == code for value, code in each.codes.items())
            codes = "" if same else ": " + ", ".join(f"{value} is {code}" for value, code in each.codes.items())
            rows.append((f"S{number}", bits, f"`{each.option}`{codes}" + ("" if each.sets else " (only read)")))
        if number == 14:
            rows.append(("S14", "5", "`P`; 0 is `T`"))
        if bit_map.telling:
            rows.append((f"S{number}", "", f"told by the modem: {bit_map.telling}"))
    return rows


def mail_commands() -> str:
    rows = []
    for command in COMMANDS:
        rest = command.name[len(command.short) :]
        name = f"`{command.short}{f'[{rest}]' if rest else ''}`"
        rows.append((name, command.takes, command.help))
    parts = [
        "# Commands at the mail prompt",
        NOTICE,
        "The part before the bracket is enough. A bare number reads that letter, Return the next one.",
        table(("command", "takes", "what it does"), rows),
    ]
    return "\n\n".join(parts) + "\n"


DOCUMENTS: dict[str, Callable[[], str]] = {
    "docs/config.md": config,
    "docs/at-commands.md": at_commands,
    "docs/s-registers.md": s_registers,
    "docs/result-codes.md": result_codes,
    "docs/modem-states.md": modem_states,
    "docs/real-modem-states.md": real_modem_states,
    "docs/mail-commands.md": mail_commands,
}


def main() -> None:
    if sys.argv[1:] != ["--write"]:
        sys.exit("usage: python -m tests.support.generated_docs --write")
    for path, text in DOCUMENTS.items():
        (ROOT / path).write_text(text(), encoding="utf-8")


if __name__ == "__main__":
    main()
