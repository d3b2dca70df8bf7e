"""Names of Maildir++ folders: plain Unicode with `/` between levels, as the names of directories.

`Sent/2026` is the directory `.Sent.2026`. Each level is in modified UTF-7 (RFC 3501 5.1.3), in which `.` and `/` are
encoded too. What Dovecot makes of such names is the same, but for `.`, which it does not allow.
"""

import base64
import binascii
import re

from offhook.mailbox.letters import INBOX, MaildropFailure

MOST_LEVELS = 16
LONGEST = 255
"""Bytes of a directory's name."""

_LITERAL = re.compile(r"[^ -%'-\-0-~]+")
_SHIFTED = re.compile(r"&([A-Za-z0-9+,]*)-")


def encode_level(text: str) -> str:
    """Modified UTF-7, with `.` and `/` encoded."""
    return _LITERAL.sub(lambda found: _shifted(found[0]), text)


def _shifted(text: str) -> str:
    """A run of characters that do not stand for themselves; `&` alone has a form of its own."""
    pieces = []
    for piece in re.split("(&)", text):
        if piece == "&":
            pieces.append("&-")
        elif piece:
            encoded = base64.b64encode(piece.encode("utf-16-be")).rstrip(b"=").replace(b"/", b",").decode()
            pieces.append(f"&{encoded}-")
    return "".join(pieces)


def decode_level(text: str) -> str:
    """What `encode_level` made; a text it does not make is left as it is."""

    def plain(found: re.Match[str]) -> str:
        encoded = found[1].replace(",", "/")
        return base64.b64decode(encoded + "=" * (-len(encoded) % 4)).decode("utf-16-be") if encoded else "&"

    try:
        return _SHIFTED.sub(plain, text)
    except (ValueError, binascii.Error):
        return text


def directory_of(name: str) -> str:
    """The directory of a folder, empty for INBOX. Raises `MaildropFailure` for what no folder can be called."""
    if name.upper() == INBOX:
        return ""
    levels = name.split("/")
    if not all(map(_is_fit, levels)) or len(levels) > MOST_LEVELS:
        raise MaildropFailure("No folder can have that name.")
    directory = "".join(f".{encode_level(level)}" for level in levels)
    if len(directory) > LONGEST:
        raise MaildropFailure("The name of that folder is too long.")
    return directory


def _is_fit(level: str) -> bool:
    """Whether a level is something a person can read and type, and no name with a sense of its own."""
    return bool(level) and level.isprintable() and level == level.strip() and not level.startswith(".")


def name_of(directory: str) -> str | None:
    """The folder whose directory this is, or None if it is the directory of none."""
    levels = directory.split(".")[1:]
    if not directory.startswith(".") or not all(levels):
        return None
    decoded = [decode_level(level) for level in levels]
    name = "/".join(decoded if all(map(_is_fit, decoded)) else levels)
    return name if name.isprintable() else None
