"""The demo host: how long a caller waits for the prompt, with the pause after CONNECT that is made on purpose."""

import tempfile
from pathlib import Path

from bench.lines import Line
from tests.support.demo_host import DemoHost, demo_host


def login_prompts(count: int) -> list[float]:
    """The dial command to `login: `; seconds each."""
    times: list[float] = []
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, demo_host(Path(folder) / "demo") as host:
        for _ in range(count):
            line = Line()
            line.open(host.modem0)
            line.wake()
            times += line.ask(f"ATDT{DemoHost.MAIL_HOST}\r".encode(), b"login: ")
            line.close()  # which drops DTR, and with it the call
    return times
