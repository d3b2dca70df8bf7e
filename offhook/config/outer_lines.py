"""The lines with no modem of ours: real modems, and terminals on a cable."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from offhook.config.values import WHAT_IS_THERE, Name, Number, port_named
from offhook.modem.ports import PortError
from offhook.port_names import check_dte_port
from offhook.toml_table import Misfit, Section


def _dte_port(text: str) -> str:
    try:
        check_dte_port(text)
    except PortError as error:
        raise ValueError(str(error)) from None
    return text


def _hang_up(text: str) -> str:
    if not re.fullmatch(r"|break|\^[A-Z\]\\^_]", text) or text in ("^M", "^J", "^H", "^S", "^Q"):
        raise ValueError('write "break", a control key that is not used otherwise, as in "^]", or nothing')
    return text


def _init(text: str) -> str:
    commands = text.removeprefix("AT").removeprefix("at")
    if not re.fullmatch(r"[!-~ ]{0,60}", commands):
        raise ValueError('write commands of at most 60 printable characters, as in "M0L1"')
    return commands


class RealModem(Section):
    """A real modem on a telephone line: it takes calls, and places those of the phone book to `modem:NAME:NUMBER`."""

    name: Name = Field(description="its name in the trace, in call records and in the phone book")
    kind: Literal["real-modem"] = Field("real-modem", description=WHAT_IS_THERE)
    port: Annotated[str, AfterValidator(_dte_port)] = Field(
        description='where it is: "serial:/dev/ttyUSB0?rate=115200&flow=rtscts", or behind a terminal server '
        '"rfc2217:HOST:PORT?rate=115200&flow=rtscts", or "tcp:HOST:PORT?rate=115200" where that carries bytes only'
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

    @model_validator(mode="after")
    def _knows_whom_to_call_back(self) -> "RealModem":
        if self.dial_back and (self.answer < 2 or self.auto_answer or not self.caller_id):
            remedy = (
                "who calls is told between the first and the second RING: leave answer at 2 or more, caller_id at true"
            )
            raise Misfit(("dial_back",), f"{remedy} and auto_answer at false")
        return self


class Direct(Section):
    """A terminal on a null-modem cable, with no modem."""

    name: Name = Field(description="its name in the trace and in call records")
    kind: Literal["direct"] = Field("direct", description=WHAT_IS_THERE)
    port: Annotated[str, AfterValidator(port_named)] = Field(
        description='where it is: "serial:/dev/ttyS0?rate=9600&flow=xonxoff", "pty:PATH"; with autobaud=RATE,RATE the '
        'rate is found by Return or break; "tcp:HOST:PORT?connect" is behind a terminal server'
    )
    number: Number = Field("100", description="the number it is put through to")
    start: Literal["dcd", "key"] = Field("dcd", description="what begins a call: the terminal's DTR, or any key")
    parity: Literal["auto", "none", "even", "odd", "mark"] = Field(
        "auto", description="of seven-bit terminals; auto finds it by what is typed first"
    )
    hang_up: Annotated[str, AfterValidator(_hang_up)] = Field(
        "", description='what ends a call besides DTR: "break", or a control key such as "^]"'
    )
    mode: int = Field(0o600, ge=0o600, le=0o666, description="permissions of a pty, 0o600 to 0o666")
