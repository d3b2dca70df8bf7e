"""Values that several tables about lines have, each with what would be right if it is wrong."""

import re
from typing import Annotated

from pydantic import AfterValidator

from offhook.modem.ports import PortError
from offhook.port_names import check_port

WHAT_IS_THERE = (
    'what is there: "modem" is one of ours, "real-modem" one of iron that we command, "direct" a terminal on a cable'
)
"""Of `kind`, in every table of a line."""
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,31}")


def _number(text: str) -> str:
    if not re.fullmatch(r"[0-9*#]{1,32}", text):
        raise ValueError('write the digits of a telephone number in quotes, as in "201"')
    return text


def _name(text: str) -> str:
    if not NAME.fullmatch(text):
        raise ValueError('write a short name of letters, digits, "-" and "_", as in "modem0"')
    return text


def port_named(text: str) -> str:
    """A port as people name it, checked."""
    try:
        check_port(text)
    except PortError as error:
        raise ValueError(str(error)) from None
    return text


Number = Annotated[str, AfterValidator(_number)]
Name = Annotated[str, AfterValidator(_name)]
