"""A clerk for tests, whose work goes wrong in the way its task says: each letter of the task is one piece of work."""

import json
import os
import re
import resource
import signal
import time

from offhook.mailbox.clerks import Limits, in_children, serve


def piece(kind: str) -> bytes:
    match kind:
        case "s":
            while True:
                pass
        case "c":
            re.match(r"(a*)*b", "a" * 60)
        case "m":
            return bytes(200_000_000)[:1]
        case "x":
            os.kill(os.getpid(), signal.SIGSEGV)
        case "e":
            raise ValueError("no")
        case "l":
            return b"x" * 40_000_000
    return kind.encode()


def work(task: bytes) -> bytes:
    if task == b"end":
        os._exit(3)
    kinds = task.decode()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    begun = time.monotonic()
    answers = in_children(len(kinds), lambda number: piece(kinds[number]), Limits(cpu=0.1))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime
    told = [None if each is None else each.decode() for each in answers]
    return json.dumps([told, seconds, time.monotonic() - begun]).encode()


if __name__ == "__main__":
    serve(work)
