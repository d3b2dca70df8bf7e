"""Values that several tables of the configuration have, each with what would be right if it is wrong."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from offhook.modem.ports import PortError
from offhook.port_names import check_port
from offhook.toml_table import Section

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


def _mode(value: int) -> int:
    if not 0o600 <= value <= 0o666:
        raise ValueError("write permissions in octal, from 0o600 to 0o666")
    return value


def port_named(text: str) -> str:
    """A port as people name it, checked."""
    try:
        check_port(text)
    except PortError as error:
        raise ValueError(str(error)) from None
    return text


Address = Annotated[str, AfterValidator(_address)]
Number = Annotated[str, AfterValidator(_number)]
Name = Annotated[str, AfterValidator(_name)]
Domain = Annotated[str, AfterValidator(_domain)]
Mode = Annotated[int, AfterValidator(_mode)]


class Listener(Section):
    """A TCP address to listen on."""

    listen: Address = Field(description="HOST:PORT; port 0 picks a free one")
