import asyncio
from pathlib import Path

import pytest

from offhook.mailbox.delivery import Limits
from offhook.mailbox.letters import Envelope
from offhook.mailbox.maildir import Maildir
from tests.support.mail_house import Client, House
from tests.support.smuggling import ENDINGS, outer


async def test_a_letter_is_taken_and_is_on_disk_when_250_is_said(tmp_path: Path):
    house = House(tmp_path)
    house.drops["alice"] = Maildir(tmp_path / "alice")
    client = await house.client()
    await client.addressed("alice@here.org")
    assert (await client.sends(b"Subject: x\r\n\r\n..dots")).startswith("250 2.0.0")
    (file,) = (tmp_path / "alice" / "new").iterdir()
    text = file.read_bytes()
    assert text.endswith(b"Subject: x\n\n.dots\n")
    assert b"Return-Path: <carol@there.org>" in text
    assert b"Received: from client.org (127.0.0.1)" in text
    client.quit()
    house.close()


async def test_what_is_announced(tmp_path: Path):
    house = House(tmp_path)
    client = await house.client()
    for extension in ("PIPELINING", "ENHANCEDSTATUSCODES", "8BITMIME", "SMTPUTF8", "SIZE 25000000"):
        assert extension in client.extensions
    client.quit()
    house.close()


@pytest.mark.parametrize(
    ("recipient", "reply"),
    [
        ("nobody@here.org", "550 5.1.1"),
        ("alice@there.org", "550 5.7.1"),
        ("alice@here.org", "250 2.1.5"),
        ("postmaster", "250 2.1.5"),
        ("alice+x@here.org", "250 2.1.5"),
        ("a b@here.org", "5"),
        ("", "5"),
    ],
)
async def test_a_recipient_is_judged_at_rcpt(tmp_path: Path, recipient: str, reply: str):
    house = House(tmp_path)
    client = await house.client()
    assert (await client.says(b"MAIL FROM:<>")).startswith("250"), "the null sender is taken"
    assert (await client.says(f"RCPT TO:<{recipient}>".encode())).startswith(reply)
    client.quit()
    house.close()


async def test_recipients_size_and_connections_are_bounded(tmp_path: Path):
    house = House(tmp_path, limits=Limits(letter=1000, recipients=2, connections=2, connections_each=2))
    client = await house.client()
    await client.addressed("alice@here.org", "bob@here.org")
    assert (await client.says(b"RCPT TO:<alice@here.org>")).startswith("452 4.5.3")
    assert (await client.sends(b"x" * 900 + b"\r\n" + b"y" * 900)).startswith("552")
    assert (await client.says(b"MAIL FROM:<a@b.c> SIZE=5000")).startswith("552")
    second = await house.client()
    third = await house.client()
    assert third.greeting.startswith("421 4.7.0")
    assert await third.rest() == b""
    second.quit()
    client.quit()
    house.close()
    assert await house.letters() == []


async def test_a_failing_maildrop_is_451_and_nothing_is_kept(tmp_path: Path):
    house = House(tmp_path)
    house.broken.add("alice")
    client = await house.client()
    await client.addressed("alice@here.org")
    assert (await client.sends(b"x")).startswith("451 4.3.0")
    assert await house.letters() == []
    client.quit()
    house.close()


async def test_one_of_two_maildrops_that_fails_is_spooled_so_that_250_is_true_for_both(tmp_path: Path):
    house = House(tmp_path)
    house.broken.add("bob")
    client = await house.client()
    await client.addressed("alice@here.org", "bob@here.org")
    assert (await client.sends(b"x")).startswith("250")
    assert house.outbox.kept == [Envelope("carol@there.org", ("bob@here.org",))]
    house.outbox.full = True
    await client.addressed("alice@here.org", "bob@here.org")
    assert (await client.sends(b"x")).startswith("451")
    client.quit()
    house.close()


async def test_lmtp_answers_once_for_each_recipient(tmp_path: Path):
    house = House(tmp_path)
    house.broken.add("bob")
    client = await house.lmtp_client()
    await client.addressed("alice@here.org", "bob@here.org", "alice+x@here.org")
    assert (await client.sends(b"Subject: x\r\n\r\nx")).startswith("250")
    assert (await client.reply()).startswith("451")
    assert (await client.reply()).startswith("250")
    assert len(await house.letters()) == 2
    assert (await client.says(b"NOOP")).startswith("250"), "not one reply too many"
    client.quit()
    house.close()
    assert not (tmp_path / "lmtp.sock").exists()


async def test_a_dead_socket_is_replaced_a_live_one_and_a_file_are_not(tmp_path: Path):
    first, second = House(tmp_path / "1"), House(tmp_path / "2")
    path = tmp_path / "sock"
    await first.lmtp.start(path)
    with pytest.raises(OSError, match="another host listens there"):
        await second.lmtp.start(path)
    first.lmtp._servers[0].close()  # as if the host had been killed: the file stays
    await first.lmtp._servers[0].wait_closed()
    await second.lmtp.start(path)
    assert path.stat().st_mode & 0o777 == 0o600
    second.close()
    path.write_text("a file")
    with pytest.raises(OSError, match="is no socket"):
        await House(tmp_path / "3").lmtp.start(path)


