import asyncio
import os
from collections.abc import Sequence

import pytest

from offhook.modem.ports import PtyWatch


class Ear:
    def __init__(self) -> None:
        self.heard: list[bool] = []

    def openings(self, came: Sequence[bool]) -> None:
        self.heard += came

    def openings_unknown(self) -> None:
        raise AssertionError("no event was lost")

    def settings_waiting(self) -> None:
        raise AssertionError("nobody changed settings")


async def test_each_open_and_close_is_told_once_even_of_a_terminal_opened_twice_in_a_row() -> None:
    master, slave = os.openpty()
    watch, ear = PtyWatch(), Ear()
    number = watch.add(os.ttyname(slave), ear)
    opened = [os.open(os.ttyname(slave), os.O_RDWR | os.O_NOCTTY) for _ in range(3)]
    for fd in opened:
        os.close(fd)
    watch.look()
    assert ear.heard == [True] * 3 + [False] * 3
    watch.remove(number)
    watch.remove(number)
    os.close(os.open(os.ttyname(slave), os.O_RDWR | os.O_NOCTTY))
    watch.look()
    await asyncio.sleep(0)
    assert len(ear.heard) == 6
    os.close(slave)
    os.close(master)


async def test_a_watch_with_nothing_to_watch_holds_no_descriptors() -> None:
    before = os.listdir("/proc/self/fd")
    watch = PtyWatch()
    with pytest.raises(FileNotFoundError):
        watch.add("/dev/pts/no-such-terminal", Ear())
    assert os.listdir("/proc/self/fd") == before
