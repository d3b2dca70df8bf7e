"""`offhook modem` as a process of its own."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.serving import ROOT, Serving, serving

__all__ = ["ROOT", "PoolHost", "pool_host"]


@dataclass(frozen=True, slots=True)
class PoolHost(Serving):
    """A running pool; `facts` are the lines it printed, by name."""

    @property
    def listening(self) -> tuple[str, int]:
        """Where callers come in."""
        address = next(value for name, value in self.facts.items() if name.startswith("listening"))
        host, _, port = address.rpartition(":")
        return host, int(port)


@contextmanager
def pool_host(folder: Path, ports: Sequence[str], *options: str) -> Iterator[PoolHost]:
    """Run a pool in `folder`; at the end it must be running, and SIGTERM must end it in time."""
    with serving(folder, ["modem", *ports, *options], name="pool") as pool:
        yield PoolHost(pool.process, pool.output, pool.facts)
