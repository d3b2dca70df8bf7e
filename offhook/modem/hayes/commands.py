r"""The commands a command line may hold, as tables: what is in them is known, all else is ERROR.

An option is a letter with a number (V.250 6; `&`, `\`, `%` by the makers); those that change
the modem's behaviour are carried out in `executor.py`, the others are kept, shown by &V and
answered OK, because programs send them. An extended command is a name behind `+` or `#`.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Option:
    """A command that holds a number. `values` are the numbers it takes; `factory` the one after &F."""

    name: str
    values: tuple[int, ...]
    factory: int
    meaning: str


@dataclass(frozen=True, slots=True)
class Deed:
    """A command that does something. `values` are the numbers it takes after its letter."""

    name: str
    values: tuple[int, ...]
    meaning: str


@dataclass(frozen=True, slots=True)
class Extended:
    """A command of the form NAME, NAME=value, NAME? and NAME=?.

    `test` is what NAME=? shows; `values` are the settings that are taken, or None for any
    text; `factory` is the value after &F, or None for a command that only informs.
    """

    name: str
    test: str
    values: tuple[str, ...] | None
    factory: str | None
    meaning: str


def _to(highest: int) -> tuple[int, ...]:
    return tuple(range(highest + 1))


_RATES = (
    *("0", "300", "600", "1200", "2400", "4800", "7200", "9600", "14400", "19200", "28800"),
    *("38400", "57600", "115200", "230400", "460800", "921600"),
)
_FLOW = ("0", "1", "2", "3", *(f"{by_dte},{by_dce}" for by_dte in range(4) for by_dce in range(3)))

DEEDS: tuple[Deed, ...] = (
    Deed("A", (0,), "answer, or wait S7 for a caller"),
    Deed("D", (), "dial"),
    Deed("H", (0, 1), "0 hangs up; 1 takes the line off-hook, so that callers find it busy"),
    Deed(
        "I",
        (0, 1, 2, 3, 4, 6, 7),
        "tell: 0 product, 1 checksum, 2 test, 3 version, 4 features, 6 last call, 7 settings",
    ),
    Deed("O", (0, 1, 3), "back to the call after an escape"),
    Deed("S", (), "S-registers: Sn=v sets, Sn? reads"),
    Deed("Z", (0, 1), "hang up and restore a stored profile"),
    Deed("T", (0,), "tones from now on"),
    Deed("P", (0,), "pulses from now on"),
    Deed("&F", (0, 1), "restore the factory profile"),
    Deed("&V", (0, 1), "show the settings"),
    Deed("&W", (0, 1), "store the settings as a profile, until the host stops"),
    Deed("&Z", (0, 1, 2, 3), "&Zn=number stores a number for DS=n, until the host stops"),
)

OPTIONS: tuple[Option, ...] = (
    Option("E", (0, 1), 1, "command echo"),
    Option("Q", (0, 1, 2), 0, "result codes: 0 sent, 1 not sent, 2 not sent in answer mode"),
    Option("V", (0, 1), 1, "result codes: 0 digits, 1 words"),
    Option("X", _to(7), 4, "which result codes tell more than CONNECT and NO CARRIER; 5 to 7 as 4"),
    Option("W", (0, 1, 2), 0, "CONNECT tells: 0 the DTE rate, 1 first the line in detail, 2 the line rate"),
    Option("&C", (0, 1), 1, "DCD: 0 always on, 1 on while there is carrier"),
    Option("&D", (0, 1, 2, 3), 2, "DTR off: 0 ignored, 1 escapes, 2 hangs up, 3 resets"),
    Option("&S", (0, 1, 2), 0, "DSR: 0 always on, 1 and 2 on while there is carrier"),
    Option("&Y", _to(3), 0, "profile that &D3 and Z without a number restore; 2 and 3 as 0"),
    Option("B", (0, 1, 2, 3, 15, 16), 1, "modulation at 300 and 1200 bit/s"),
    Option("C", (1,), 1, "carrier transmitter"),
    Option("F", (1,), 1, "no echo of data"),
    Option("L", _to(3), 2, "loudness"),
    Option("M", _to(3), 1, "speaker"),
    Option("N", (0, 1), 1, "choice of modulation by itself"),
    Option("Y", (0, 1), 0, "disconnect by long space"),
    Option("&A", _to(3), 1, "error control told in CONNECT"),
    Option("&B", _to(3), 1, "DTE rate fixed"),
    Option("&E", _to(2), 0, "error control"),
    Option("&G", _to(2), 0, "guard tone"),
    Option("&H", _to(3), 1, "flow control of data sent"),
    Option("&I", _to(5), 0, "software flow control"),
    Option("&J", (0, 1), 0, "telephone jack"),
    Option("&K", _to(6), 3, "flow control; a pty has none but back-pressure"),
    Option("&L", (0, 1), 0, "leased line"),
    Option("&M", _to(5), 0, "synchronous mode"),
    Option("&N", _to(16), 0, "line rate"),
    Option("&O", (0, 1), 0, "pads"),
    Option("&P", _to(3), 0, "pulse ratio"),
    Option("&Q", _to(6), 5, "communication mode"),
    Option("&R", _to(2), 0, "RTS and CTS"),
    Option("&T", (0, 4, 5), 4, "tests: 4 grants, 5 denies them"),
    Option("&U", (0, 1), 0, "trellis coding"),
    Option("&X", _to(2), 0, "synchronous clock"),
    Option("\\A", _to(3), 1, "block size"),
    Option("\\B", _to(9), 0, "break length"),
    Option("\\G", (0, 1), 0, "flow control between modems"),
    Option("\\J", (0, 1), 0, "DTE rate follows the line"),
    Option("\\K", _to(5), 5, "break handling"),
    Option("\\N", _to(7), 3, "error control"),
    Option("\\Q", _to(3), 3, "flow control"),
    Option("\\T", _to(90), 0, "inactivity"),
    Option("\\V", (0, 1, 2), 0, "protocol told in CONNECT"),
    Option("%C", _to(3), 3, "compression"),
    Option("%D", _to(3), 0, "dictionary"),
    Option("%E", _to(3), 2, "retrain"),
    Option("%G", (0, 1), 0, "fall back"),
)

EXTENDED: tuple[Extended, ...] = (
    Extended("+GMI", "", (), None, "maker"),
    Extended("+GMM", "", (), None, "model"),
    Extended("+GMR", "", (), None, "version"),
    Extended("+GSN", "", (), None, "serial number"),
    Extended("+GCAP", "", (), None, "families of commands there are"),
    Extended("+FCLASS", "(0)", ("0",), "0", "service: data only"),
    Extended("+IPR", f"({','.join(_RATES)})", _RATES, "0", "DTE rate that CONNECT tells; 0 follows the tty"),
    Extended("+ICF", "(3),(0-4)", ("3", *(f"3,{n}" for n in range(5))), "3,4", "framing (kept, without effect)"),
    Extended("+IFC", "(0-3),(0-2)", _FLOW, "2,2", "flow control (kept, without effect)"),
    Extended("+ILRR", "(0,1)", ("0", "1"), "0", "tell the DTE rate before CONNECT (kept, without effect)"),
    Extended("+MR", "(0,1)", ("0", "1"), "0", "tell the modulation before CONNECT (kept, without effect)"),
    Extended("+ER", "(0,1)", ("0", "1"), "0", "tell the error control before CONNECT (kept, without effect)"),
    Extended("+DR", "(0,1)", ("0", "1"), "0", "tell the compression before CONNECT (kept, without effect)"),
    Extended("+VCID", "(0-2)", ("0", "1", "2"), "0", "caller ID: 0 off, 1 in words, 2 in hexadecimal"),
    Extended("#CID", "(0-2)", ("0", "1", "2"), "0", "caller ID: 0 off, 1 in words, 2 in hexadecimal"),
)

DEED_NAMES: dict[str, Deed] = {deed.name: deed for deed in DEEDS}
OPTION_NAMES: dict[str, Option] = {option.name: option for option in OPTIONS}
EXTENDED_NAMES: dict[str, Extended] = {extended.name: extended for extended in EXTENDED}


def factory_options() -> dict[str, int]:
    """Name to value, as after &F."""
    return {option.name: option.factory for option in OPTIONS}


def factory_extended() -> dict[str, str]:
    """Name to value, as after &F; commands that only inform are not in it."""
    return {extended.name: extended.factory for extended in EXTENDED if extended.factory is not None}
