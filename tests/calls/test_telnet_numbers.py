"""Callers by Telnet put through to what an exchange has besides mail, and what they read when it is not to be had."""

import os
import pwd
from pathlib import Path

import pytest

from tests.support.config_host import ConfigHost, config_host
from tests.support.telnet_caller import TelnetCaller

USER = "nobody" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
CONFIG = """\
[telnet]
listen = "127.0.0.1:0"
number = "NUMBER"

[[line]]
name = "a"
port = "pty:a"
number = "201"
ring_seconds = 1

[[number]]
number = "500"
to = "exec:size"

[[number]]
number = "501"
to = "exec:gone"

[[number]]
number = "600"
to = "not in service"

[[program]]
name = "size"
command = ["/bin/stty", "size"]
user = "USER"

[[program]]
name = "gone"
command = ["/bin/cat"]
user = "USER"
directory = "/no/such/folder"
"""


def telnet(host: ConfigHost, columns: int = 80, rows: int = 24) -> TelnetCaller:
    address, _, port = host.facts["telnet"].rpartition(":")
    return TelnetCaller((address, int(port)), columns=columns, rows=rows)


@pytest.mark.parametrize(
    ("number", "said"),
    [
        ("500", r"43 132\r\n"),
        ("501", r"The call failed: out of service\.\r\n"),
        ("600", r"The call failed: out of service\.\r\n"),
        ("201", r"Ringing\.\.\.\r\nThe call failed: no answer\.\r\n"),
    ],
)
def test_a_caller_by_telnet_is_put_through_or_reads_why_not(tmp_path: Path, number: str, said: str) -> None:
    text = CONFIG.replace("NUMBER", number).replace("USER", USER)
    with config_host(tmp_path, text) as host, telnet(host, columns=132, rows=43) as caller:
        caller.expect(said)
