"""The tables about lines with no modem of ours: real modems, and terminals on a cable."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from offhook.config.values import Name, Number
from offhook.modem.ports import PortError
from offhook.port_names import check_dte_port
from offhook.toml_table import Section


def _dte_port(text: str) -> str:
    try:
        check_dte_port(text)
    except PortError as error:
        raise ValueError(str(error)) from None
    return text


def _init(text: str) -> str:
    commands = text.removeprefix("AT").removeprefix("at")
    if not re.fullmatch(r"[!-~ ]{0,60}", commands):
        raise ValueError('write commands of at most 60 printable characters, as in "M0L1"')
    return commands


class RealModem(Section):
    """A real modem on a telephone line: it takes calls, and places those of the phone book to `modem:NAME:NUMBER`."""

    name: Name = Field(description="its name in the trace, in call records and in the phone book")
    port: Annotated[str, AfterValidator(_dte_port)] = Field(
        description='where it is: "serial:/dev/ttyUSB0?rate=115200&flow=rtscts"'
    )
    number: Number = Field("100", description="the number that its callers are put through to")
    recipe: Literal["auto", "usr", "rockwell", "lucent", "multitech", "zyxel", "elsa", "hayes", "generic"] = Field(
        "auto", description="how it is set up; auto asks it who made it"
    )
    init: Annotated[str, AfterValidator(_init)] = Field("", description="commands given after the recipe, without AT")
    answer: int = Field(2, ge=1, le=20, description="the RING at which a call is answered; who calls is told before 2")
    auto_answer: bool = Field(False, description="the modem answers by itself (S0) in place of our ATA")
    caller_id: bool = Field(True, description="ask the modem to tell who calls")
    dial: Literal["DT", "DP", "D"] = Field("DT", description="tones, pulses, or as the modem has it")
    dial_back: tuple[Number, ...] = Field(
        (), strict=False, description="callers who are not answered but called back when they have stopped ringing"
    )
    renew_minutes: int = Field(60, ge=1, le=10_080, description="without a call for so long, it is set up anew")
