"""Whole calls of `offhook modem`: from a tty to hosts on the network and back, and from the network to a tty."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.line_client import LineClient
from tests.support.pool_host import ROOT, PoolHost, pool_host
from tests.support.ports import free_port

ALL_BYTES = bytes(range(256)) * 512
PATIENCE = 60.0


@contextmanager
def host(serve: Callable[[socket.socket], None]) -> Iterator[int]:
    """A host that serves each caller in turn; its port. What goes wrong there fails the test."""
    faults: list[Exception] = []

    def take_calls() -> None:
        while True:
            try:
                call, _ = listener.accept()
            except OSError:
                return
            with call:
                call.settimeout(PATIENCE)
                try:
                    serve(call)
                except (AssertionError, OSError) as fault:  # told by the test itself
                    faults.append(fault)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=take_calls, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(PATIENCE)
    assert not faults, faults


def read(call: socket.socket, count: int) -> bytes:
    got = b""
    while len(got) < count and (data := call.recv(count - len(got))):
        got += data
    return got


def reset(call: socket.socket) -> None:
    call.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PoolHost]:
    """A modem on a pty, for all the tests here."""
    with pool_host(tmp_path_factory.mktemp("pool"), ["pty:modem0"], "--listen", "raw:127.0.0.1:0") as running:
        yield running
        assert "Traceback" not in running.said()
        assert "never retrieved" not in running.said()


@pytest.fixture
def client(pool: PoolHost) -> Iterator[LineClient]:
    """A terminal program at the modem."""
    with LineClient(pool.facts["modem0"]) as client:
        client.command("ATZ")
        yield client


def test_every_byte_goes_to_a_raw_host_and_back(client: LineClient) -> None:
    def serve(call: socket.socket) -> None:
        assert read(call, len(ALL_BYTES)) == ALL_BYTES
        call.sendall(ALL_BYTES)

    with host(serve) as port:
        client.command(f"ATDTraw:127.0.0.1:{port}", "CONNECT.*")
        begin = len(client.heard)
        client.type(ALL_BYTES.decode("latin-1"))
        client.take(begin + len(ALL_BYTES))
        assert client.heard[begin : begin + len(ALL_BYTES)] == ALL_BYTES.decode("latin-1")
        client.expect("NO CARRIER\r\n")


def test_every_byte_goes_to_a_telnet_host_and_back(client: LineClient) -> None:
    doubled = ALL_BYTES.replace(b"\xff", b"\xff\xff")

    def serve(call: socket.socket) -> None:
        assert read(call, 9) == b"\xff\xfb\x03\xff\xfb\x00\xff\xfd\x00"
        call.sendall(b"\xff\xfd\x00\xff\xfb\x00\xff\xfd\x18\xff\xfa\x18\x01\xff\xf0ready\r\n")
        assert read(call, 13) == b"\xff\xfb\x18\xff\xfa\x18\x00ansi\xff\xf0"
        assert read(call, len(doubled)) == doubled
        call.sendall(doubled)

    with host(serve) as port:
        client.command(f"ATDTtelnet:127.0.0.1:{port}", "CONNECT.*")
        client.expect("ready\r\n")
        begin = len(client.heard)
        client.type(ALL_BYTES.decode("latin-1"))
        client.take(begin + len(ALL_BYTES))
        assert client.heard[begin : begin + len(ALL_BYTES)] == ALL_BYTES.decode("latin-1")
        client.expect("NO CARRIER\r\n")


def test_a_host_that_nobody_runs_is_busy_and_a_name_that_nobody_has_no_dialtone(client: LineClient) -> None:
    client.command(f"ATDT127.0.0.1:{free_port()}", "BUSY")
    client.command(f"ATDT{'x' * 64}.example", "NO DIALTONE")  # no name has a part so long
    client.command("AT")


def test_a_call_that_is_not_answered_is_aborted_by_a_key(client: LineClient) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full, socket.socket() as one, socket.socket() as two:
        for caller in (one, two):
            caller.setblocking(False)
            caller.connect_ex(full.getsockname())
        line = f"ATDTraw:127.0.0.1:{full.getsockname()[1]}\r"
        client.type(line)
        client.expect(line)  # its echo: the modem has begun to dial
        time.sleep(0.3)  # of the 125 ms in which keys abort nothing
        client.type(" ")
        client.expect("NO CARRIER\r\n", 50)  # of the 60 that it waits for an answer
    client.command("AT")


def test_a_host_that_resets_in_a_transfer_is_no_carrier_after_what_had_come(client: LineClient) -> None:
    told = threading.Event()

    def serve(call: socket.socket) -> None:
        call.sendall(b"y" * 30_000)
        told.wait(PATIENCE)
        reset(call)

    with host(serve) as port:
        client.command(f"ATDTraw:127.0.0.1:{port}", "CONNECT.*")
        begin = len(client.heard)
        client.take(begin + 30_000)
        told.set()
        client.expect("NO CARRIER\r\n")
        assert client.heard[begin:].startswith("y" * 30_000)
    client.command("AT")


def test_a_program_that_is_killed_in_a_call_hangs_up_and_the_next_has_the_modem(pool: PoolHost) -> None:
    ended = threading.Event()

    def serve(call: socket.socket) -> None:
        call.sendall(b"welcome")
        assert read(call, 1) == b""
        ended.set()

    script = (
        "import sys, time; from tests.support.line_client import LineClient\n"
        "client = LineClient(sys.argv[1]); client.command(f'ATDTraw:127.0.0.1:{sys.argv[2]}', 'CONNECT.*')\n"
        "client.expect('welcome'); print('up', flush=True); time.sleep(60)"
    )
    with host(serve) as port:
        command = [sys.executable, "-c", script, pool.facts["modem0"], str(port)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as program:
            assert program.stdout is not None
            assert program.stdout.readline() == b"up\n"
            program.send_signal(signal.SIGKILL)
        assert ended.wait(PATIENCE), "the host still has its caller"
    with LineClient(pool.facts["modem0"]) as next_one:
        next_one.command("AT")
        assert "welcome" not in next_one.heard


def test_a_tty_that_is_opened_and_closed_a_thousand_times_has_a_modem_still(pool: PoolHost) -> None:
    files = Path(f"/proc/{pool.process.pid}/fd")
    before = len(list(files.iterdir()))
    for number in range(1, 1001):
        os.close(os.open(pool.facts["modem0"], os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK))
        if number % 100 == 0:
            with LineClient(pool.facts["modem0"]) as client:
                client.command("AT")
    with LineClient(pool.facts["modem0"]) as client:
        client.command("AT")
    deadline = time.monotonic() + PATIENCE
    while len(list(files.iterdir())) > before + 1:
        assert time.monotonic() < deadline, "files are left open"
        time.sleep(0.05)


def test_half_a_command_of_a_program_that_has_gone_is_not_the_next_one_s(pool: PoolHost) -> None:
    with LineClient(pool.facts["modem0"]) as client:
        client.command("AT")
        client.type("ATDT")
        client.expect("ATDT")
    time.sleep(1)  # in which the modem hears that nobody is there
    with LineClient(pool.facts["modem0"]) as client:
        client.command("AT")


def test_two_call_one_line_and_the_second_is_told_that_it_is_busy(pool: PoolHost, client: LineClient) -> None:
    with socket.create_connection(pool.listening, PATIENCE) as first:
        client.expect("RING\r\n")
        with socket.create_connection(pool.listening, PATIENCE) as second:
            assert read(second, 99) == b"All lines are busy. Try again later.\r\n"
        client.command("ATA", "CONNECT.*")
        first.sendall(b"hello")
        client.expect("hello")
        client.type("there")
        assert read(first, 17) == b"Ringing...\r\nthere"
    client.expect("NO CARRIER\r\n")


def own_address() -> str | None:
    """An address of this machine that is not the loopback's."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("198.51.100.1", 9))  # sends nothing
        except OSError:
            return None
        found = str(probe.getsockname()[0])
    return None if found.startswith("127.") else found


