"""The whole file, and how it is read."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from pydantic import Field, model_validator

from offhook.config.exchange import Destination, Exchange, Group, Program, Quality
from offhook.config.lines import Line, Modem, Outside, Telnet
from offhook.config.operations import Calls, Control, Metrics
from offhook.config.outer_lines import Direct, RealModem
from offhook.mail_tables import MailTables
from offhook.toml_table import Misfit, Section, parse_table, read_table

MAIL: Final = "mail"
"""The service behind a number that logs callers in to their mail."""


class Config(MailTables):
    """The whole file."""

    telnet: Telnet | None = None
    modem: Modem = Modem()
    outside: Outside | None = None
    calls: Calls = Calls()
    control: Control | None = None
    metrics: Metrics | None = None
    exchange: Exchange = Exchange()
    line: tuple[Line, ...] = Field((), strict=False)
    group: tuple[Group, ...] = Field((), strict=False)
    real_modem: tuple[RealModem, ...] = Field((), strict=False)
    direct: tuple[Direct, ...] = Field((), strict=False)
    number: tuple[Destination, ...] = Field((Destination(number="100", to=MAIL),), strict=False)

    program: tuple[Program, ...] = Field((), strict=False)
    quality: tuple[Quality, ...] = Field((), strict=False)

    @model_validator(mode="after")
    def _fit_together(self) -> "Config":
        numbers = _numbers_are_their_own(self)
        for table in ("line", "group", "program", "quality"):
            _each_once(table, "name", getattr(self, table))
        _each_once("line", "port", self.line)
        _outer_lines_fit(self, numbers)
        _references_lead_somewhere(self)
        if self.telnet is not None and self.telnet.number not in numbers:
            number = self.telnet.number
            raise Misfit(("telnet", "number"), f'"{number}" leads nowhere: add a [[number]] or a [[line]] that has it')
        return self


def _numbers_are_their_own(config: Config) -> list[str]:
    places = [
        (table, index, entry.number)
        for table in ("number", "line", "group")
        for index, entry in enumerate(getattr(config, table))
    ]
    numbers = [number for _, _, number in places]
    for table, index, number in places:
        if numbers.count(number) > 1:
            raise Misfit((table, index, "number"), f'number "{number}" is given twice: each needs its own')
    return numbers


def _each_once(table: str, key: str, entries: Sequence[Section]) -> None:
    values = [getattr(entry, key) for entry in entries]
    for index, value in enumerate(values):
        if value in values[:index]:
            raise Misfit((table, index, key), f'"{value}" is given to two {table}s: each needs its own')


def _references_lead_somewhere(config: Config) -> None:
    known = {table: {entry.name for entry in getattr(config, table)} for table in ("line", "group", "quality")}
    known["modem"] = {modem.name for modem in config.real_modem}
    known["exec"] = {entry.name for entry in config.program}

    def check(kind: str, name: str, path: tuple[str | int, ...]) -> None:
        if name not in known[kind]:
            table = {"exec": "program", "modem": "real_modem"}.get(kind, kind)
            raise Misfit(path, f'there is no [[{table}]] with the name "{name}"')

    for index, entry in enumerate(config.number):
        kind, _, name = entry.to.partition(":")
        if kind in ("line", "group", "exec", "modem"):
            check(kind, name.partition(":")[0], ("number", index, "to"))
    for index, group in enumerate(config.group):
        for name in group.lines:
            check("line", name, ("group", index, "lines"))
    for table in ("number", "line", "group"):
        for index, rung in enumerate(getattr(config, table)):
            if rung.quality:
                check("quality", rung.quality, (table, index, "quality"))


def _outer_lines_fit(config: Config, numbers: list[str]) -> None:
    names = [line.name for line in config.line]
    outer: list[tuple[str, int, RealModem | Direct]] = [
        *(("real_modem", index, modem) for index, modem in enumerate(config.real_modem)),
        *(("direct", index, direct) for index, direct in enumerate(config.direct)),
    ]
    for table, index, each in outer:
        if each.name in names:
            raise Misfit((table, index, "name"), f'"{each.name}" is given to two lines: each needs its own')
        names.append(each.name)
        if each.number not in numbers:
            remedy = f'"{each.number}" leads nowhere: add a [[number]] or a [[line]] that has it'
            raise Misfit((table, index, "number"), remedy)


def load(file: Path) -> Config:
    """The configuration in `file`; raises `ConfigError`."""
    return read_table(Config, file)


def parse(text: str, file: Path) -> Config:
    """The configuration in `text`, which came from `file`; raises `ConfigError`."""
    return parse_table(Config, text, file)
