"""Names to addresses and addresses to a socket: nobody waits for a thread, and the first that answers is taken."""

import asyncio
import errno
import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from offhook.virtual_lines.exchange import Cause
from offhook.virtual_lines.trunks import reaching
from offhook.virtual_lines.trunks.reaching import MOST_ADDRESSES, MOST_LOOKUPS, Address, Resolver, cause_of, connected
from tests.support.outside_calls import dead_address, descriptors, until
from tests.support.ports import free_port

Infos = list[tuple[int, int, int, str, tuple[str, int]]]


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[str], Infos]], None]:
    """Have names looked up by a function of the test's, in the resolver's own threads."""

    def use(look_up: Callable[[str], Infos]) -> None:
        monkeypatch.setattr(reaching.socket, "getaddrinfo", lambda host, port, type: look_up(host))

    return use


def info(address: str) -> tuple[int, int, int, str, tuple[str, int]]:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return family, socket.SOCK_STREAM, 6, "", (address, 23)


@pytest.fixture
def listener() -> Iterator[tuple[str, int]]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()


async def test_an_address_in_figures_is_itself_and_nobody_is_asked(
    names: Callable[[Callable[[str], Infos]], None],
):
    names(lambda host: pytest.fail("asked"))
    assert await Resolver().addresses("192.0.2.1", 23) == [(socket.AF_INET, ("192.0.2.1", 23))]
    assert await Resolver().addresses("2001:db8::1", 23) == [(socket.AF_INET6, ("2001:db8::1", 23))]


async def test_the_families_take_turns_and_there_is_an_end(names: Callable[[Callable[[str], Infos]], None]):
    six = [f"2001:db8::{number}" for number in range(10)]
    names(lambda host: [info(each) for each in (*six, "192.0.2.1", "192.0.2.2")])
    found = await Resolver().addresses("bbs", 23)
    assert [where[0] for _, where in found] == [six[0], "192.0.2.1", six[1], "192.0.2.2", *six[2:6]]
    assert len(found) == MOST_ADDRESSES


@pytest.mark.parametrize("error", [socket.gaierror(socket.EAI_NONAME, "no"), UnicodeError("label too long")])
async def test_what_is_no_name_has_no_route(error: Exception, names: Callable[[Callable[[str], Infos]], None]):
    def fail(host: str) -> Infos:
        raise error

    names(fail)
    with pytest.raises(socket.gaierror) as caught:
        await Resolver().addresses("bbs", 23)
    assert cause_of(caught.value) is Cause.NO_ROUTE


async def test_a_name_that_cannot_be_one_is_told_by_the_real_resolver():
    with pytest.raises(socket.gaierror):
        await Resolver().addresses("a" * 70 + ".example", 23)


async def test_lookups_that_were_given_up_count_until_their_threads_are_done(
    names: Callable[[Callable[[str], Infos]], None],
):
    let_go = threading.Event()
    running = 0

    def hang(host: str) -> Infos:
        nonlocal running
        running += 1
        let_go.wait(60)
        return [info("192.0.2.1")]

    names(hang)
    resolver = Resolver()
    tasks = [asyncio.create_task(resolver.addresses("bbs", 23)) for _ in range(MOST_LOOKUPS + 20)]
    await until(lambda: running == MOST_LOOKUPS)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    more = asyncio.create_task(resolver.addresses("bbs", 23))
    for _ in range(20):
        await asyncio.sleep(0)
    assert running == MOST_LOOKUPS, "a hung resolver must not cost a thread for each redial"
    let_go.set()
    async with asyncio.timeout(60):
        assert await more == [(socket.AF_INET, ("192.0.2.1", 23))]


async def test_no_thread_to_be_had_is_congestion(monkeypatch: pytest.MonkeyPatch):
    def fail(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", fail)
    resolver = Resolver()
    for _ in range(MOST_LOOKUPS + 1):
        with pytest.raises(OSError, match="no thread") as caught:
            await resolver.addresses("bbs", 23)
        assert cause_of(caught.value) is Cause.CONGESTION


def test_a_lookup_that_outlives_the_loop_harms_nobody(
    names: Callable[[Callable[[str], Infos]], None], monkeypatch: pytest.MonkeyPatch
):
    let_go, looking = threading.Event(), threading.Event()
    faults: list[object] = []
    monkeypatch.setattr(threading, "excepthook", faults.append)

    def hang(host: str) -> Infos:
        looking.set()
        let_go.wait(60)
        return [info("192.0.2.1")]

    async def give_up() -> None:
        task = asyncio.create_task(Resolver().addresses("bbs", 23))
        await until(looking.is_set)
        task.cancel()

    names(hang)
    asyncio.run(give_up())
    (thread,) = (each for each in threading.enumerate() if each.name == "look up bbs")
    let_go.set()
    thread.join(60)
    assert faults == []


async def test_the_first_that_answers_is_taken_and_the_others_are_let_go(listener: tuple[str, int]):
    with dead_address() as dead:
        before = descriptors()
        sock = await connected([(socket.AF_INET, dead), (socket.AF_INET, listener)])
        assert sock.getpeername() == listener
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        assert not sock.getblocking()
        sock.close()
        await until(lambda: descriptors() == before)


async def test_two_that_answer_at_once_leave_one_socket(listener: tuple[str, int], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(reaching, "STAGGER", 0)
    before = descriptors()
    for _ in range(20):
        sock = await connected([(socket.AF_INET, listener)] * 5)
        sock.close()
    await until(lambda: descriptors() == before)


@pytest.mark.parametrize("turns", range(8))
async def test_giving_up_at_any_moment_leaves_no_socket(listener: tuple[str, int], turns: int):
    with dead_address() as dead:
        before = descriptors()
        task = asyncio.create_task(connected([(socket.AF_INET, dead), (socket.AF_INET, listener)]))
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await until(lambda: descriptors() == before)


async def test_of_several_failures_the_most_telling_is_told():
    refused: Address = (socket.AF_INET, ("127.0.0.1", free_port()))
    nowhere: Address = (socket.AF_INET6, ("fe80::1", 23, 0, 0))
    before = descriptors()
    for addresses in ([refused, nowhere], [nowhere, refused]):
        with pytest.raises(ConnectionRefusedError):
            await connected(addresses)
    with pytest.raises(OSError, match="no address") as caught:
        await connected([])
    assert cause_of(caught.value) is Cause.NO_ROUTE
    assert descriptors() == before


async def test_a_fault_in_one_attempt_leaves_no_socket_of_the_others(listener: tuple[str, int]):
    before = descriptors()
    with pytest.raises(OverflowError):
        await connected([(socket.AF_INET, ("127.0.0.1", 99999)), (socket.AF_INET, listener)])
    await until(lambda: descriptors() == before)


@pytest.mark.parametrize(
    ("number", "cause"),
    [
        (errno.ECONNREFUSED, Cause.BUSY),
        (errno.ETIMEDOUT, Cause.NO_ANSWER),
        (errno.EHOSTUNREACH, Cause.NO_ROUTE),
        (errno.ENFILE, Cause.CONGESTION),
        (errno.ECONNRESET, Cause.REJECTED),
        (errno.EACCES, Cause.REJECTED),
        (None, Cause.REJECTED),
    ],
)
def test_each_error_of_the_network_is_something_on_a_telephone_line(number: int | None, cause: Cause):
    assert cause_of(OSError(number, "why") if number else OSError("why")) is cause
