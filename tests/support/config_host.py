"""`offhook serve` with a configuration of the test's own, as a process of its own."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.serving import serving


@dataclass(frozen=True, slots=True)
class ConfigHost:
    """A running host; `facts` are what it printed, by name."""

    folder: Path
    facts: Mapping[str, str]

    def tty(self, line: str) -> str:
        """The tty of a line."""
        return str(self.folder / line)


@contextmanager
def config_host(folder: Path, text: str, *options: str) -> Iterator[ConfigHost]:
    """Run a host in `folder`; at the end it must be running, and SIGTERM must end it in time."""
    file = folder / "offhook.toml"
    file.write_text(text, encoding="utf-8")
    with serving(folder, ["serve", "--config", str(file), *options], name="host") as host:
        yield ConfigHost(folder, host.facts)
