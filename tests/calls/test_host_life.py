"""The host as a process: start, idleness, end, and start again."""

import os
import signal
import time
from pathlib import Path

from tests.support.demo_host import END_LIMIT, demo_host
from tests.support.line_client import LineClient
from tests.support.mail_session import command, compose, leave, log_in
from tests.support.replay import of_line, replay
from tests.support.telnet_caller import TelnetCaller


def cpu_seconds(process: int) -> float:
    """What `process` has used of the processor, user and system."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_a_host_with_nobody_on_its_lines_is_idle(tmp_path: Path) -> None:
    with demo_host(tmp_path / "demo") as host:
        with LineClient(host.modem0) as caller:
            caller.dial()
            log_in(caller)
            leave(caller)
        deadline = time.monotonic() + 60
        used = 1.0
        while used >= 0.01:  # of a processor; a call leaves something to be done
            assert time.monotonic() < deadline, f"{used:.1%} of a processor"
            before, begun = cpu_seconds(host.process.pid), time.monotonic()
            time.sleep(3)
            used = (cpu_seconds(host.process.pid) - before) / (time.monotonic() - begun)


def test_sigterm_says_goodbye_to_callers_and_removes_the_links(tmp_path: Path) -> None:
    with demo_host(tmp_path / "demo") as host, LineClient(host.modem0) as caller, TelnetCaller(host.telnet) as other:
        caller.dial()
        log_in(caller)
        other.expect("login: ")
        begun = time.monotonic()
        host.process.send_signal(signal.SIGTERM)
        caller.expect("going down. Goodbye")
        caller.expect("NO CARRIER")
        other.expect("going down. Goodbye")
        other.hung_up()
        assert host.process.wait(END_LIMIT) == 0
        assert time.monotonic() - begun < END_LIMIT
        assert not (host.directory / "ready").exists()
        assert not os.path.lexists(host.modem0)
        assert not os.path.lexists(host.modem1)
        assert not os.path.lexists(host.lmtp)


def test_a_second_run_keeps_the_mail_and_the_accounts(tmp_path: Path) -> None:
    with demo_host(tmp_path / "demo") as host, LineClient(host.modem0) as caller:
        caller.dial()
        log_in(caller)
        compose(caller, "alice", "Kept over the night", "as it should be")
        command(caller, "d 1", "")
        leave(caller)
    with demo_host(tmp_path / "demo") as host, LineClient(host.modem0) as caller:
        caller.dial()
        log_in(caller)
        command(caller, "h $", "Kept over the night")
        assert caller.heard.count("Welcome to offhook") == 0, "the deleted sample came back"
        leave(caller)


def test_a_host_that_was_killed_can_be_started_again(tmp_path: Path) -> None:
    with demo_host(tmp_path / "demo") as host:
        host.process.kill()
        host.process.wait()
        (host.directory / "ready").unlink()
    with demo_host(tmp_path / "demo") as host, LineClient(host.modem0) as caller:
        caller.dial()
        caller.expect("login: ")


def test_the_trace_tells_what_happened_on_the_line(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    with demo_host(tmp_path / "demo", "--trace", str(trace)) as host, LineClient(host.modem0) as caller:
        caller.dial()
        log_in(caller)
        leave(caller)
    text = trace.read_text()
    assert "ATDT100" in text
    assert "NO CARRIER" in text
    # What callers type is in it, passwords too, so it is for its owner only.
    assert replay(of_line(text, "modem0")) > 10, "what a host wrote is a test as it is"
    assert trace.stat().st_mode & 0o077 == 0
