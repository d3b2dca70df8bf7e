"""The control lines of a serial port (V.24, RS-232), each a bit of one value."""

from enum import IntFlag


class Signals(IntFlag):
    """Control lines that are on.

    DTR and RTS come from the DTE; DSR, CTS, DCD and RI from the DCE.
    """

    NONE = 0
    DTR = 1
    RTS = 2
    DSR = 4
    CTS = 8
    DCD = 16
    RI = 32
