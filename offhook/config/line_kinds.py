"""The kinds of lines: `[[line]]` is a modem of ours unless its `kind` says otherwise."""

from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Discriminator, Tag

from offhook.config.lines import Line
from offhook.config.outer_lines import Direct, RealModem
from offhook.toml_table import Misfit

MODEM, REAL_MODEM, DIRECT = "modem", "real-modem", "direct"
KINDS: Final = (MODEM, REAL_MODEM, DIRECT)


def _kind_of(table: Any) -> str:
    return str(table.get("kind", MODEM)) if isinstance(table, dict) else getattr(table, "kind", MODEM)


def _known(table: Any) -> Any:
    if _kind_of(table) not in KINDS:
        raise Misfit(("kind",), f"write one of {', '.join(map(repr, KINDS))}")
    return table


AnyLine = Annotated[
    Annotated[Line, Tag(MODEM)] | Annotated[RealModem, Tag(REAL_MODEM)] | Annotated[Direct, Tag(DIRECT)],
    Discriminator(_kind_of),
    BeforeValidator(_known),
]
"""What a `[[line]]` may be; each kind has keys of its own."""
