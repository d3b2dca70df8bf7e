from pathlib import Path

import pytest

from offhook.mailbox.maildir import Maildir
from tests.support.mail_house import House


@pytest.fixture
def house(tmp_path: Path):
    house = House(tmp_path)
    box = tmp_path / "alice"
    for part in ("tmp", "new", "cur"):
        (box / part).mkdir(parents=True)
    (box / "maildirsize").write_text("1000S\n990 1\n")
    house.drops["alice"] = Maildir(box)
    yield house
    house.close()


@pytest.mark.parametrize("protocol", ["smtp", "lmtp"])
async def test_a_letter_over_quota_is_refused_for_now_and_the_sender_is_told_why(house: House, protocol: str):
    client = await (house.client() if protocol == "smtp" else house.lmtp_client())
    await client.addressed("alice@here.org")
    reply = await client.sends(b"Subject: x\r\n\r\n" + b"y" * 500 + b"\r\n")
    assert reply.startswith("452 4.2.2 ")
    assert await house.letters() == []
    assert house.outbox.kept == []
    client.quit()
