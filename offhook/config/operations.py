"""The tables for whoever runs the host: call records, orders and figures."""

from pydantic import Field

from offhook.network_names import Listener
from offhook.toml_table import Section


class Calls(Section):
    """Call records: a line of JSON for each call; `offhook calls` lists them."""

    file: str = Field("calls.jsonl", description="the file; empty for no records")
    largest: int = Field(10_000_000, ge=10_000, le=10**10, description="bytes; then a new file is begun")
    kept: int = Field(3, ge=0, le=100, description="older files kept beside it, as FILE.1 and so on")


class Metrics(Listener):
    """Figures for Prometheus, by HTTP at `/metrics`."""


class Control(Section):
    """A socket for `offhook control`: who runs the host asks and orders there."""

    socket: str = Field("control.sock", min_length=1, description="path of the Unix socket, for its owner only")
