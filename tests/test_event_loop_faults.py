"""The host's event loop when something goes wrong: what fails, numbers given anew, interrupts, children that end."""

import asyncio
import contextlib
import logging
import os
import signal
import socket
from collections.abc import Iterator

import pytest

from offhook.event_loop import HostLoop, run
from tests.support.pipes import Pipes, on_it


@pytest.fixture
def pipes() -> Iterator[Pipes]:
    made = Pipes()
    yield made
    made.close()


def test_what_fails_is_told_and_the_others_are_served(pipes: Pipes, caplog: pytest.LogCaptureFixture):
    bad, good = pipes.pipe()[0], pipes.pipe()[0]
    served = asyncio.Event()

    async def main() -> None:
        loop = asyncio.get_running_loop()

        def fail() -> None:
            loop.remove_reader(bad)
            raise ValueError("no good")

        def serve() -> None:
            loop.remove_reader(good)
            served.set()

        loop.add_reader(bad, fail)
        loop.add_reader(good, serve)
        await served.wait()

    with caplog.at_level(logging.ERROR):
        on_it(main())
    assert "no good" in caplog.text


def test_a_number_that_was_closed_and_given_anew_is_heard(pipes: Pipes):
    reading, _ = pipes.pipe(filled=False)
    other, _ = pipes.pipe()

    async def main() -> None:
        loop, heard = asyncio.get_running_loop(), asyncio.Event()
        loop.add_reader(reading, lambda: None)
        os.dup2(other, reading)  # the file behind it is closed by that: the kernel has forgotten it
        loop.add_writer(reading, lambda: None)

        def again() -> None:
            loop.remove_reader(reading)
            heard.set()

        loop.remove_writer(reading)
        loop.remove_reader(reading)
        loop.add_reader(reading, again)
        await heard.wait()

    on_it(main())


def test_what_cannot_be_waited_for_is_refused_and_not_remembered(tmp_path):
    plain = os.open(tmp_path, os.O_RDONLY)

    async def main() -> None:
        loop = asyncio.get_running_loop()
        with pytest.raises(PermissionError):
            loop.add_reader(plain, lambda: None)
        assert not loop.remove_reader(plain)

    on_it(main())
    os.close(plain)


@pytest.mark.parametrize("way", ["waiting", "at work"])
def test_what_was_ready_of_a_number_that_is_another_s_now_is_not_told_to_that_one(pipes: Pipes, way: str):
    """Two are ready together; the first to be called closes both, and their numbers are given to an idle pipe."""
    olds = [pipes.pipe()[0] for _ in range(2)]
    idle, writing = pipes.pipe(filled=False)
    called: list[str] = []

    async def main() -> None:
        loop, heard = asyncio.get_running_loop(), asyncio.Event()

        def anew() -> None:
            called.append("new")
            os.read(idle, 1)
            for old in olds:
                loop.remove_reader(old)
            heard.set()

        def replace() -> None:
            for old in olds:
                loop.remove_reader(old)
                os.dup2(idle, old)
                loop.add_reader(old, anew)
            loop.call_later(0.01, os.write, writing, b"y")

        os.set_blocking(idle, False)
        for old in olds:
            loop.add_reader(old, replace)
        if way == "at work":
            loop.call_soon(lambda: None)  # so that the loop only looks
            loop.call_soon(loop.call_soon, lambda: None)
        await heard.wait()

    on_it(main())
    assert called == ["new"]


def test_one_heard_anew_while_the_loop_is_at_work_is_not_told_of_what_was_there_before(pipes: Pipes):
    """What is ready while the loop has something to do is called later: by then the number may be another's."""
    old, _ = pipes.pipe()
    idle, _ = pipes.pipe(filled=False)
    called: list[str] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()

        def replace() -> None:
            loop.remove_reader(old)
            os.dup2(idle, old)
            loop.add_reader(old, called.append, "new")

        loop.add_reader(old, called.append, "old")
        loop.call_soon(replace)  # done after the loop has looked, and before what it has seen is called
        await asyncio.sleep(0.01)
        loop.remove_reader(old)

    on_it(main())
    assert called == []


