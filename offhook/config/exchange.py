"""The tables about the exchange: what leads where, who rings whom how, and how good the lines are."""

import re
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from offhook.config.values import NAME, Name, Number
from offhook.toml_table import Section
from offhook.virtual_lines.exchange import CADENCES, LONGEST_RING
from offhook.virtual_lines.phone_book import parse_route

DIALLED_TO = 'write "mail", "line:NAME", "group:NAME", "exec:NAME", "telnet:HOST:PORT", "raw:HOST:PORT", '
DIALLED_TO += '"tls:HOST:PORT", "modem:NAME:NUMBER" or "not in service"'
NOT_IN_SERVICE = "not in service"
LOWEST_RATE, HIGHEST_RATE = 50, 115_200


def _prefix(text: str) -> str:
    if not re.fullmatch(r"[0-9*#]{1,8}|", text):
        raise ValueError('write the digits to dial first in quotes, as in "*67", or "" for none')
    return text


def _to(text: str) -> str:
    kind, colon, rest = text.partition(":")
    if text in ("mail", NOT_IN_SERVICE):
        return text
    if not colon:
        raise ValueError(DIALLED_TO)
    if kind in ("line", "group", "exec"):
        if not NAME.fullmatch(rest):
            raise ValueError(f'behind "{kind}:" write a name, as in "{kind}:a"')
        return text
    try:
        parse_route(text)
    except ValueError as why:
        raise ValueError(f"{DIALLED_TO} ({why})") from None
    return text


def _cadence(text: str) -> str:
    if text and text not in CADENCES:
        raise ValueError(f"write one of {', '.join(CADENCES)}")
    return text


def _rates(value: int | str) -> int | str:
    text = str(value)
    rates = text.split("/")
    if len(rates) > 2 or not all(
        rate.isascii() and rate.isdigit() and LOWEST_RATE <= int(rate) <= HIGHEST_RATE for rate in rates
    ):
        raise ValueError(f'write bit/s from {LOWEST_RATE} to {HIGHEST_RATE}, as in 2400, or both ways, as in "1200/75"')
    return value


Prefix = Annotated[str, AfterValidator(_prefix)]
Cadence = Annotated[str, AfterValidator(_cadence)]
Rates = Annotated[int | str, AfterValidator(_rates)]


class Exchange(Section):
    """What holds for all numbers of the exchange."""

    cadence: Cadence = Field("north america", description=f"how lines ring: {', '.join(CADENCES)}")
    ring_seconds: float = Field(
        LONGEST_RING, ge=1, le=3600, description="a call that nobody answers for so long is given up"
    )
    withhold: Prefix = Field("*67", description="dialled first, it withholds the caller's number and name")
    show: Prefix = Field("*82", description="dialled first, it shows them on a line that withholds them")
    own_prefixes: tuple[Prefix, ...] = Field(
        (), strict=False, max_length=16, description="may be dialled before any number of ours, as an area code"
    )
    outside_prefixes: tuple[Prefix, ...] = Field(
        (), strict=False, max_length=16, description="behind one of these comes a number or name outside"
    )


class Rung(Section):
    """What a number may have of its own."""

    cadence: Cadence = Field("", description="how it rings; as all others if empty")
    ring_seconds: float | None = Field(None, ge=1, le=3600, description="as in `[exchange]`, for this number")
    quality: str = Field("", description="the name of a `[[quality]]`")


class Destination(Rung):
    """A number that reaches something other than a line."""

    number: Number = Field(description="the digits to dial")
    to: Annotated[str, AfterValidator(_to)] = Field(
        description='what answers: "mail" is login and mail; "line:NAME", "group:NAME" and "exec:NAME" are of this '
        'file; "telnet:", "raw:" and "tls:HOST:PORT" are hosts; '
        '"modem:NAME:NUMBER" is dialled by a real modem; "not in service" is nobody'
    )


class Group(Rung):
    """Several lines behind one number: a call rings one that is free."""

    name: Name = Field(description="its name in `to` and in call records")
    number: Number = Field(description="the number that rings it")
    lines: tuple[Name, ...] = Field(min_length=1, max_length=1000, strict=False, description="names of lines")
    order: Literal["linear", "circular", "least recently used"] = Field(
        "linear", description="which free line is rung: the first, the next, or the one rung longest ago"
    )


class Quality(Section):
    """How good a line or the way to a number is; what has none runs at full speed, with no fault."""

    name: Name = Field(description="its name in `quality`")
    rate: Rates | None = Field(
        None, description='bit/s, 50 to 115200; "1200/75" is 1200 towards the caller and 75 from it; none takes no time'
    )
    noise: float = Field(0, ge=0, le=1, description="part of the bits that are wrong, as 1e-5")
    drop: float = Field(0, ge=0, le=1, description="part of the characters lost one by one")
    dropouts: float = Field(0, ge=0, le=600, description="stretches a minute in which all is lost")
    dropout_ms: float = Field(100, ge=1, le=10_000, description="how long each is")
    retrains: float = Field(
        0, ge=0, le=60, description="pauses a minute in which the modems train anew; nothing is lost"
    )
    retrain_seconds: float = Field(3, ge=0.1, le=60, description="how long each is")
    latency_ms: float = Field(0, ge=0, le=10_000, description="time on the way")
    seed: int = Field(0, description="the same makes the same faults")


class Program(Section):
    """A program that takes calls, on a pty of its own, with no shell: a door of a BBS, a game, a login."""

    name: Name = Field(description='its name: `to = "exec:NAME"`')
    command: tuple[str, ...] = Field(
        min_length=1, max_length=100, strict=False, description="the program's path from / on, and its arguments"
    )
    user: str = Field("", max_length=64, description="who it runs as; who runs the host if empty, but not root")
    as_root: bool = Field(False, description='it may run as root; only with `user = "root"`')
    directory: str = Field("", description="where it starts; the user's home if empty")
    environment: Mapping[str, str] = Field(default_factory=dict, description="what it has in its environment besides")
    limit: int = Field(10, ge=1, le=1000, description="most at a time; the next caller finds it busy")
    idle_minutes: int = Field(15, ge=0, le=1440, description="with no byte for so long its call ends; 0: never")
    terminal: str = Field("vt100", pattern=r"^[!-~]{1,40}$", description="TERM where the caller's is not known")

    @model_validator(mode="after")
    def _sensible(self) -> "Program":
        if not self.command[0].startswith("/") or any("\0" in word for word in self.command):
            raise ValueError('command: write the whole path of the program, as in ["/usr/games/adventure"]')
        for name, value in self.environment.items():
            if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,63}", name) or "\0" in value:
                raise ValueError(f"environment: {name!r} is no name for a variable")
        return self
