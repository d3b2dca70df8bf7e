import pytest

from tests.support.switch_driver import Exchange


@pytest.fixture
def exchange() -> Exchange:
    return Exchange()
