"""The host's configuration: TOML in, frozen values out, and every default in this one place.

A wrong file raises `ConfigError`, whose `problems` each name the file, the line, the key and
what would be right. Relative paths are taken from the folder the file stands in.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, model_validator

from offhook.modem.ports import PortError
from offhook.port_names import check_port
from offhook.toml_table import ConfigError, Misfit, Problem, Section, parse_table, read_table

__all__ = ["Config", "ConfigError", "Problem", "load", "parse"]

MAIL: Final = "mail"
"""The service behind a number that logs callers in to their mail."""

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,31}")
DOMAIN = re.compile(
    r"(?=.{1,253}$)[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*"
)


def _address(text: str) -> str:
    host, colon, port = text.rpartition(":")
    if not (colon and host and port.isascii() and port.isdigit() and int(port) <= 65535):
        raise ValueError('write HOST:PORT, as in "127.0.0.1:2323" (port 0 picks a free one)')
    return text


def _number(text: str) -> str:
    if not re.fullmatch(r"[0-9*#]{1,32}", text):
        raise ValueError('write the digits of a telephone number in quotes, as in "201"')
    return text


def _name(text: str) -> str:
    if not NAME.fullmatch(text):
        raise ValueError('write a short name of letters, digits, "-" and "_", as in "modem0"')
    return text


def _domain(text: str) -> str:
    if not DOMAIN.fullmatch(text):
        raise ValueError('write a host name, as in "mail.example.org"')
    return text.lower()


def _port(text: str) -> str:
    try:
        check_port(text)
    except PortError as error:
        raise ValueError(str(error)) from None
    return text


def _mode(value: int) -> int:
    if not 0o600 <= value <= 0o666:
        raise ValueError("write permissions in octal, from 0o600 to 0o666")
    return value


def _maildrop_pattern(text: str) -> str:
    if text.count("{user}") != 1 or "{" in text.replace("{user}", "") or "\0" in text:
        raise ValueError('write a folder with {user} in it once, as in "mail/{user}"')
    return text


Address = Annotated[str, AfterValidator(_address)]
Number = Annotated[str, AfterValidator(_number)]
Name = Annotated[str, AfterValidator(_name)]
Domain = Annotated[str, AfterValidator(_domain)]


class Host(Section):
    """What the host calls itself."""

    name: Domain = Field("localhost", description="host name, in the greeting and in new Message-IDs")
    greeting: str = Field("", max_length=200, description="a line shown before `login: `; empty for none")
    idle_minutes: int = Field(15, ge=1, le=1440, description="a caller silent for so long is hung up on")


class Accounts(Section):
    """Where the accounts are kept."""

    file: str = Field("accounts", min_length=1, description="passwd-style file, made by `offhook account add`")


class Mail(Section):
    """Where letters are kept and for which domains they are taken."""

    domains: tuple[Domain, ...] = Field(
        ("localhost",),
        min_length=1,
        strict=False,
        description="mail domains of this host; the first is used in new addresses",
    )
    maildrops: Annotated[str, AfterValidator(_maildrop_pattern)] = Field(
        "mail/{user}", description="the Maildir of each account"
    )
    spool: str = Field("spool", min_length=1, description="folder of letters waiting to leave")
    aliases: Mapping[str, str] = Field(default_factory=dict, description="other names that lead to an account")
    largest_letter: int = Field(
        25_000_000, ge=65_536, le=1_000_000_000, description="bytes; larger letters are refused"
    )


class Listener(Section):
    """A TCP address to listen on."""

    listen: Address = Field(description="HOST:PORT; port 0 picks a free one")


class Telnet(Listener):
    """Callers by Telnet."""

    number: Number = Field("100", description="the number their calls are put through to")
    calls: int = Field(50, ge=1, le=10_000, description="most calls at a time")
    calls_a_minute: int = Field(0, ge=0, le=10_000, description="most calls from one address in a minute; 0: any")
    hold_down: float = Field(0, ge=0, le=86_400, description="seconds an address waits after a call")
    key: bool = Field(False, description="callers must press Return before they are put through")


class Lmtp(Section):
    """Letters from a mail server on this machine, by LMTP."""

    socket: str = Field("lmtp.sock", min_length=1, description="path of the Unix socket")


class Smarthost(Section):
    """The mail server that takes letters for other hosts."""

    host: Domain = Field(description="its name")
    port: int = Field(587, ge=1, le=65535, description="587 for STARTTLS, 465 for TLS")
    security: Literal["starttls", "tls", "none"] = Field("starttls", description="how the connection is protected")
    user: str = Field("", max_length=200, description="name to authenticate with; empty for none")
    password_file: str = Field("", description="file with the password in its first line")

    @model_validator(mode="after")
    def _credentials(self) -> "Smarthost":
        if bool(self.user) != bool(self.password_file):
            raise ValueError("user and password_file belong together: set both or neither")
        return self


class Modem(Section):
    """The modems of all lines."""

    personality: Literal["hayes", "rockwell", "usr", "v250"] = Field(
        "hayes", description="whose result codes they have"
    )
    lenient: bool = Field(False, description="pass unknown commands over with OK")
    realistic: bool = Field(False, description="dialling and training take the time they take on a real line")
    escape: Literal["hayes", "withheld", "ties"] = Field("hayes", description="the way back to commands in a call")
    memory: str = Field("modems", min_length=1, description="folder for what they store (AT&W, AT&Z)")


class Outside(Section):
    """Calls from the lines to hosts elsewhere."""

    allow: Literal["yes", "list", "no"] = Field("list", description="any host, those of the phone book, or none")
    phone_book: str = Field("", description="TOML file of numbers and names; see docs/phone-book.md")
    terminal: str = Field("ansi", pattern=r"^[!-~]{1,40}$", description="terminal type told to Telnet hosts")


class Line(Section):
    """A subscriber's line: a modem on a port."""

    name: Name = Field(description="its name in the trace and in call records")
    port: Annotated[str, AfterValidator(_port)] = Field(
        description='where the modem appears: "pty:PATH", "serial:PATH?rate=9600", "tcp:HOST:PORT", "rfc2217:HOST:PORT"'
    )
    number: Number = Field(description="the number that rings it")
    mode: Annotated[int, AfterValidator(_mode)] = Field(0o600, description="permissions of a pty, 0o600 to 0o666")


class Destination(Section):
    """A number that reaches something other than a line."""

    number: Number = Field(description="the digits to dial")
    to: Literal["mail"] = Field(description='what answers: "mail" is login and mail')


class Config(Section):
    """The whole file."""

    host: Host = Host()
    accounts: Accounts = Accounts()
    mail: Mail = Mail()
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
