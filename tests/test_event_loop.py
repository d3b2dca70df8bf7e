import asyncio
import contextlib
import os
import signal
import socket
import threading
from collections.abc import Iterator

import pytest

from offhook.event_loop import BUSY, MANY, PAUSE, SAMPLE, HostLoop, HostSelector, run
from tests.support.pipes import Pipes, on_it


@pytest.fixture
def pipes() -> Iterator[Pipes]:
    made = Pipes()
    yield made
    made.close()


class Bench:
    """A selector on `count` pipes that always have something, with a turned clock."""

    def __init__(self, pipes: Pipes, count: int, step: float) -> None:
        self.now = 0.0
        self.step = step
        self.pauses: list[float] = []
        self.seen: list[int] = []
        self.selector = HostSelector(self._failed, lambda call: call(), self.pauses.append, self._clock)
        self.readers = [pipes.pipe()[0] for _ in range(count)]
        for reading in self.readers:
            self.selector.hear(reading, reader=lambda reading=reading: self._called(reading))

    def _called(self, reading: int) -> None:
        self.seen.append(reading)
        self.selector.stirred = True

    def _failed(self, error: BaseException, _callback: object) -> None:
        raise error

    def _clock(self) -> float:
        self.now += self.step
        return self.now


@pytest.mark.parametrize(
    ("count", "step", "gathers"),
    [(MANY, BUSY / 2, True), (MANY - 1, BUSY / 2, False), (1, BUSY / 2, False), (MANY, BUSY * 2, False)],
)
def test_it_gathers_while_many_lines_are_busy_and_only_then(pipes: Pipes, count: int, step: float, gathers: bool):
    bench = Bench(pipes, count, step)
    for _ in range(3 * SAMPLE):
        assert bench.selector.select() == []
    bench.selector.close()
    assert set(bench.seen) == set(bench.readers), "nothing is lost by it"
    assert bool(bench.pauses) is gathers
    assert set(bench.pauses) <= {PAUSE}


def test_a_timer_that_is_due_is_not_kept_waiting(pipes: Pipes):
    bench = Bench(pipes, MANY, BUSY / 2)
    for _ in range(3 * SAMPLE):
        bench.selector.select(PAUSE)
    bench.selector.close()
    assert bench.pauses == []


def test_a_host_runs_on_it():
    loops = []

    async def main() -> None:
        loops.append(type(asyncio.get_running_loop()))

    run(main())
    assert loops == [HostLoop]


def test_a_descriptor_is_heard_again_and_again_until_it_is_no_more(pipes: Pipes):
    reading, writing = pipes.pipe(filled=False)
    came: list[bytes] = []

    async def main() -> None:
        loop, enough = asyncio.get_running_loop(), asyncio.Event()

        def readable(tag: bytes) -> None:
            came.append(tag + os.read(reading, 1))
            if len(came) == 5:
                assert loop.remove_reader(reading)
                assert not loop.remove_reader(reading)
                enough.set()

        loop.add_reader(reading, readable, b"-")
        os.write(writing, b"abcdef")
        await enough.wait()
        await asyncio.sleep(0)

    on_it(main())
    assert came == [b"-a", b"-b", b"-c", b"-d", b"-e"]
    assert os.read(reading, 9) == b"f"


def test_both_ways_of_a_socket_are_heard_apart():
    ours, theirs = socket.socketpair()
    heard: list[str] = []

    async def main() -> None:
        loop, both = asyncio.get_running_loop(), asyncio.Event()

        def room() -> None:
            heard.append("room")
            loop.remove_writer(ours)
            theirs.send(b"x")

        def bytes_came() -> None:
            heard.append(ours.recv(9).decode())
            loop.remove_reader(ours)
            both.set()

        loop.add_reader(ours, bytes_came)
        loop.add_writer(ours, room)
        await both.wait()

    with ours, theirs:
        on_it(main())
    assert heard == ["room", "x"]


def test_one_that_is_forgotten_while_others_are_called_is_not_called(pipes: Pipes):
    readers = [pipes.pipe()[0] for _ in range(2)]
    called: list[int] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()

        def forget_all(reading: int) -> None:
            called.append(reading)
            for each in readers:
                loop.remove_reader(each)

        for reading in readers:
            loop.add_reader(reading, forget_all, reading)
        await asyncio.sleep(0.01)

    on_it(main())
    assert len(called) == 1


@pytest.mark.parametrize("way", ["soon", "later", "task", "thread"])
def test_what_a_busy_descriptor_gives_the_loop_to_do_is_done(pipes: Pipes, way: str):
    """The pipe always has something: nothing else ever wakes the loop."""
    reading, _ = pipes.pipe()

    async def main() -> None:
        loop, done = asyncio.get_running_loop(), asyncio.Event()
        begun: list[object] = []

        async def work() -> None:
            done.set()

        def busy() -> None:
            if begun:
                return
            match way:
                case "soon":
                    begun.append(loop.call_soon(done.set))
                case "later":
                    begun.append(loop.call_later(0.001, done.set))
                case "task":
                    begun.append(loop.create_task(work()))
                case "thread":
                    begun.append(threading.Thread(target=lambda: loop.call_soon_threadsafe(done.set)))
                    begun[0].start()  # type: ignore[attr-defined]

        loop.add_reader(reading, busy)
        await done.wait()

    on_it(main())


