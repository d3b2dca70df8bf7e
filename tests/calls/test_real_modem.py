"""A host that has a modem as its users have one: it is the DTE on the tty of a modem that another process runs."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.demo_host import PASSWORD
from tests.support.line_client import LineClient
from tests.support.mail_session import command, leave, log_in
from tests.support.pool_host import PoolHost, pool_host
from tests.support.served_host import ServedHost, served_host
from tests.support.tcp_modem import TcpModem

CONFIG = """\
[[line]]
name = "courier"
kind = "real-modem"
port = "serial:{tty}?rate=38400"
answer = {answer}

{more}
"""
LETTER = b"From: bob@example.org\nTo: alice@localhost\nSubject: By a real modem\n\nYou have come a long way.\n"
READY = "< ShowReady(ready=True)"


@contextmanager
def outer_world(folder: Path, *options: str, answer: int = 1, more: str = "") -> Iterator[tuple[PoolHost, ServedHost]]:
    """A pool of modems for the telephone network, and a host that has the first of them."""
    ports = [f"pty:{folder / name}" for name in ("modem", "caller")]
    with pool_host(folder, ports, *options) as pool:
        config = CONFIG.format(tty=folder / "modem", answer=answer, more=more)
        with served_host(folder / "host", config, (LETTER,)) as host:
            host.until_traced(READY)
            yield pool, host


def called(caller: LineClient) -> None:
    """Dial the host's modem, and be answered."""
    caller.command("AT")
    caller.type("ATDT1\r")
    caller.expect(r"CONNECT[^\r]*\r\n")


def test_a_caller_reaches_login_and_mail_and_each_side_may_hang_up(tmp_path: Path) -> None:
    with outer_world(tmp_path, "--personality", "usr") as (_, host), LineClient(str(tmp_path / "caller")) as caller:
        assert re.search(r"the modem says 'offhook.*: recipe hayes", host.trace.read_text())
        called(caller)
        log_in(caller)
        command(caller, "1", "You have come a long way")
        leave(caller)
        host.until_traced(READY, 2)
        called(caller)
        log_in(caller)
        caller.escape()
        caller.command("ATH", "NO CARRIER")
        host.until_traced(READY, 3)
        called(caller)
        caller.expect("login: ")


def test_who_calls_is_told_between_the_rings_and_is_in_the_call_record(tmp_path: Path) -> None:
    with outer_world(tmp_path, answer=2) as (_, host), LineClient(str(tmp_path / "caller")) as caller:
        called(caller)
        caller.expect("login: ")
        assert re.search(r"< PutThrough\(caller=CallerId\(number='2'", host.trace.read_text())
    assert '"2"' in (host.folder / "calls.jsonl").read_text()


def test_a_host_that_ends_hangs_up_and_one_that_starts_again_answers(tmp_path: Path) -> None:
    ports = [f"pty:{tmp_path / name}" for name in ("modem", "caller")]
    config = CONFIG.format(tty=tmp_path / "modem", answer=1, more="")
    with pool_host(tmp_path, ports), LineClient(str(tmp_path / "caller")) as caller:
        for number in range(2):
            with served_host(tmp_path / f"host{number}", config) as host:
                host.until_traced(READY)
                called(caller)
                caller.expect("login: ")
            caller.expect("NO CARRIER")


def test_a_modem_that_is_unplugged_and_comes_back_is_set_up_and_answers(tmp_path: Path) -> None:
    ports = [f"pty:{tmp_path / name}" for name in ("modem", "caller")]
    config = CONFIG.format(tty=tmp_path / "modem", answer=1, more="")
    with served_host(tmp_path / "host", config) as host:
        for number in range(2):
            with pool_host(tmp_path, ports), LineClient(str(tmp_path / "caller")) as caller:
                host.until_traced(READY, number + 1)
                called(caller)
                caller.expect("login: ")
        host.until_traced("> DceWent", 2)


def test_a_modem_behind_a_server_of_rfc_2217_answers_with_its_signals(tmp_path: Path) -> None:
    """The first line of the pool is such a server: the host is its DTE by way of the network."""
    with pool_host(tmp_path, ["rfc2217:127.0.0.1:0", f"pty:{tmp_path / 'caller'}"]) as pool:
        port = next(value for value in pool.facts.values() if value.startswith("rfc2217:"))
        config = f'[[real_modem]]\nname = "courier"\nport = "{port}?rate=38400&flow=rtscts"\nanswer = 1\n'
        with (
            served_host(tmp_path / "host", config, (LETTER,)) as host,
            LineClient(str(tmp_path / "caller")) as caller,
        ):
            host.until_traced(READY)
            called(caller)
            log_in(caller)
            command(caller, "1", "You have come a long way")
            caller.escape()
            caller.command("ATH")
            host.until_traced("< EndCall(why='DCD fell')")
            host.until_traced(READY, 2)
            called(caller)
            log_in(caller)
            leave(caller)
            host.until_traced(READY, 3)


