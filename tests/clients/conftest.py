"""For the tests with real client programs: a demo host for each worker, and short folders for the programs."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.demo_host import DemoHost, demo_host
from tests.support.programs import path_of


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Fail, not skip, when a program that the test says it needs is missing."""
    for marker in item.iter_markers("needs"):
        for program in marker.args:
            path_of(program)


@pytest.fixture(scope="session")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoHost]:
    """The demo host of this worker; tests take turns on its lines."""
    with demo_host(tmp_path_factory.mktemp("clients") / "demo") as running:
        yield running


@pytest.fixture
def home() -> Iterator[Path]:
    """A home folder for a client program, with a path short enough for sockets in it."""
    folder = Path(tempfile.mkdtemp(prefix="client-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)
