"""What a letter may not be made of: line ends that two servers could read in two ways.

A bare CR, a bare LF or a NUL is how one letter is smuggled inside another: one server sees a lone
dot where the next one does not (RFC 5321 2.3.8 allows CR and LF only together). Such a letter is refused
as a whole.
"""


def fault(content: bytes) -> str | None:
    """Why `content` (lines ended by CR LF, dots already unstuffed) is refused, in one sentence; None if it is not."""
    if b"\0" in content:
        return "the letter holds a NUL"
    bare = content.replace(b"\r\n", b"")
    if b"\n" in bare:
        return "the letter holds a bare LF"
    if b"\r" in bare:
        return "the letter holds a bare CR"
    return None
