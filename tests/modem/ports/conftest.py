from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from offhook.modem.ports import PtyPort
from tests.support.port_listener import KeepingListener


@pytest.fixture
def listener() -> KeepingListener:
    return KeepingListener()


@pytest.fixture
async def port(tmp_path: Path, listener: KeepingListener) -> AsyncIterator[PtyPort]:
    port = PtyPort(tmp_path / "modem0", watermark=8192, least_off=0)
    port.start(listener)
    listener.told.clear()
    yield port
    port.close()
