"""Pairs of ports with a cable between them."""

from offhook.virtual_lines.pairs.cable import Cable, CableOptions

__all__ = ["Cable", "CableOptions"]
