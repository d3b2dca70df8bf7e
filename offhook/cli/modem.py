"""`offhook modem`: modems on ports, with nothing to configure and no mail behind them."""

import asyncio
import os
import signal
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click

from offhook import event_loop
from offhook.cli.line_options import line_options, line_options_of
from offhook.cli.operations_options import operations_of, operations_options
from offhook.modem.hayes import PERSONALITIES, EscapeStyle, HayesModem, Settings
from offhook.modem_pool import Listening, ModemPool, PoolOptions
from offhook.port_names import split_address
from offhook.virtual_lines.charsets import CHARSETS
from offhook.virtual_lines.phone_book import DialOut
from offhook.virtual_lines.trunks import CallerTexts, Gate, GuardSettings, ListenProtocol

PROTOCOLS = tuple(each.value for each in ListenProtocol)


@click.command(
    epilog="Numbers: the lines are 1, 2, and so on, and 0 is any that is free. ATDThost:port calls a host, by "
    "telnet:, raw:, tls: or as it turns out."
)
@click.argument("ports", metavar="PORT...", nargs=-1, required=True)
@click.option(
    "--listen",
    "listen",
    metavar="[PROTOCOL:]HOST:PORT",
    multiple=True,
    help=f"Take calls from the network; PROTOCOL is one of {', '.join(PROTOCOLS)} (telnet). May be given again.",
)
@click.option("--phonebook", type=click.Path(path_type=Path, dir_okay=False), help="Numbers and names, a TOML file.")
@click.option(
    "--dial-out",
    type=click.Choice([each.value for each in DialOut]),
    default=DialOut.YES.value,
    show_default=True,
    help="May any host be called, those of the phone book, or none?",
)
@click.option("--rate", type=click.IntRange(50, 10_000_000), help="Rate told where the port has none, in bit/s.")
@click.option(
    "--personality",
    type=click.Choice([each.name for each in PERSONALITIES]),
    default=PERSONALITIES[0].name,
    show_default=True,
    help="Whose numbers, spellings and factory settings the modems have.",
)
@click.option("--init", default="", help="Commands at the start, without AT, as in S0=1&C1.")
@click.option("--lenient", is_flag=True, help="Pass unknown commands over with OK, as old init strings want it.")
@click.option("--strict", is_flag=True, help="As V.250 has it: no At or aT, and NO ANSWER only where @ asks for it.")
@click.option("--realistic", is_flag=True, help="Dialling and training take the time they take on a real line.")
@click.option(
    "--loudspeaker",
    metavar="aplay|wav:FILE|exec:COMMAND",
    default="",
    help="Hear calls as ATM and ATL have it; times are real then.",
)
@click.option(
    "--escape",
    type=click.Choice([each.value for each in EscapeStyle]),
    default=EscapeStyle.HAYES.value,
    show_default=True,
    help="hayes: +++ between silences; withheld: the far end does not get it; ties: +++AT... anywhere.",
)
@click.option(
    "--memory",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for what modems store (AT&W, AT&Z).  [default: ~/.local/state/offhook/modems]",
)
@click.option(
    "--charset", type=click.Choice(sorted(CHARSETS)), help="Of the machine on the line: calls are translated for it."
)
@click.option("--terminal", default="ansi", show_default=True, help="Terminal type told to hosts called by Telnet.")
@click.option(
    "--calls-a-minute", type=click.IntRange(0), default=10, show_default=True, help="From one address; 0: any."
)
@click.option("--hold-down", type=click.FloatRange(0), default=0, help="Seconds an address waits after a call.")
@click.option("--key-gate", is_flag=True, help="Callers must press RETURN before a line rings.")
@click.option(
    "--password-file", type=click.Path(path_type=Path, dir_okay=False), help="Callers must give its first line."
)
@click.option("--welcome-text", help="What callers are told when a line has answered.")
@click.option("--busy-text", help="What callers are told when no line is free.")
@click.option("--no-answer-text", help="What callers are told when nobody takes their call.")
@line_options
@operations_options
def modem(
    ports: tuple[str, ...],
    listen: tuple[str, ...],
    phonebook: Path | None,
    dial_out: str,
    rate: int | None,
    personality: str,
    init: str,
    lenient: bool,
    realistic: bool,
    loudspeaker: str,
    escape: str,
    memory: Path | None,
    charset: str | None,
    terminal: str,
    calls_a_minute: int,
    hold_down: float,
    key_gate: bool,
    password_file: Path | None,
    welcome_text: str | None,
    busy_text: str | None,
    no_answer_text: str | None,
    **more: Any,
) -> None:
    """Turn ports into modems that call hosts and take calls.

    PORT is pty:PATH (a tty of that name appears), serial:PATH?rate=9600 (a machine on a null-modem cable),
    tcp:HOST:PORT (a terminal program connects), rfc2217:HOST:PORT (a program that has remote serial ports
    connects, and has the modem's signals too) or ip232:HOST:PORT (an emulator such as VICE connects).
    """
    password = _password(password_file) if password_file else ""
    settings = _settings(personality, rate, init, escape, lenient=lenient, realistic=realistic, heard=bool(loudspeaker))
    texts = _texts(answered=welcome_text, busy=busy_text, no_answer=no_answer_text)
    options = PoolOptions(
        ports,
        Path.cwd(),
        settings=replace(settings, strict=more["strict"]),
        listening=[_listening(text, (calls_a_minute, hold_down), key_gate, password, texts) for text in listen],
        phone_book=phonebook,
        dial_out=DialOut(dial_out),
        terminal_type=terminal,
        trace=more["trace"],
        memory=memory or _state_folder(),
        charset=charset,
        loudspeaker=loudspeaker,
        lines=line_options_of(more),
        operations=operations_of(more),
    )
    event_loop.run(_run(ModemPool(options)))


