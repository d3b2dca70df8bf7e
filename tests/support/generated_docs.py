"""Documents whose tables come from the code: `python -m tests.support.generated_docs --write` renews them."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from offhook.config import Config

ROOT = Path(__file__).parent.parent.parent
NOTICE = "<!-- Written by `make fix` from the code; a test compares the two. -->"


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    cells = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in cells)


def _default(value: Any) -> str:
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
            (f"`{key}`", _default(field.get_default(call_default_factory=True)), field.description or "")
            for key, field in model.model_fields.items()
        ]
        parts += [f"## `{title}`", (model.__doc__ or "").strip(), table(("key", "default", "meaning"), rows)]
    return "\n\n".join(parts) + "\n"


DOCUMENTS: dict[str, Callable[[], str]] = {"docs/config.md": config}


def main() -> None:
    if sys.argv[1:] != ["--write"]:
        sys.exit("usage: python -m tests.support.generated_docs --write")
    for path, text in DOCUMENTS.items():
        (ROOT / path).write_text(text(), encoding="utf-8")


if __name__ == "__main__":
    main()
