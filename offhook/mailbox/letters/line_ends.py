"""A letter as it is handed on: line ends that every server reads alike.

A bare CR or LF is a line end to some servers and none to others, and what stands behind it may be a lone dot: so one
letter becomes two. Handed on, each is a line end of the form the receiver expects, and a NUL is left out.
"""


def file_form(letter: bytes) -> bytes:
    """Lines ended by LF, as programs take letters; there is no CR and no NUL."""
    return letter.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\0", b"")


def wire_form(letter: bytes) -> bytes:
    """Lines ended by CR LF, as SMTP and LMTP have them; dots are not stuffed, and the last line has its end."""
    letter = file_form(letter)
    return (letter if letter.endswith(b"\n") or not letter else letter + b"\n").replace(b"\n", b"\r\n")
