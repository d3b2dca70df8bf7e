"""The clerk that makes letters into text: a program, started by `Reader`."""

import time
from functools import partial

from offhook.mailbox.clerks.limits import Limits, in_children
from offhook.mailbox.clerks.reading import packed
from offhook.mailbox.clerks.serving import serve
from offhook.mailbox.letters import render

ORDINARY = (
    b"Content-Type: text/html\n\n"
    + b"<p>A paragraph of an <b>ordinary</b> letter, <a href='x'>linked</a>.</p>\n" * 1500
)
"""About 100 KB of HTML, by which a machine is measured."""
TIMES = 3
"""How often the ordinary letter's processor time one letter may take, where that is more than the usual limit."""


def limits_here() -> Limits:
    """The limits for one letter: the usual ones, or on a slow machine so much that long letters can be read."""
    render(ORDINARY)  # what is loaded at first use is not counted
    begun = time.process_time()
    render(ORDINARY)
    return Limits(cpu=max(Limits().cpu, TIMES * (time.process_time() - begun)))


def read(limits: Limits, letter: bytes) -> bytes:
    """The letter's text, packed; empty when it could not be read within the limits."""
    [answer] = in_children(1, lambda _: packed(render(letter)), limits)
    return answer or b""


if __name__ == "__main__":
    serve(partial(read, limits_here()))
