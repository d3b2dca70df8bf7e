"""A letter that is a file of its own: its head, and the whole of it, read within bounds."""

from collections.abc import Iterator
from contextlib import contextmanager

from offhook.mailbox.files import Files
from offhook.mailbox.letters import MAX_HEADER_BYTES, MaildropFailure

MAX_LETTER_BYTES = 64 * 1024 * 1024
"""Size of a letter that is read into memory."""
CHUNK = 64 * 1024
"""Bytes read at a time."""

_FIRST_CHUNK = 8 * 1024
_WRITTEN = 1024 * 1024


@contextmanager
def opened(files: Files, name: str, folder: int) -> Iterator[int]:
    """A file open for reading."""
    file = files.open_letter(name, folder)
    try:
        yield file
    finally:
        files.close(file)


def write_all(files: Files, file: int, data: bytes) -> None:
    """Write all of `data`, however little a call takes."""
    rest = memoryview(data)
    while rest:
        rest = rest[files.write(file, bytes(rest[:_WRITTEN])) :]


def read_start(files: Files, name: str, folder: int, most: int) -> bytes:
    """The first `most` bytes of a file."""
    with opened(files, name, folder) as file:
        content = b""
        while len(content) < most and (more := files.read(file, most - len(content))):
            content += more
        return content


def read_head(files: Files, name: str, folder: int) -> bytes:
    """The header section up to the empty line, at most 256 KiB of it."""
    with opened(files, name, folder) as file:
        data, wanted = b"", _FIRST_CHUNK
        while len(data) < MAX_HEADER_BYTES:
            more = files.read(file, min(wanted, MAX_HEADER_BYTES - len(data)))
            seen = max(0, len(data) - 3)
            data += more
            end = _end_of_head(data, seen)
            if end is not None or not more:
                return data[:end]
            wanted = CHUNK
        return data


def read_letter(files: Files, name: str, folder: int) -> bytes:
    """The whole letter; `MaildropFailure` if that is more than memory is given to."""
    with opened(files, name, folder) as file:
        chunks: list[bytes] = []
        size = 0
        while more := files.read(file, CHUNK):
            chunks.append(more)
            size += len(more)
            if size > MAX_LETTER_BYTES:
                raise MaildropFailure(f"The letter is larger than {MAX_LETTER_BYTES >> 20} MB and cannot be read here.")
        return b"".join(chunks)


def _end_of_head(data: bytes, start: int) -> int | None:
    """Where the header section ends: after the line before the first empty one; None when that is not in sight."""
    if data.startswith((b"\n", b"\r\n")):
        return 0
    ends = [at + skip for mark, skip in ((b"\n\n", 1), (b"\n\r\n", 1)) if (at := data.find(mark, start)) >= 0]
    return min(ends, default=None)
