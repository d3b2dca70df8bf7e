"""For the tests of whole calls: a demo host for each worker."""

from collections.abc import Iterator

import pytest

from tests.support.demo_host import DemoHost, demo_host


@pytest.fixture(scope="session")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoHost]:
    """The demo host of this worker; tests take turns on its lines."""
    with demo_host(tmp_path_factory.mktemp("calls") / "demo") as running:
        yield running
