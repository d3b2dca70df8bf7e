"""Pacing: whether lines keep their rate, and what that costs: `python -m bench.pacing [--cables 200] [--rate 2400]`.

Each cable is one of `offhook null-modem` between two ptys, all of them in one process; the bench is both programs.
"""

import asyncio
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
import tty
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from bench.lines import BenchError
from bench.processes import cpu_seconds
from offhook import event_loop
from offhook.lines import raise_descriptor_limit
from offhook.modem.ports import PtyPort, PtyWatch
from offhook.virtual_lines.pairs import Cable, CableOptions

BITS = 10
"""Of a character."""


@dataclass(frozen=True, slots=True)
class Pacing:
    """What came of it: the rate of each line as a part of its nominal one, and processor time for a second."""

    ratios: tuple[float, ...]
    processor: float

    @property
    def worst(self) -> float:
        """How far the line that keeps its rate least is off."""
        return max(abs(ratio - 1) for ratio in self.ratios)


def measure(cables: int, rate: int, seconds: float) -> Pacing:
    """Send for so many seconds on all cables, one way; raises `BenchError` if anything is lost or changed."""
    raise_descriptor_limit()
    with tempfile.TemporaryDirectory(prefix="pacing-") as folder:
        command = [
            sys.executable,
            "-m",
            "bench.pacing",
            "--serve",
            folder,
            "--cables",
            str(cables),
            "--rate",
            str(rate),
        ]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).parent.parent)
        assert process.stdout is not None
        try:
            if process.stdout.readline() != b"ready\n":
                raise BenchError("the cables did not come up")
            ends = [tuple(_opened(Path(folder) / f"{number}{end}") for end in "ab") for number in range(cables)]
            return _sent(ends, process.pid, rate, seconds)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)
            process.stdout.close()


def _opened(path: Path) -> int:
    descriptor = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    tty.setraw(descriptor)
    return descriptor


def _sent(ends: Sequence[tuple[int, ...]], pid: int, rate: int, seconds: float) -> Pacing:
    content = bytes(at % 251 for at in range(int(rate / BITS * seconds)))
    heard = {drain: bytearray() for _, drain in ends}
    began: dict[int, float] = {}
    took: dict[int, float] = {}
    used = cpu_seconds([pid])
    start = time.monotonic()
    with select.epoll() as poll:
        for source, drain in ends:
            poll.register(drain, select.EPOLLIN)
            began[drain] = time.monotonic()
            if os.write(source, content) != len(content):
                raise BenchError("a tty did not take what was to be sent: ask for fewer seconds")
        while len(took) < len(ends):
            ready = poll.poll(60)
            if not ready:
                raise BenchError(f"{len(ends) - len(took)} lines lost something")
            for drain, _ in ready:
                heard[drain] += os.read(drain, 4096)
                if len(heard[drain]) >= len(content):
                    took[drain] = time.monotonic() - began[drain]
    used = cpu_seconds([pid]) - used
    if any(bytes(each) != content for each in heard.values()):
        raise BenchError("something was changed on the way")
    for pair in ends:
        for descriptor in pair:
            os.close(descriptor)
    return Pacing(tuple(seconds / each for each in took.values()), used / (time.monotonic() - start))


async def _serve(folder: Path, cables: int, rate: int) -> None:
    watch = PtyWatch()
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    made = []
    for number in range(cables):
        one, other = (PtyPort(folder / f"{number}{end}", watch) for end in "ab")
        made.append(Cable(one, other, CableOptions(rate)))
        made[-1].start()
    print("ready", flush=True)
    await stop.wait()
    for cable in made:
        cable.close()


@click.command()
@click.option("--cables", default=1, show_default=True)
@click.option("--rate", default=300, show_default=True)
@click.option("--seconds", default=10.0, show_default=True)
@click.option("--serve", type=click.Path(path_type=Path), hidden=True)
def main(cables: int, rate: int, seconds: float, serve: Path | None) -> None:
    """Measure cables that are paced, all in one process."""
    if serve is not None:
        raise_descriptor_limit()
        event_loop.run(_serve(serve, cables, rate))
        return
    pacing = measure(cables, rate, seconds)
    print(
        f"{cables} at {rate} bit/s for {seconds:g} s: off by {pacing.worst:.2%} at most, "
        f"{pacing.processor:.2%} of a processor"
    )


if __name__ == "__main__":
    main()
