"""Charsets a terminal may have: which bytes show something, and how text gets to be those bytes."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Charset:
    """A terminal's charset: `codec` as Python knows it; `high_controls` if bytes 80 to 9F are controls in it."""

    name: str
    codec: str
    high_controls: bool


ASCII = Charset("ascii", "ascii", True)
UTF8 = Charset("utf-8", "utf-8", False)
LATIN1 = Charset("latin-1", "latin-1", True)
CP437 = Charset("cp437", "cp437", False)

CHARSETS: dict[str, Charset] = {charset.name: charset for charset in (ASCII, UTF8, LATIN1, CP437)}


def find_charset(name: str) -> Charset | None:
    """The charset someone means by `name` ("UTF8", "iso-8859-1", "us-ascii" ...), or None."""
    wanted = name.strip().lower().replace("_", "-")
    aliases = {"utf8": "utf-8", "us-ascii": "ascii", "latin1": "latin-1", "iso-8859-1": "latin-1", "ibm437": "cp437"}
    return CHARSETS.get(aliases.get(wanted, wanted))
