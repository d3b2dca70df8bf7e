"""Between keys and lines: editing, line ends, charsets, and the gate all output passes."""

from offhook.terminal.discipline.charset import ASCII, CHARSETS, CP437, LATIN1, UTF8, Charset, find_charset
from offhook.terminal.discipline.line_discipline import Ended, LineDiscipline, Result
from offhook.terminal.discipline.newlines import Newlines
from offhook.terminal.discipline.output_gate import OutputGate, clean, one_line, spell

__all__ = [
    "ASCII",
    "CHARSETS",
    "CP437",
    "LATIN1",
    "UTF8",
    "Charset",
    "Ended",
    "LineDiscipline",
    "Newlines",
    "OutputGate",
    "Result",
    "clean",
    "find_charset",
    "one_line",
    "spell",
]
