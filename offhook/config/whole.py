"""The whole file, and how it is read."""

from pathlib import Path
from typing import Final

from pydantic import Field, model_validator

from offhook.config.lines import Destination, Line, Modem, Outside, Telnet
from offhook.config.mail import Accounts, Forward, Lmtp, Mail, Smarthost
from offhook.config.values import Domain, Listener
from offhook.toml_table import Misfit, Section, parse_table, read_table

MAIL: Final = "mail"
"""The service behind a number that logs callers in to their mail."""


class Host(Section):
    """What the host calls itself."""

    name: Domain = Field("localhost", description="host name, in the greeting and in new Message-IDs")
    greeting: str = Field("", max_length=200, description="a line shown before `login: `; empty for none")
    idle_minutes: int = Field(15, ge=1, le=1440, description="a caller silent for so long is hung up on")


class Config(Section):
    """The whole file."""

    host: Host = Host()
    accounts: Accounts = Accounts()
    mail: Mail = Mail()
    forward: tuple[Forward, ...] = Field((), strict=False)
    telnet: Telnet | None = None
    smtp: Listener | None = None
    lmtp: Lmtp | None = None
    smarthost: Smarthost | None = None
    modem: Modem = Modem()
    outside: Outside | None = None
    line: tuple[Line, ...] = Field((), strict=False)
    number: tuple[Destination, ...] = Field((Destination(number="100", to=MAIL),), strict=False)

    @model_validator(mode="after")
    def _fit_together(self) -> "Config":
        places: list[tuple[str, int, str]] = [
            ("number", index, entry.number) for index, entry in enumerate(self.number)
        ]
        places += [("line", index, entry.number) for index, entry in enumerate(self.line)]
        numbers = [number for _, _, number in places]
        for table, index, number in places:
            if numbers.count(number) > 1:
                raise Misfit((table, index, "number"), f'number "{number}" is given twice: each needs its own')
        for key in ("name", "port"):
            values = [getattr(line, key) for line in self.line]
            for index, value in enumerate(values):
                if value in values[:index]:
                    raise Misfit(("line", index, key), f'"{value}" is given to two lines: each needs its own')
        accounts = [entry.account.lower() for entry in self.forward]
        for index, name in enumerate(accounts):
            if name in accounts[:index]:
                raise Misfit(("forward", index, "account"), f'"{name}" forwards twice: write one table for it')
        if self.telnet is not None and self.telnet.number not in numbers:
            number = self.telnet.number
            raise Misfit(("telnet", "number"), f'"{number}" leads nowhere: add a [[number]] or a [[line]] that has it')
        return self


def load(file: Path) -> Config:
    """The configuration in `file`; raises `ConfigError`."""
    return read_table(Config, file)


def parse(text: str, file: Path) -> Config:
    """The configuration in `text`, which came from `file`; raises `ConfigError`."""
    return parse_table(Config, text, file)
