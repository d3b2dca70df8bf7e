"""The clerk that makes letters into text: a program, started by `Reader`."""

from offhook.mailbox.clerks.limits import in_children
from offhook.mailbox.clerks.reading import packed
from offhook.mailbox.clerks.serving import serve
from offhook.mailbox.letters import render


def read(letter: bytes) -> bytes:
    """The letter's text, packed; empty when it could not be read within the limits."""
    [answer] = in_children(1, lambda _: packed(render(letter)))
    return answer or b""


if __name__ == "__main__":
    render(b"Content-Type: text/html\n\n<p>warm</p>")
    serve(read)
