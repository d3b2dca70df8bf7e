"""What a clerk does: it takes a task from its standard input, and puts an answer on its standard output.

A task and an answer are octets with their number in front, in four octets. The clerk ends when its input does.
"""

import os
import signal
import struct
import sys
from collections.abc import Callable

LONGEST = 256 * 1024 * 1024
"""Octets of a task or an answer."""

_LENGTH = struct.Struct(">I")


def serve(work: Callable[[bytes], bytes]) -> None:
    """Do tasks, one after the other, as long as there are any."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a ^C at the host's terminal is for the host
    os.nice(5)  # keys and lines go first
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    while len(head := source.read(_LENGTH.size)) == _LENGTH.size:
        answer = work(source.read(_LENGTH.unpack(head)[0]))
        try:
            sink.write(framed(answer))
            sink.flush()
        except BrokenPipeError:  # who asked is gone
            os._exit(0)


def framed(data: bytes) -> bytes:
    """A task or an answer as it is sent."""
    return _LENGTH.pack(len(data)) + data


def length_in(head: bytes) -> int:
    """How long what follows is."""
    return int(_LENGTH.unpack(head)[0])


HEAD = _LENGTH.size
"""Octets in front of a task or an answer."""
