"""Reads an electricity meter over its optical port, as IEC 62056-21 mode C has it: opened at 300 baud, 7E1."""

ACK, STX, ETX = b"\x06", b"\x02", b"\x03"
RATES = {"0": 300, "1": 600, "2": 1200, "3": 2400, "4": 4800, "5": 9600}


class MeterError(Exception):
    """The meter cannot be read."""


def check(block):
    """The block check character: the exclusive-or of all behind STX, with ETX."""
    value = 0
    for byte in block:
        value ^= byte
    return value


def read_meter(port):
    """Who made the meter, and its registers by OBIS code."""
    port.apply_settings({"baudrate": 300, "bytesize": 7, "parity": "E", "timeout": 2.5})
    port.reset_input_buffer()
    port.write(b"/?!\r\n")
    identity = port.read_until(b"\r\n").decode("ascii", "replace").strip()
    if not identity.startswith("/") or len(identity) < 5:
        raise MeterError(f"no meter: {identity!r}")
    port.write(ACK + f"0{identity[4]}0\r\n".encode("ascii"))
    port.flush()
    port.baudrate = RATES.get(identity[4], 300)
    data = port.read_until(ETX)
    end = port.read(1)
    if not data.startswith(STX) or not end:
        raise MeterError("the meter fell silent")
    if check(data[1:]) != end[0]:
        raise MeterError("what the meter said is damaged")
    registers = {}
    for line in data[1:-1].decode("ascii").splitlines():
        code, bracket, value = line.partition("(")
        if bracket:
            registers[code] = value.rstrip(")")
    return identity[1:4], registers
