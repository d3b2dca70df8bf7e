from collections.abc import AsyncIterator

import pytest

from offhook.mailbox.imap import ImapMaildrop
from tests.support.fake_imap import FakeImap, fake_imap, maildrop_on


@pytest.fixture
async def fake() -> AsyncIterator[FakeImap]:
    async with fake_imap() as server:
        yield server


@pytest.fixture
async def maildrop(fake: FakeImap) -> AsyncIterator[ImapMaildrop]:
    opened = maildrop_on(fake)
    yield opened
    opened.session.abandon()
