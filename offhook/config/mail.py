"""The tables about letters: accounts, maildrops, and the ways in and out."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from offhook.config.values import Domain
from offhook.toml_table import Section


def _maildrop_pattern(text: str) -> str:
    if text.count("{user}") != 1 or "{" in text.replace("{user}", "") or "\0" in text:
        raise ValueError('write a folder with {user} in it once, as in "mail/{user}"')
    return text


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
