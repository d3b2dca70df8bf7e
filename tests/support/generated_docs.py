"""Documents whose tables come from the code: `python -m tests.support.generated_docs --write` renews them."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from offhook.config import Config
from offhook.modem.hayes import DEEDS, EXTENDED, HAYES, OPTIONS, REGISTERS, ResultCode
from offhook.terminal.session import COMMANDS

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
        kinds = [kind for kind in (field.annotation, *get_args(field.annotation)) if isinstance(kind, type)]
        model = next(kind for kind in kinds if issubclass(kind, BaseModel))
        several = "tuple" in str(field.annotation)
        found.append((f"[[{name}]]" if several else f"[{name}]", model))
    return found


def config() -> str:
    parts = [
        "# Configuration",
        NOTICE,
        "A host reads one TOML file. Relative paths are taken from the folder the file stands in. `offhook check-config FILE` checks it.",
        "Tables in double brackets may be given several times. A table left out means the service is off, or has its defaults.",
    ]
    for title, model in _sections():
        rows = [
            (f"`{key}`", _default(field.get_default(call_default_factory=True), key), field.description or "")
            for key, field in model.model_fields.items()
        ]
        parts += [f"## `{title}`", (model.__doc__ or "").strip(), table(("key", "default", "meaning"), rows)]
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
    codes = [(str(code.value), code.words) for code in ResultCode]
    rates = [(str(number), f"CONNECT {rate}") for rate, number in HAYES.connect.items() if number != 1]
    parts = [
        "# AT commands",
        NOTICE,
        "A command line is `AT`, commands, and Return; blanks between them do not matter, nor do capitals. `A/` repeats the last line. The line "
        "ends at the first error with `ERROR`; what stood before it has been done. What is not in these tables is an error. See "
        "[modem-tty.md](modem-tty.md) for the tty and [s-registers.md](s-registers.md) for the S-registers.",
        "## Commands that do something",
        table(("command", "numbers", "what it does"), deeds),
        "In a dial string, digits are dialled; `,` waits S8 seconds; `T P W @ ! $ ^ R` and blanks, dashes, dots and parentheses are accepted and change "
        "nothing; `;` at the end stays in command state, off-hook, and the next `D` goes on with the number. `DL` dials the last number again, `DS=n` a stored one.",
        "The escape sequence is `+++` with a second of silence before and after it (S2, S12). It reaches the far end too, as on a real modem.",
        "## Options",
        "Those from `B` on are kept, shown by `&V` and answered `OK`, since programs set them, and change nothing.",
        table(("option", "numbers", "factory", "meaning"), options),
        "## Extended commands",
        "`NAME=value` sets, `NAME?` reads, `NAME=?` tells what can be set.",
        table(("command", "values", "factory", "meaning"), extended),
        "## Result codes",
        "`V1` sends words, `V0` digits. `X0` tells no rate; `BUSY` needs X3 or X4, `NO DIALTONE` X2 or X4; where a code is not told, `NO CARRIER` comes instead.",
        table(("digits", "words"), [*codes, *rates]),
    ]
    return "\n\n".join(parts) + "\n"


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
    ]
    return "\n\n".join(parts) + "\n"


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
    "docs/mail-commands.md": mail_commands,
}


def main() -> None:
    if sys.argv[1:] != ["--write"]:
        sys.exit("usage: python -m tests.support.generated_docs --write")
    for path, text in DOCUMENTS.items():
        (ROOT / path).write_text(text(), encoding="utf-8")


if __name__ == "__main__":
    main()