def test_a_modem_of_ours_behind_a_bare_tcp_port_answers_and_is_hung_up_on_unseen(tmp_path: Path) -> None:
    """The first line of the pool is such a port: the host connects to it and is its DTE, with no line but the bytes."""
    with pool_host(tmp_path, ["tcp:127.0.0.1:0", f"pty:{tmp_path / 'caller'}"]) as pool:
        port = next(value for value in pool.facts.values() if value.startswith("tcp:"))
        config = f'[[line]]\nname = "courier"\nkind = "real-modem"\nport = "{port}?rate=38400"\nanswer = 1\n'
        config += 'recipe = "hayes"\n'
        with (
            served_host(tmp_path / "host", config, (LETTER,)) as host,
            LineClient(str(tmp_path / "caller")) as caller,
        ):
            host.until_traced(READY)
            called(caller)
            log_in(caller)
            command(caller, "1", "You have come a long way")
            leave(caller)
            host.until_traced(READY, 2)
            assert "AT" not in caller.heard.partition("Goodbye")[2].partition("NO CARRIER")[0]
            trace = host.trace.read_text()
        assert "> DceCame(lines=False)" in trace
        assert "SendToDce(data=b'\\x1c')" in trace, "it hung up by the escape that the set-up has given it"


def test_a_modem_of_another_make_behind_a_bare_tcp_port_is_hung_up_on_by_plus_signs_and_found_again(
    tmp_path: Path,
) -> None:
    modem = TcpModem()
    port = f"tcp:127.0.0.1:{modem.port}"
    config = f'[[line]]\nname = "bridge"\nkind = "real-modem"\nport = "{port}?rate=38400"\nanswer = 1\n'
    config += 'recipe = "generic"\n'
    with served_host(tmp_path / "host", config) as host:
        host.until_traced(READY)
        modem.ring()
        modem.hears(b"login: ")
        for answer, then in (("alice", b"password: "), (PASSWORD, b"\r\n? "), ("q", b"oodbye")):
            modem.types(f"{answer}\r".encode())
            modem.hears(then)
        modem.hears(b"+++")
        modem.until(lambda: modem.commands[-1] == "ATH0")
        host.until_traced(READY, 2)
        modem.ring()
        modem.hears(b"login: ")
        modem.caller_hangs_up()
        host.until_traced("< EndCall(why='NO CARRIER')")
        modem.unplug()
        host.until_traced("> DceWent()")
        modem.plug_in()
        host.until_traced(READY, 3)
        modem.unplug()


DIAL_OUT = """\
[outside]
phone_book = "book.toml"

[[line]]
name = "inside"
port = "pty:inside"
number = "201"
"""


def test_a_line_of_the_host_calls_out_by_the_modem_and_is_told_why_a_number_cannot_be_had(tmp_path: Path) -> None:
    host_folder = tmp_path / "host"
    host_folder.mkdir()
    (host_folder / "book.toml").write_text('[[entry]]\npattern = "9(\\\\d+)"\nto = "modem:courier:\\\\1"\n')
    with (
        outer_world(tmp_path, more=DIAL_OUT) as (_, host),
        LineClient(str(tmp_path / "caller")) as outer,
        LineClient(str(host_folder / "inside")) as inner,
    ):
        outer.command("AT")
        inner.command("AT")
        inner.type("ATDT92\r")
        outer.expect(r"RING\r\n")
        outer.type("ATA\r")
        outer.expect(r"CONNECT[^\r]*\r\n")
        inner.expect(r"CONNECT[^\r]*\r\n")
        inner.type("from the host's side")
        outer.expect("from the host's side")
        outer.type("from outside")
        inner.expect("from outside")
        outer.escape()
        outer.command("ATH")
        inner.expect("NO CARRIER")
        host.until_traced(READY, 2)
        outer.command("ATH1")
        inner.type("ATDT92\r")
        inner.expect(r"\r\nBUSY\r\n")
        inner.type("ATDTmodem:courier:2\r")
        inner.expect(r"\r\nNO CARRIER\r\n")