def _settings(
    personality: str, rate: int | None, init: str, escape: str, *, lenient: bool, realistic: bool, heard: bool
) -> Settings:
    settings = Settings(
        personality=next(each for each in PERSONALITIES if each.name == personality),
        version=version("offhook"),
        init=init[2:] if init[:2].upper() == "AT" else init,
        lenient=lenient,
        realistic=realistic or heard,
        escape=EscapeStyle(escape),
        loudspeaker=heard,
    )
    if rate is not None:
        settings = replace(settings, line_rate=rate, dte_rate=rate)
    try:
        HayesModem(settings)
    except ValueError as why:
        raise click.UsageError(f"--init: {why}") from None
    return settings


def _texts(**given: str | None) -> CallerTexts:
    return replace(CallerTexts(), **{name: _text(text) for name, text in given.items() if text is not None})


def _state_folder() -> Path:
    state = os.environ.get("XDG_STATE_HOME", "")
    return (Path(state) if state.startswith("/") else Path.home() / ".local/state") / "offhook/modems"


def _password(file: Path) -> str:
    try:
        password = file.read_text(encoding="utf-8").split("\n", 1)[0].strip()
        Gate(password=password)
    except OSError as error:
        raise click.UsageError(f"--password-file: {file} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise click.UsageError(f"--password-file: {file} is not UTF-8 text") from None
    except ValueError as why:
        raise click.UsageError(f"--password-file: {file}: {why}") from None
    if not password:
        raise click.UsageError(f"--password-file: the first line of {file} is empty: anybody could call")
    return password


def _listening(text: str, guard: tuple[int, float], key: bool, password: str, texts: CallerTexts) -> Listening:
    protocol, colon, rest = text.partition(":")
    if not colon or protocol not in PROTOCOLS:
        if text.count(":") == 2 and protocol.isalpha():
            known = ", ".join(PROTOCOLS)
            raise click.UsageError(f"--listen: callers are not taken by {protocol!r}: known are {known}")
        protocol, rest = ListenProtocol.TELNET.value, text
    host, port = split_address(rest)
    return Listening(host, port, ListenProtocol(protocol), GuardSettings(*guard), key, password, texts)


def _text(text: str) -> bytes:
    r"""A text of the command line as it is sent; `\n` in it begins a new line."""
    lines = text.replace("\\n", "\n").split("\n")
    return b"".join(line.encode("ascii", "replace") + b"\r\n" for line in lines)


async def _run(pool: ModemPool) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stop.set)
    await pool.run(stop, _say)


def _say(facts: dict[str, str]) -> None:
    for name, value in facts.items():
        click.echo(f"{name}: {value}")
    click.echo("Ready. Ctrl-C here ends it.")