def test_what_the_loop_has_to_do_is_done_before_what_is_ready_by_then(pipes: Pipes):
    """As in asyncio: what one reader leaves for `call_soon` comes before the next bytes do."""
    reading, writing = pipes.pipe()
    order: list[str] = []

    async def main() -> None:
        loop, enough = asyncio.get_running_loop(), asyncio.Event()

        def readable() -> None:
            os.read(reading, 1)
            order.append("bytes")
            os.write(writing, b"x")
            if len(order) < 6:
                loop.call_soon(order.append, "work")
            else:
                loop.remove_reader(reading)
                enough.set()

        loop.add_reader(reading, readable)
        await enough.wait()

    on_it(main())
    assert order == [*["bytes", "work"] * 3, "bytes"]


def test_work_without_end_does_not_keep_a_descriptor_waiting(pipes: Pipes):
    reading, _ = pipes.pipe()

    async def main() -> None:
        loop, heard = asyncio.get_running_loop(), asyncio.Event()
        loop.add_reader(reading, heard.set)

        def work() -> None:
            if not heard.is_set():
                loop.call_soon(work)

        work()
        await heard.wait()

    on_it(main())


def test_a_timer_set_before_comes_while_a_descriptor_is_busy(pipes: Pipes):
    reading, _ = pipes.pipe()

    async def main() -> None:
        asyncio.get_running_loop().add_reader(reading, lambda: None)
        await asyncio.sleep(0.01)

    on_it(main())


def test_it_can_be_stopped_by_a_descriptor(pipes: Pipes):
    reading, _ = pipes.pipe()
    loop = HostLoop()
    loop.add_reader(reading, loop.stop)
    loop.run_forever()
    loop.close()
    assert not loop.remove_reader(reading)


def test_asyncio_has_its_own_descriptors_beside(pipes: Pipes):
    """Streams, connections, programs and signals, while a descriptor of ours is busy all the time."""
    reading, _ = pipes.pipe()

    async def main() -> None:
        loop = asyncio.get_running_loop()
        loop.add_reader(reading, lambda: None)
        server = await asyncio.start_server(lambda _, writer: writer.write(b"hello\n"), "127.0.0.1", 0)
        host, port = server.sockets[0].getsockname()
        came, writer = await asyncio.open_connection(host, port)
        assert await came.readline() == b"hello\n"
        writer.close()
        with socket.socket() as plain:
            plain.setblocking(False)
            await loop.sock_connect(plain, (host, port))
            assert await loop.sock_recv(plain, 99) == b"hello\n"
        server.close()
        program = await asyncio.create_subprocess_exec("true")
        assert await program.wait() == 0
        signalled = asyncio.Event()
        loop.add_signal_handler(signal.SIGUSR1, signalled.set)
        os.kill(os.getpid(), signal.SIGUSR1)
        await signalled.wait()
        loop.remove_signal_handler(signal.SIGUSR1)

    on_it(main())


def test_a_connection_that_asyncio_has_made_leaves_nothing_that_wakes_it():
    """asyncio hears a connection on its own way, and takes that back by the public one."""

    async def main() -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, HostLoop)
        with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as plain:
            plain.setblocking(False)
            await loop.sock_connect(plain, server.getsockname())
            assert plain.fileno() not in {key.fd for key in loop.selector.get_map().values()}

    on_it(main())


def test_a_descriptor_that_hangs_up_is_told_to_its_reader_and_its_writer(pipes: Pipes):
    """A reader meets the end of file, a writer the broken pipe: neither is what was asked for."""
    ended, its_writing = pipes.pipe(filled=False)
    its_reading, broken = pipes.pipe(filled=False)
    told: set[str] = set()

    async def main() -> None:
        loop, both = asyncio.get_running_loop(), asyncio.Event()

        def tell(which: str, forget: object) -> None:
            told.add(which)
            assert callable(forget)
            forget()
            if len(told) == 2:
                both.set()

        loop.add_reader(ended, tell, "reader", lambda: loop.remove_reader(ended))
        os.set_blocking(broken, False)
        with contextlib.suppress(BlockingIOError):
            while True:
                os.write(broken, bytes(4096))
        loop.add_writer(broken, tell, "writer", lambda: loop.remove_writer(broken))
        await asyncio.sleep(0)
        assert not told
        os.close(its_writing)
        os.close(its_reading)
        await both.wait()

    on_it(main())


def test_it_is_the_same_when_asyncio_looks_for_mistakes(pipes: Pipes):
    """As with PYTHONASYNCIODEBUG."""
    reading, _ = pipes.pipe()
    done: list[str] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        loop.add_reader(reading, lambda: None)
        loop.call_soon(done.append, "soon")
        async with asyncio.timeout(60):
            await asyncio.sleep(0.01)
            await loop.run_in_executor(None, done.append, "thread")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await asyncio.Event().wait()

    with asyncio.Runner(debug=True, loop_factory=HostLoop) as runner:
        runner.run(main())
    assert done == ["soon", "thread"]
