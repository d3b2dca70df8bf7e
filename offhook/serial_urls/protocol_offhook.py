"""The class that pyserial makes of a URL `offhook://...`; it finds it by this module's name."""

from offhook.virtual_lines.pairs import Serial

__all__ = ["Serial"]
