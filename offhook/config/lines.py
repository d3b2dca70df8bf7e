"""The tables about lines and calls: modems, numbers, callers by Telnet, and hosts outside."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from offhook.config.exchange import Rung
from offhook.config.values import WHAT_IS_THERE, Name, Number, port_named
from offhook.modem.hayes import parse_dial_string
from offhook.network_names import Listener, Mode
from offhook.toml_table import Section
from offhook.virtual_lines.charsets import CHARSET_NAMES


def _dialled(text: str) -> str:
    if text and parse_dial_string(text) is None:
        raise ValueError('write what follows ATD, as in "100" or "T555,100"')
    return text


Dialled = Annotated[str, AfterValidator(_dialled)]


class Telnet(Listener):
    """Callers by Telnet."""

    number: Number = Field("100", description="the number their calls are put through to")
    calls: int = Field(50, ge=1, le=10_000, description="most calls at a time")
    calls_a_minute: int = Field(0, ge=0, le=10_000, description="most calls from one address in a minute; 0: any")
    hold_down: float = Field(0, ge=0, le=86_400, description="seconds an address waits after a call")
    key: bool = Field(False, description="callers must press Return before they are put through")


class Modem(Section):
    """The modems of all lines."""

    personality: Literal["hayes", "rockwell", "usr", "v250"] = Field(
        "hayes", description="whose result codes they have"
    )
    lenient: bool = Field(False, description="pass unknown commands over with OK")
    strict: bool = Field(
        False, description="as V.250 has it: AT in capitals or small letters, and NO ANSWER only where @ asks for it"
    )
    realistic: bool = Field(False, description="dialling and training take the time they take on a real line")
    escape: Literal["hayes", "withheld", "ties"] = Field("hayes", description="the way back to commands in a call")
    memory: str = Field("modems", min_length=1, description="folder for what they store (AT&W, AT&Z)")


class Outside(Section):
    """Calls from the lines to hosts elsewhere."""

    allow: Literal["yes", "list", "no"] = Field("list", description="any host, those of the phone book, or none")
    phone_book: str = Field("", description="TOML file of numbers and names; see docs/phone-book.md")
    terminal: str = Field("ansi", pattern=r"^[!-~]{1,40}$", description="terminal type told to Telnet hosts")


class Line(Rung):
    """A subscriber's line: a modem on a port."""

    name: Name = Field(description="its name in the trace and in call records")
    kind: Literal["modem"] = Field("modem", description=WHAT_IS_THERE)
    port: Annotated[str, AfterValidator(port_named)] = Field(
        description='where the modem appears: "pty:PATH", "serial:PATH?rate=9600", "tcp:HOST:PORT", '
        '"rfc2217:HOST:PORT", "ip232:HOST:PORT"'
    )
    number: Number = Field(description="the number that rings it")
    mode: Mode = Field(0o600, description="permissions of a pty, 0o600 to 0o666")
    charset: CHARSET_NAMES | None = Field(None, description="of the machine on the line, if it is an old one's")
    caller_name: str = Field("", max_length=40, description="name told with its number; its own name if empty")
    withheld: bool = Field(False, description="those it calls are not told its number and name")
    calls: Dialled = Field("", max_length=255, description="what it calls by itself when DTR comes on")
    calls_again: float = Field(0, ge=0, le=86_400, description="seconds after a call, it calls again; 0: it does not")
    answered_file: str = Field("", description="file put before a call for its DTE, when it has answered")
    connected_file: str = Field("", description="the same when a call it made is up")
    caller_file: str = Field("", description="file sent to the caller when it has answered")
    called_file: str = Field("", description="file sent to the called when a call it made is up")
    leased_to: str = Field(
        "", description="line at the other end of a wire of their own: ATD without a number meets ATA there"
    )
    idle_file: str = Field("", description="file sent to the far end of a call that S30 ends for want of data")