def test_a_number_that_is_heard_anew_at_once_is_told_of_what_is_there(pipes: Pipes):
    """As one that pauses reading, and takes that back, before its turn comes."""
    readers = [pipes.pipe()[0] for _ in range(2)]
    called: set[int] = set()

    async def main() -> None:
        loop, both = asyncio.get_running_loop(), asyncio.Event()

        def readable(reading: int) -> None:
            called.add(reading)
            loop.remove_reader(reading)
            for other in set(readers) - called:
                loop.remove_reader(other)
                loop.add_reader(other, readable, other)
            if len(called) == 2:
                both.set()

        for reading in readers:
            loop.add_reader(reading, readable, reading)
        await both.wait()

    on_it(main())


@pytest.mark.parametrize("way", ["waiting", "at work"])
def test_one_that_is_cancelled_by_mistake_does_not_end_the_loop(
    pipes: Pipes, caplog: pytest.LogCaptureFixture, way: str
):
    """As in asyncio, which lets only SystemExit and KeyboardInterrupt through."""
    bad, good = pipes.pipe()[0], pipes.pipe()[0]

    async def main() -> None:
        loop, served = asyncio.get_running_loop(), asyncio.Event()

        def fail() -> None:
            loop.remove_reader(bad)
            raise asyncio.CancelledError("of nobody")

        def serve() -> None:
            loop.remove_reader(good)
            served.set()

        loop.add_reader(bad, fail)
        loop.add_reader(good, serve)
        if way == "at work":
            await asyncio.sleep(0)
        await served.wait()

    with caplog.at_level(logging.ERROR):
        on_it(main())
    assert "of nobody" in caplog.text


@pytest.mark.parametrize("interrupt", [KeyboardInterrupt, SystemExit])
def test_an_interrupt_in_a_callback_ends_the_loop_and_loses_nothing_of_the_others(
    pipes: Pipes, interrupt: type[BaseException]
):
    loop = HostLoop()
    bad, good = pipes.pipe()[0], pipes.pipe()[0]
    served: list[str] = []

    def fail() -> None:
        loop.remove_reader(bad)
        raise interrupt

    def serve() -> None:
        served.append("good")
        loop.remove_reader(good)
        loop.stop()

    loop.add_reader(bad, fail)
    loop.add_reader(good, serve)
    with contextlib.suppress(interrupt):
        loop.run_forever()
    if not served:
        loop.run_forever()
    loop.close()
    assert served == ["good"]


def test_ctrl_c_cancels_what_runs_while_a_descriptor_is_busy(pipes: Pipes):
    reading, _ = pipes.pipe()
    ended: list[str] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        sent: list[bool] = []

        def busy() -> None:
            if not sent:
                sent.append(True)
                os.kill(os.getpid(), signal.SIGINT)

        loop.add_reader(reading, busy)
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            ended.append("cancelled")
            raise

    inherited = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's job in the background has none
    try:
        with pytest.raises(KeyboardInterrupt):
            run(main())
    finally:
        signal.signal(signal.SIGINT, inherited)
    assert ended == ["cancelled"]


def test_a_child_that_closes_what_it_has_inherited_and_ends_does_not_make_the_parent_deaf(pipes: Pipes):
    reading, writing = pipes.pipe(filled=False)

    async def main() -> None:
        loop, heard = asyncio.get_running_loop(), asyncio.Event()
        loop.add_reader(reading, heard.set)
        await asyncio.sleep(0)
        if not (child := os.fork()):
            os.closerange(3, 256)
            os._exit(0)
        os.waitpid(child, 0)  # noqa: ASYNC222 - it ends at once
        os.write(writing, b"x")
        await heard.wait()
        loop.remove_reader(reading)

    on_it(main())


def test_a_closed_loop_and_a_closed_socket_are_refused_and_not_remembered(pipes: Pipes):
    reading, _ = pipes.pipe()
    closed = socket.socket()
    closed.close()
    loop = HostLoop()
    with pytest.raises(ValueError, match="negative"):
        loop.add_reader(closed, lambda: None)
    assert not loop.selector.hear_no_more(-1, reader=True)
    loop.close()
    with pytest.raises(RuntimeError, match="closed"):
        loop.add_reader(reading, lambda: None)
    with pytest.raises(RuntimeError, match="closed"):
        loop.add_writer(reading, lambda: None)
