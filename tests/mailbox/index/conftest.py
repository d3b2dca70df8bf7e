import pytest

from offhook.mailbox.index import catalog


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A session waits for a look however busy the machine is; a test of one that does not says so."""
    monkeypatch.setattr(catalog, "PATIENCE", 60.0)
