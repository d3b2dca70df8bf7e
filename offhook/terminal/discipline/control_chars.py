"""The keys that edit and interrupt; several for each, since terminals differ in what they send."""

ERASE = frozenset("\x08\x7f")
"""Take back a character: BS and DEL."""
KILL = frozenset("\x15\x18")
"""Take back the line: ^U, ^X."""
WORD_ERASE = frozenset("\x17")
"""Take back a word: ^W."""
REPRINT = frozenset("\x12")
"""Show the line again: ^R."""
INTERRUPT = "\x03"
"""^C; BREAK is delivered as this."""
END_OF_INPUT = "\x04"
"""^D at the start of a line."""
HOLD = "\x13"
"""XOFF (^S): show nothing more until XON, or any other key: a hold that came as noise must not last."""
IGNORED = frozenset("\x11\x13\0\ufffd")
"""XON, XOFF and NUL, which are in no line; and what line noise decodes to."""
