"""The whole file, and how it is read."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from pydantic import Field, model_validator

from offhook.config.exchange import Destination, Exchange, Group, Program, Quality
from offhook.config.line_kinds import AnyLine
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
    line: tuple[AnyLine, ...] = Field((), strict=False)
    group: tuple[Group, ...] = Field((), strict=False)
    real_modem: tuple[RealModem, ...] = Field((), strict=False)
    direct: tuple[Direct, ...] = Field((), strict=False)
    number: tuple[Destination, ...] = Field((Destination(number="100", to=MAIL),), strict=False)

    program: tuple[Program, ...] = Field((), strict=False)
    quality: tuple[Quality, ...] = Field((), strict=False)

    @model_validator(mode="after")
    def _fit_together(self) -> "Config":
        numbers = _numbers_are_their_own(self)
        for table in ("group", "program", "quality"):
            _each_once(table, "name", getattr(self, table))
        _lines_fit(self, numbers)
        _references_lead_somewhere(self)
        _wires_have_two_ends(self)
        if self.telnet is not None and self.telnet.number not in numbers:
            number = self.telnet.number
            raise Misfit(("telnet", "number"), f'"{number}" leads nowhere: add a [[number]] or a [[line]] that has it')
        return self

    def lines(self) -> Iterator[tuple[tuple[str | int, ...], Line | RealModem | Direct]]:
        """Every line, however it is written, and where it stands in the file."""
        for index, line in enumerate(self.line):
            yield ("line", index), line
        for index, modem in enumerate(self.real_modem):
            yield ("real_modem", index), modem
        for index, direct in enumerate(self.direct):
            yield ("direct", index), direct

    @property
    def modem_lines(self) -> tuple[Line, ...]:
        """Those with a modem of ours."""
        return tuple(line for _, line in self.lines() if isinstance(line, Line))

    @property
    def real_modems(self) -> tuple[RealModem, ...]:
        """Those with a modem of iron."""
        return tuple(line for _, line in self.lines() if isinstance(line, RealModem))

    @property
    def direct_cables(self) -> tuple[Direct, ...]:
        """Those with a terminal on a cable."""
        return tuple(line for _, line in self.lines() if isinstance(line, Direct))


def _numbers_are_their_own(config: Config) -> list[str]:
    numbers = [entry.number for _, entry in _rung(config)]
    for path, entry in _rung(config):
        if numbers.count(entry.number) > 1:
            raise Misfit((*path, "number"), f'number "{entry.number}" is given twice: each needs its own')
    return numbers


def _rung(config: Config) -> Iterator[tuple[tuple[str | int, ...], Destination | Line | Group]]:
    for index, entry in enumerate(config.number):
        yield ("number", index), entry
    for path, line in config.lines():
        if isinstance(line, Line):
            yield path, line
    for index, group in enumerate(config.group):
        yield ("group", index), group


def _each_once(table: str, key: str, entries: Sequence[Section]) -> None:
    values = [getattr(entry, key) for entry in entries]
    for index, value in enumerate(values):
        if value in values[:index]:
            raise Misfit((table, index, key), f'"{value}" is given to two {table}s: each needs its own')


def _references_lead_somewhere(config: Config) -> None:
    known = {table: {entry.name for entry in getattr(config, table)} for table in ("group", "quality")}
    known["line"] = {line.name for line in config.modem_lines}
    known["modem"] = {modem.name for modem in config.real_modems}
    known["exec"] = {entry.name for entry in config.program}
    kinds = {line.name: line.kind for _, line in config.lines()}

    def check(kind: str, name: str, path: tuple[str | int, ...]) -> None:
        if name in known[kind]:
            return
        if kind in ("line", "modem") and name in kinds:
            wanted = "modem" if kind == "line" else "real-modem"
            raise Misfit(path, f'"{name}" is a line of the kind "{kinds[name]}", and has to be "{wanted}" here')
        table = {"exec": "program", "modem": "line"}.get(kind, kind)
        of_kind = ' with kind = "real-modem" and' if kind == "modem" else " with"
        raise Misfit(path, f'there is no [[{table}]]{of_kind} the name "{name}"')

    for index, entry in enumerate(config.number):
        kind, _, name = entry.to.partition(":")
        if kind in ("line", "group", "exec", "modem"):
            check(kind, name.partition(":")[0], ("number", index, "to"))
    for index, group in enumerate(config.group):
        for name in group.lines:
            check("line", name, ("group", index, "lines"))
    for path, rung in _rung(config):
        if rung.quality:
            check("quality", rung.quality, (*path, "quality"))


def _wires_have_two_ends(config: Config) -> None:
    names = [line.name for line in config.modem_lines]
    wired: dict[str, str] = {}
    for path, line in config.lines():
        if not isinstance(line, Line) or not line.leased_to:
            continue
        other, key = line.leased_to, (*path, line.kind, "leased_to")
        if other not in names or other == line.name:
            raise Misfit(key, f'there is no other [[line]] with a modem of ours and the name "{other}"')
        if wired.get(line.name, other) != other or wired.get(other, line.name) != line.name:
            raise Misfit(key, "a line has one wire: one of these has a wire to another line")
        wired |= {line.name: other, other: line.name}


def _lines_fit(config: Config, numbers: list[str]) -> None:
    names: list[str] = []
    placed = [((*path, line.kind) if path[0] == "line" else path, line) for path, line in config.lines()]
    for path, line in placed:
        if line.name in names:
            raise Misfit((*path, "name"), f'"{line.name}" is given to two lines: each needs its own')
        names.append(line.name)
        if line.number not in numbers:
            remedy = f'"{line.number}" leads nowhere: add a [[number]] or a [[line]] that has it'
            raise Misfit((*path, "number"), remedy)
    for kinds in ((Line, Direct), (RealModem,)):  # a host may be the DTE of a modem of its own
        ports: list[str] = []
        for path, line in placed:
            if isinstance(line, kinds):
                if line.port in ports:
                    raise Misfit((*path, "port"), f'"{line.port}" is given to two lines: each needs its own')
                ports.append(line.port)


def load(file: Path) -> Config:
    """The configuration in `file`; raises `ConfigError`."""
    return read_table(Config, file)


def parse(text: str, file: Path) -> Config:
    """The configuration in `text`, which came from `file`; raises `ConfigError`."""
    return parse_table(Config, text, file)
