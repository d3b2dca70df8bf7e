"""Paragraphs of `text/plain; format=flowed` put together again (RFC 3676 4)."""

from collections.abc import Iterator

_SIGNATURE = "-- "


def unflow(text: str, *, delsp: bool = False) -> tuple[str, ...]:
    """Lines of the text with soft breaks undone, each paragraph one line; quote marks become one `> ` a level."""
    return tuple(_paragraphs(text.removesuffix("\n").split("\n"), delsp))


def _paragraphs(lines: list[str], delsp: bool) -> Iterator[str]:
    held: list[str] = []
    depth = 0
    for line in lines:
        words = line.lstrip(">")
        quoted = len(line) - len(words)
        words = words[1:] if words.startswith(" ") else words  # space-stuffing, 4.4
        if held and (quoted != depth or words == _SIGNATURE):
            yield _quote(depth) + "".join(held)
            held = []
        depth = quoted
        if words.endswith(" ") and words != _SIGNATURE:
            held.append(words[:-1] if delsp else words)
        else:
            yield _quote(depth) + "".join(held) + words
            held = []
    if held:
        yield _quote(depth) + "".join(held)


def _quote(depth: int) -> str:
    return "> " * min(depth, 20)