async def test_a_full_mailbox_is_452_for_its_recipient_alone_and_never_5xx(tmp_path: Path):
    house = House(tmp_path)
    for name in ("alice", "bob"):
        house.drops[name] = Maildir(tmp_path / name)
    client = await house.lmtp_client()
    await client.addressed("alice@here.org", "bob@here.org")
    assert (await client.sends(b"first")).startswith("250")
    assert (await client.reply()).startswith("250")
    (tmp_path / "alice" / "maildirsize").write_text("10S\n")
    await client.addressed("alice@here.org", "bob@here.org")
    assert (await client.sends(b"second")).startswith("452 4.2.2 ")
    assert (await client.reply()).startswith("250")
    assert [len(list((tmp_path / name / "new").iterdir())) for name in ("alice", "bob")] == [1, 2]
    client.quit()
    house.close()


async def test_lmtp_is_spoken_on_a_tcp_address_too(tmp_path: Path):
    house = House(tmp_path)
    await house.lmtp.start(tmp_path / "lmtp.sock")
    address = await house.lmtp.start_tcp("127.0.0.1", 0)
    client = await Client(*await asyncio.open_connection(*address)).begin(b"LHLO client.org")
    await client.addressed("alice@here.org", "bob@here.org")
    assert (await client.sends(b"x")).startswith("250")
    assert (await client.reply()).startswith("250")
    house.close()
    assert (await client.rest()).startswith(b"421")


async def test_letters_that_find_no_room_in_memory_are_refused_for_now_and_the_room_is_free_again(tmp_path: Path):
    house = House(tmp_path, limits=Limits(letter=10_000, memory=12_000, small=0))
    line = b"x" * 900
    first, second = await house.client(), await house.client()
    for client in (first, second):
        await client.addressed("alice@here.org")
        assert (await client.says(b"DATA")).startswith("354")
    first.write(b"".join(line + b"\r\n" for _ in range(9)))
    for _ in range(2000):
        if house.smtp.budget.held > 8_000:
            break
        await asyncio.sleep(0)
    second.write(b"".join(line + b"\r\n" for _ in range(9)) + b".\r\n")
    assert (await second.reply()).startswith("452 4.3.1")
    first.write(b".\r\n")
    assert (await first.reply()).startswith("250")
    await second.addressed("alice@here.org")
    assert (await second.sends(b"\r\n".join([line] * 9))).startswith("250")
    assert (await second.says(b"MAIL FROM:<a@b.c>")).startswith("250")
    assert (await second.says(b"RCPT TO:<alice@here.org>")).startswith("250")
    assert (await second.says(b"DATA")).startswith("354")
    second.write(line + b"\r\n")
    second.quit()
    for _ in range(2000):
        if house.smtp.budget.held == 0:
            break
        await asyncio.sleep(0)
    assert house.smtp.budget.held == 0
    first.quit()
    house.close()


@pytest.mark.parametrize("pieces", [0, 1, 7])
async def test_no_line_end_smuggles_a_second_letter(tmp_path: Path, pieces: int):
    assert len(ENDINGS) >= 64
    house = House(tmp_path)
    before = 0
    for variant in ENDINGS:
        client = await house.client()
        await client.addressed("alice@here.org")
        reply = await client.sends(outer(variant, "alice@here.org"), pieces=pieces)
        letters = await house.letters()
        assert len(letters) - before == (1 if reply.startswith("250") else 0), variant
        assert reply[:3] in ("250", "554", "500"), variant
        if reply.startswith("250"):
            assert b"smuggled" in letters[-1], "all of it is one letter"
            assert b"\r" not in letters[-1]
        before = len(letters)
        client.quit()
    house.close()


async def test_a_line_longer_than_the_rules_allow_is_refused(tmp_path: Path):
    house = House(tmp_path)
    client = await house.client()
    await client.addressed("alice@here.org")
    assert (await client.sends(b"x" * 5000)).startswith("500")
    assert await house.letters() == []
    client.quit()
    house.close()


async def test_an_account_file_that_is_broken_is_4xx_at_rcpt_and_after_data(tmp_path: Path):
    house = House(tmp_path)
    client = await house.client()
    await client.addressed("alice@here.org")
    (tmp_path / "accounts").write_text("no colon")
    assert (await client.says(b"RCPT TO:<bob@here.org>")).startswith("451 4.3.0")
    assert (await client.sends(b"x")).startswith("451 4.3.0")
    client.quit()
    house.close()


async def test_a_fault_of_ours_is_4xx_and_in_the_log(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    house = House(tmp_path)
    client = await house.client()
    await client.addressed("alice@here.org")
    house.drops["alice"] = None  # type: ignore[assignment]  # a fault
    assert (await client.sends(b"x")).startswith("451 4.3.0")
    assert "stumbled" in caplog.text
    client.quit()
    house.close()