def test_the_eleventh_call_of_a_minute_is_not_taken(tmp_path: Path) -> None:
    address = own_address()
    if address is None:
        pytest.skip("this machine has no address but the loopback's, from which calls are not counted")
    with (
        pool_host(tmp_path, ["pty:modem0"], "--listen", f"raw:{address}:0") as pool,
        LineClient(pool.facts["modem0"]) as client,
    ):
        client.command("AT")
        for _ in range(10):
            with socket.create_connection(pool.listening, PATIENCE) as call:
                assert read(call, 12) == b"Ringing...\r\n"
                client.expect("RING\r\n")
            client.command("AT")  # the line is free again when the next one calls
        with socket.create_connection(pool.listening, PATIENCE) as call:
            assert read(call, 99) == b"All lines are busy. Try again later.\r\n"
        rings = client.heard.count("RING")
        client.command("AT")
        assert client.heard.count("RING") == rings


def test_a_caller_who_does_not_know_the_password_never_rings(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("sesame\n")
    options = ("--listen", "raw:127.0.0.1:0", "--password-file", "secret", "--key-gate")
    with pool_host(tmp_path, ["pty:modem0"], *options) as pool, LineClient(pool.facts["modem0"]) as client:
        client.command("AT")
        with socket.create_connection(pool.listening, PATIENCE) as guesser:
            guesser.sendall(b"\n" + b"guess\n" * 3)
            assert read(guesser, 999).endswith(b"Not recognised.\r\n")
        assert "RING" not in client.heard
        with socket.create_connection(pool.listening, PATIENCE) as friend:
            friend.sendall(b"\r\nsesame\r\n")
            client.expect("RING\r\n")
