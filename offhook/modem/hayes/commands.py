r"""The commands a command line may hold, as tables: what is in them is known, all else is ERROR.

An option is a letter with a number (V.250 6; `&`, `\`, `%` by the makers); those that change
the modem's behaviour are carried out in `executor.py`, the others are kept, shown by &V and
answered OK, because programs send them. An extended command is a name behind `+` or `#`.
"""

import re
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

    `test` is what NAME=? shows; `values` are the settings that are taken, or None for any that `pattern`, a regular
    expression, matches as a whole; `factory` is the value after &F, or None for a command that is no setting.
    `free`: its value may hold letters and strings and goes on to the next `;`.
    """

    name: str
    test: str
    values: tuple[str, ...] | None
    factory: str | None
    meaning: str
    pattern: str = ""
    free: bool = False

    def takes(self, value: str) -> bool:
        """Whether the setting can have `value`."""
        return bool(re.fullmatch(self.pattern, value)) if self.values is None else value in self.values


def _to(highest: int) -> tuple[int, ...]:
    return tuple(range(highest + 1))


_RATES = (
    *("0", "300", "600", "1200", "2400", "4800", "7200", "9600", "14400", "19200", "28800"),
    *("38400", "57600", "115200", "230400", "460800", "921600"),
)
_FLOW = ("0", "1", "2", "3", *(f"{by_dte},{by_dce}" for by_dte in range(4) for by_dce in range(3)))

DEEDS: tuple[Deed, ...] = (
    Deed("A", (0,), "answer, or wait S7 for a caller"),
    Deed("D", (), "dial; without a number originate, and wait S7 for who answers on the same wire"),
    Deed("H", (0, 1), "0 hangs up; 1 takes the line off-hook, so that callers find it busy"),
    Deed(
        "I",
        (*range(12),),
        "tell: 0 product, 1 checksum, 2 test, 3 version, 4 features, 5 storage, 6 last call, 7 settings, "
        "8 last caller, 9 plug and play, 10 dial security, 11 line",
    ),
    Deed("O", (0, 1, 3), "back to the call after an escape"),
    Deed("S", (), "S-registers: Sn=v sets, Sn? reads"),
    Deed("Z", (0, 1), "hang up and restore a stored profile"),
    Deed("T", (0,), "tones from now on, where the dial string does not say it"),
    Deed("P", (0,), "pulses from now on, where the dial string does not say it"),
    Deed("&F", (0, 1), "restore the factory profile"),
    Deed("&V", (0, 1), "show: 0 the settings, 1 the last call"),
    Deed("&W", (0, 1), "store the settings as a profile, for good"),
    Deed("&Y", _to(3), "profile that the modem starts with, and that &D3 and Z without a number restore; 2 and 3 as 0"),
    Deed("&Z", _to(19), "&Zn=number stores a number for DS=n, for good; &Zn? shows it"),
    Deed("\\B", _to(9), "send the far end of a call a break"),
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
    Option(
        "&A",
        _to(3),
        1,
        "U.S. Robotics: CONNECT tells 0 the rate, 1 also error control, 2 and modulation, 3 and its kind",
    ),
    Option("\\K", _to(5), 5, "a break of the DTE in a call: 0, 2 and 4 escape, 1, 3 and 5 send it to the far end"),
    Option("\\N", _to(7), 3, "error control told in CONNECT: 0 and 1 none, the others LAP-M"),
    Option("\\T", _to(90), 0, "hang up after so many minutes without data; 0 never"),
    Option("\\V", (0, 1, 2), 0, "error control told behind CONNECT's rate: 0 no, 1 and 2 yes"),
    Option("&Q", _to(6), 5, "communication mode: 5 and 6 have error control"),
    Option("&M", _to(5), 0, "synchronous mode; U.S. Robotics: 4 and 5 have error control"),
    Option("&K", _to(6), 3, "flow control: 0 none, 3 RTS and CTS, 4 XON and XOFF, 5 passed on, 6 3 and 4; sets +IFC"),
    Option("\\Q", _to(3), 3, "flow control: 0 none, 1 XON and XOFF, 2 CTS, 3 RTS and CTS; sets +IFC"),
    Option("L", _to(3), 2, "loudness, where there is a loudspeaker"),
    Option("M", _to(3), 1, "loudspeaker: 0 off, 1 on until carrier, 2 on, 3 on after dialling"),
    Option("B", (0, 1, 2, 3, 15, 16), 1, "modulation at 300 and 1200 bit/s"),
    Option("C", (1,), 1, "carrier transmitter"),
    Option("F", (1,), 1, "no echo of data"),
    Option("N", (0, 1), 1, "choice of modulation by itself"),
    Option("Y", (0, 1), 0, "disconnect by long space"),
    Option("&B", _to(3), 1, "DTE rate fixed"),
    Option("&E", _to(2), 0, "error control"),
    Option("&G", _to(2), 0, "guard tone"),
    Option("&H", _to(3), 1, "flow control of data sent"),
    Option("&I", _to(5), 0, "software flow control"),
    Option("&J", (0, 1), 0, "telephone jack"),
    Option("&L", (0, 1), 0, "leased line"),
    Option("&N", _to(16), 0, "line rate"),
    Option("&O", (0, 1), 0, "pads"),
    Option("&P", _to(3), 0, "pulse ratio"),
    Option("&R", _to(2), 1, "CTS, which is on whatever RTS is"),
    Option("&T", (0, 4, 5), 4, "tests: 4 grants, 5 denies them"),
    Option("&U", (0, 1), 0, "trellis coding"),
    Option("&X", _to(2), 0, "synchronous clock"),
    Option("\\A", _to(3), 1, "block size"),
    Option("\\G", (0, 1), 0, "flow control between modems"),
    Option("\\J", (0, 1), 0, "DTE rate follows the line"),
    Option("%C", _to(3), 3, "compression"),
    Option("%D", _to(3), 0, "dictionary"),
    Option("%E", _to(3), 2, "retrain"),
    Option("%G", (0, 1), 0, "fall back"),
)

_NUMBERS = r"[0-9]{0,7}(,[0-9]{0,7}){0,7}"
_CARRIER = r"[A-Za-z0-9]{1,6}(,[01]?(,[0-9]{0,7}){0,4})?"
_KEPT = " (kept, without effect)"


def _switch(name: str, meaning: str) -> Extended:
    return Extended(name, "(0,1)", ("0", "1"), "0", meaning)


def _kept(name: str, test: str, factory: str, meaning: str, pattern: str = _NUMBERS, *, free: bool = False) -> Extended:
    return Extended(name, test, None, factory, meaning + _KEPT, pattern, free)


EXTENDED: tuple[Extended, ...] = (
    Extended("+GMI", "", (), None, "maker"),
    Extended("+GMM", "", (), None, "model"),
    Extended("+GMR", "", (), None, "version"),
    Extended("+GSN", "", (), None, "serial number"),
    Extended("+GOI", "", (), None, "object identifier: none is registered"),
    Extended("+GCAP", "", (), None, "families of commands there are"),
    _kept("+GCI", "(0-FF)", "B5", "country, two hexadecimal digits", r"[0-9A-Fa-f]{2}", free=True),
    Extended("+FCLASS", "(0)", ("0",), "0", "service: data only"),
    Extended("+IPR", f"({','.join(_RATES)})", _RATES, "0", "DTE rate that CONNECT tells; 0 follows the tty"),
    Extended(
        "+ICF",
        "(0,3,5),(0-4)",
        (*"035", *(f"{form},{parity}" for form in "035" for parity in range(5))),
        "0",
        "parity of what the modem says: 0 that of AT, 3 none, 5 the eighth bit is 0 odd, 1 even, 2 mark, 3 space; "
        "the port has eight bits and one stop bit",
    ),
    Extended(
        "+IFC",
        "(0-3),(0-2)",
        _FLOW,
        "2,2",
        "flow control in a call, by the DTE: 0 none, 1 XON and XOFF, 2 RTS, 3 XON and XOFF passed on; by the modem: "
        "0 none, 1 XON and XOFF, 2 CTS",
    ),
    _switch("+ILRR", "tell the DTE rate before CONNECT"),
    _kept("+MS", "(V21,V22,V22B,V32,V32B,V34,V90,V92),(0,1)", "V92,1", "modulation", _CARRIER, free=True),
    _switch("+MR", "tell modulation and line rate before CONNECT"),
    _kept("+EB", "(0-2),(0,1),(0-100)", "0,0,0", "break handling with error control"),
    _kept("+ES", "(0-7),(0-4),(0-9)", "3,0,2", "error control"),
    _kept("+EFCS", "(0-2)", "1", "frame check sequence"),
    _switch("+ER", "tell the error control before CONNECT"),
    _kept("+ETBM", "(0-2),(0-2),(0-30)", "1,1,20", "data left in buffers when a call ends"),
    _kept("+EWIND", "(1-127),(1-127)", "15,15", "window of error control"),
    _kept("+DS", "(0-3),(0,1),(512-65535),(6-250)", "3,0,2048,32", "compression"),
    _switch("+DR", "tell the compression before CONNECT"),
    Extended("+ASTO", "(0-19),(255)", (), None, '+ASTO=n,"number" stores a number for DS=n, as &Z does', free=True),
    Extended("+VCID", "(0-2)", ("0", "1", "2"), "0", "caller ID: 0 off, 1 in words, 2 in hexadecimal"),
    Extended(
        "+VRID", "(0-2)", (), None, "tell the caller ID of the last call again: 0 and 1 in words, 2 in hexadecimal"
    ),
    Extended("#CID", "(0-2)", ("0", "1", "2"), "0", "caller ID: 0 off, 1 in words, 2 in hexadecimal"),
    Extended(
        "-SDR",
        "(0-7)",
        tuple(str(number) for number in range(8)),
        "0",
        "distinctive ring, a sum: 1 tells two long seconds as RING1, 2 the double ring as RING2, 4 the triple as RING3",
    ),
    Extended("#CLS", "(0)", ("0",), "0", "service, as +FCLASS has it"),
    _kept("+WS46", "(0-255)", "0", "wireless service", r"[0-9]{1,3}"),
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
