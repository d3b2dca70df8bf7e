"""The S-registers: numbered settings, as a table (V.250 5 and 6; the makers' manuals for the rest)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Register:
    """One S-register: what it may hold and what it holds after &F."""

    number: int
    lowest: int
    highest: int
    factory: int
    meaning: str
    unit: str = ""
    read_only: bool = False
    also: tuple[int, ...] = ()

    def holds(self, value: int) -> bool:
        """Whether the register can be set to `value`."""
        return not self.read_only and (self.lowest <= value <= self.highest or value in self.also)


def _stored(number: int, factory: int, meaning: str) -> Register:
    return Register(number, 0, 255, factory, meaning + " (kept, without effect)")


REGISTERS: tuple[Register, ...] = (
    Register(0, 0, 255, 0, "rings before the modem answers by itself; 0 never", "rings"),
    Register(1, 0, 255, 0, "rings counted; cleared after 8 s without one", "rings", read_only=True),
    Register(2, 0, 255, 43, "escape character; above 127 there is no escape", "character"),
    Register(3, 0, 127, 13, "character that ends a command line and a result", "character"),
    Register(4, 0, 127, 10, "second character at the end of a result", "character"),
    Register(5, 0, 32, 8, "character that erases the last one", "character", also=(127,)),
    Register(6, 2, 255, 2, "wait before dialling, where the host is told to keep real times", "s"),
    Register(7, 1, 255, 50, "longest wait for the far end after dialling or answering", "s"),
    Register(8, 0, 255, 2, "pause for a comma in the dial string", "s"),
    Register(9, 1, 255, 6, "carrier must last so long to count (kept, without effect)", "0.1 s"),
    Register(10, 1, 255, 14, "carrier may be away so long (kept, without effect)", "0.1 s"),
    Register(11, 50, 255, 95, "length of a dialling tone, where the host is told to keep real times", "ms"),
    Register(12, 0, 255, 50, "guard time around the escape sequence; 0 asks for none", "0.02 s"),
    _stored(13, 0, "bit map of the maker"),
    Register(14, 0, 255, 138, "bit map of E, Q, V, T and P"),
    _stored(16, 0, "bit map of the tests"),
    _stored(18, 0, "test timer"),
    Register(19, 0, 255, 0, "U.S. Robotics: hang up after so long without data; others keep it", "min"),
    Register(21, 0, 255, 52, "bit map of &C, &D, &S and more; U.S. Robotics: length of a break (kept, without effect)"),
    Register(22, 0, 255, 118, "bit map of L, M and X; U.S. Robotics: XON character"),
    Register(23, 0, 255, 63, "bit map of the DTE's rate, its parity, &G and &T; U.S. Robotics: XOFF character"),
    _stored(24, 0, "sleep timer"),
    Register(25, 0, 255, 5, "DTR must be off so long to count", "0.01 s"),
    _stored(26, 1, "delay from RTS to CTS"),
    Register(27, 0, 255, 73, "bit map of &Q, &L, &X and B"),
    Register(28, 0, 255, 0, "bit map of &P"),
    Register(29, 0, 255, 70, "length of a hook flash in the dial string", "0.01 s"),
    Register(30, 0, 255, 0, "hang up after so long without data either way; 0 never", "10 s"),
    Register(31, 0, 255, 194, "bit map of W, N, \\V and #CID"),
    Register(32, 0, 255, 17, "XON character; not U.S. Robotics'", "character"),
    Register(33, 0, 255, 19, "XOFF character; not U.S. Robotics'", "character"),
    _stored(36, 7, "what to do when error control fails"),
    _stored(37, 0, "desired line rate"),
    _stored(38, 20, "longest wait for data to drain before hanging up"),
    Register(39, 0, 255, 3, "bit map of &K"),
    Register(40, 0, 255, 104, "bit map of \\K and \\A"),
    Register(41, 0, 255, 195, "bit map of %C, %E and \\G"),
    _stored(46, 138, "compression"),
    _stored(48, 7, "negotiation of error control"),
    _stored(50, 0, "Telebit: rate"),
    _stored(58, 0, "Telebit: flow control"),
    _stored(61, 0, "Telebit: speaker"),
    _stored(63, 0, "Telebit: break"),
    _stored(68, 255, "Telebit: flow control of the DTE"),
    _stored(82, 128, "break handling"),
    Register(86, 0, 255, 0, "how the last call ended: 0 here, 4 it did not come about, 12 there", read_only=True),
    _stored(91, 10, "transmit level"),
    Register(95, 0, 255, 0, "what CONNECT tells instead of W: 1 line rate, 4 CARRIER, 8 PROTOCOL, 32 COMPRESSION; sum"),
    _stored(97, 30, "automatic choice of modulation"),
    _stored(111, 255, "Telebit: protocol"),
    _stored(180, 2, "Telebit: error control"),
    _stored(190, 1, "Telebit: compression"),
)

BY_NUMBER: dict[int, Register] = {register.number: register for register in REGISTERS}


def factory_registers() -> dict[int, int]:
    """Number to value, as after &F."""
    return {register.number: register.factory for register in REGISTERS}
