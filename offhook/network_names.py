"""Host names, addresses and modes of sockets as people write them in a configuration, each with what would be right."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from offhook.toml_table import Section

DOMAIN = re.compile(
    r"(?=.{1,253}$)[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*"
)


def _address(text: str) -> str:
    host, colon, port = text.rpartition(":")
    if not (colon and host and port.isascii() and port.isdigit() and int(port) <= 65535):
        raise ValueError('write HOST:PORT, as in "127.0.0.1:2323" (port 0 picks a free one)')
    return text


def _domain(text: str) -> str:
    if not DOMAIN.fullmatch(text):
        raise ValueError('write a host name, as in "mail.example.org"')
    return text.lower()


def _mode(value: int) -> int:
    if not 0o600 <= value <= 0o666:
        raise ValueError("write permissions in octal, from 0o600 to 0o666")
    return value


Address = Annotated[str, AfterValidator(_address)]
Domain = Annotated[str, AfterValidator(_domain)]
Mode = Annotated[int, AfterValidator(_mode)]


class Listener(Section):
    """A TCP address to listen on."""

    listen: Address = Field(description="HOST:PORT; port 0 picks a free one")
