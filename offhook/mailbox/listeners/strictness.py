"""What neither a letter nor a command may be made of.

A bare CR, a bare LF or a NUL is how one letter is smuggled inside another: one server sees a lone
dot where the next one does not (RFC 5321 2.3.8 allows CR and LF only together). Such a letter is refused
as a whole. So is one whose header is larger than what any reader of it looks at.
"""

import re

from offhook.mailbox.letters import MAX_HEADER_BYTES, Octets

NULL_SENDER = "<>"
"""The null reverse-path as it stands in MAIL; aiosmtpd takes an empty one for none."""

_PATH = re.compile(r'\s*+(?:<(?:@[^:<>]*+:)?((?:"(?:[^"\\]|\\.)*+"|[^<>"])*+)>|([^\s<>]++))(.*+)', re.DOTALL)


def fault(content: Octets) -> str | None:
    """Why `content` (lines ended by CR LF, dots already unstuffed) is refused, in one sentence; None if it is not."""
    if b"\0" in content:
        return "the letter holds a NUL"
    line_ends = content.count(b"\r\n")
    if content.count(b"\n") > line_ends:
        return "the letter holds a bare LF"
    if content.count(b"\r") > line_ends:
        return "the letter holds a bare CR"
    end = 0 if content.startswith(b"\r\n") else content.find(b"\r\n\r\n", 0, MAX_HEADER_BYTES + 4)
    if end < 0 and len(content) > MAX_HEADER_BYTES:
        return f"the header is larger than {MAX_HEADER_BYTES} bytes"
    return None


def split_path(argument: str) -> tuple[str, str] | None:
    """The address and the parameters in what follows `MAIL FROM:` or `RCPT TO:` (RFC 5321 4.1.2).

    The null path gives `NULL_SENDER`; a source route is dropped, as RFC 5321 C asks; a missing pair of
    angle brackets is forgiven. None if this is no path. Whether the address is one is not said.
    """
    found = _PATH.fullmatch(argument)
    if found is None or not found[3].isascii() or (found[3] and not found[3][0].isspace()):
        return None
    inner, bare, parameters = found.groups()
    return bare or inner or NULL_SENDER, parameters.strip()
