"""The tables about letters: accounts, maildrops, and the ways in and out."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from offhook.config.values import Domain
from offhook.mailbox.delivery import target_fault
from offhook.toml_table import Section


def _maildrop_pattern(text: str) -> str:
    if text.count("{user}") != 1 or "{" in text.replace("{user}", "") or "\0" in text:
        raise ValueError('write a folder with {user} in it once, as in "mail/{user}"')
    return text


def _targets(value: object) -> tuple[str, ...]:
    targets = (value,) if isinstance(value, str) else tuple(value) if isinstance(value, list | tuple) else ()
    if not targets or not all(isinstance(each, str) for each in targets):
        raise ValueError('write a name or address in quotes, or a list of them, as in ["alice", "bob@example.org"]')
    for each in targets:
        if fault := target_fault(each):
            raise ValueError(fault)
    return targets


Targets = Annotated[tuple[str, ...], BeforeValidator(_targets)]


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
    aliases: Mapping[str, Targets] = Field(
        default_factory=dict, description="other names, each with the name, address or list it leads to"
    )
    aliases_file: str = Field("", description="more of them, in the form of /etc/aliases; read again when it changes")
    separator: str = Field("+", pattern=r"^[-+=_.]?$", description="between a name and its detail; empty for none")
    forward_sender: Literal["keep", "own"] = Field(
        "keep", description="the envelope sender of letters that go on elsewhere: as it came, or the address here"
    )
    largest_letter: int = Field(
        25_000_000, ge=65_536, le=1_000_000_000, description="bytes; larger letters are refused"
    )


class Forward(Section):
    """An account whose letters go on to other addresses."""

    account: str = Field(min_length=1, description="whose")
    to: Targets = Field(max_length=100, description="names here, or addresses")
    keep: bool = Field(False, description="keep a copy")


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
