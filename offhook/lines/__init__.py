"""The lines of a host, built as its configuration says: modems, real modems, cables, numbers."""

from offhook.lines.exchange_plan import directory_of, greetings_of, hot_lines_of, idle_texts_of, programs_of
from offhook.lines.loudspeaker import Loudspeaker, WavFile, open_loudspeaker
from offhook.lines.modem_lines import ModemLines, raise_descriptor_limit
from offhook.lines.modem_memory import ModemKeeper, memory_text, read_memory
from offhook.lines.outer_lines import OuterLines

__all__ = [
    "Loudspeaker",
    "ModemKeeper",
    "ModemLines",
    "OuterLines",
    "WavFile",
    "directory_of",
    "greetings_of",
    "hot_lines_of",
    "idle_texts_of",
    "memory_text",
    "open_loudspeaker",
    "programs_of",
    "raise_descriptor_limit",
    "read_memory",
]
