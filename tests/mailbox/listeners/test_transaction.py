import errno
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest

from offhook.mailbox.accounts import AccountFile
from offhook.mailbox.files import DiskBoxFiles
from offhook.mailbox.letters import Envelope, Maildrop
from offhook.mailbox.maildir import Maildir
from offhook.mailbox.mbox import Mbox
from tests.support.faulty_files import FaultyFiles
from tests.support.mail_house import House

TWO = ("alice@here.org", "bob@here.org")


async def test_one_named_twice_gets_one_copy_and_lmtp_both_replies(tmp_path: Path):
    house = House(tmp_path)
    smtp, lmtp = await house.client(), await house.lmtp_client()
    for client, replies in ((smtp, 1), (lmtp, 2)):
        await client.addressed("alice@here.org", "ALICE@here.org")
        assert (await client.sends(b"x")).startswith("250")
        for _ in range(replies - 1):
            assert (await client.reply()).startswith("250")
        assert (await client.says(b"NOOP")).startswith("250")
        client.quit()
    house.close()
    assert len(await house.letters()) == 2


@pytest.mark.parametrize(
    ("broken", "circling", "reply", "kept"),
    [
        ((), (), "250", ()),
        (("bob",), (), "250", ("bob@here.org",)),
        ((), ("bob",), "250", ("bob@here.org",)),
        (("alice",), ("bob",), "451", ()),
        (("alice", "bob"), (), "451", ()),
        ((), ("alice", "bob"), "554 5.4.6", ()),
    ],
)
async def test_the_one_reply_of_smtp_is_true_for_every_recipient(
    tmp_path: Path, broken: tuple[str, ...], circling: tuple[str, ...], reply: str, kept: tuple[str, ...]
):
    house = House(tmp_path)
    house.broken |= set(broken)
    letter = b"".join(b"Delivered-To: %s@here.org\r\n" % name.encode() for name in circling) + b"\r\nx"
    client = await house.client()
    await client.addressed(*TWO)
    assert (await client.sends(letter)).startswith(reply)
    client.quit()
    house.close()
    assert house.outbox.kept == ([Envelope("carol@there.org", kept)] if kept else [])
    delivered = [name for name in ("alice", "bob") if await house.letters(name)]
    assert delivered == [name for name in ("alice", "bob") if name not in broken + circling]


async def test_a_copy_is_spooled_with_the_trace_of_how_it_came(tmp_path: Path):
    house = House(tmp_path)
    house.broken.add("bob")
    client = await house.client()
    await client.addressed(*TWO)
    await client.sends(b"Subject: x\r\n\r\nx")
    client.quit()
    house.close()
    (letter,) = house.outbox.letters
    assert letter.startswith(b"Received: from client.org (127.0.0.1)\r\n\tby here.org (offhook) with ESMTP\r\n\tid ")
    assert letter.endswith(b"Subject: x\r\n\r\nx\r\n")
    assert b"\n" not in letter.replace(b"\r\n", b"")


async def test_when_neither_maildrop_nor_spool_can_take_a_copy_the_sender_keeps_the_letter(tmp_path: Path):
    house = House(tmp_path)
    house.broken.add("bob")
    house.outbox.full = True
    client = await house.client()
    await client.addressed(*TWO)
    assert (await client.sends(b"x")).startswith("451")
    client.quit()
    house.close()


@pytest.mark.parametrize(
    ("path", "parameters", "reply"),
    [
        ("", "", "250"),
        ("a@b.org", " BODY=8BITMIME SIZE=100", "250"),
        ("@relay.org:a@b.org", "", "250"),
        ('"a > b"@b.org', "", "250"),
        ("gr\u00fc\u00df@b\u00fc.org", " SMTPUTF8", "250"),
        ("gr\u00fc\u00df@b\u00fc.org", "", "553 5.1.7"),
        ("a\u0085@b.org", " SMTPUTF8", "553 5.1.7"),
        ("a\u2028@b.org", " SMTPUTF8", "553 5.1.7"),
        ("\u00fc" * 100 + "@b.org", " SMTPUTF8", "553 5.1.7"),
        ("-oQ/tmp@b.org", "", "553 5.1.7"),
        ("nobody", "", "553 5.1.7"),
    ],
)
async def test_a_sender_is_the_null_sender_or_an_address(tmp_path: Path, path: str, parameters: str, reply: str):
    house = House(tmp_path)
    client = await house.client()
    assert (await client.says(f"MAIL FROM:<{path}>{parameters}".encode())).startswith(reply)
    client.quit()
    house.close()


async def test_bytes_that_are_no_text_are_no_sender(tmp_path: Path):
    house = House(tmp_path)
    client = await house.client()
    assert (await client.says(b"MAIL FROM:<\xff@b.org> SMTPUTF8")).startswith("553 5.1.7")
    client.quit()
    house.close()


async def test_what_a_client_calls_itself_cannot_write_a_header(tmp_path: Path):
    house = House(tmp_path)
    client = await house.client()
    assert (await client.says(b"EHLO x\x1b[2J\xff\x00)y;z")).startswith("250")
    await client.addressed("alice@here.org")
    assert (await client.sends(b"Subject: x")).startswith("250")
    client.quit()
    house.close()
    (letter,) = await house.letters()
    assert b"Received: from x?[2J?y?z (127.0.0.1)\n" in letter


def faulty_maildir(path: Path, number: int, error: int) -> tuple[FaultyFiles, Maildrop, Maildrop]:
    files = FaultyFiles(number, error)
    return files, Maildir(path, files=files), Maildir(path)  # type: ignore[arg-type]


def faulty_mbox(path: Path, number: int, error: int) -> tuple[FaultyFiles, Maildrop, Maildrop]:
    files = FaultyFiles(number, error, real=DiskBoxFiles())  # type: ignore[arg-type]
    return files, Mbox(path / "box", files=files, patience=0), Mbox(path / "box")  # type: ignore[arg-type]


@pytest.mark.torture
@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.ENOLCK, errno.ESTALE])
@pytest.mark.parametrize("faulty", [faulty_maildir, faulty_mbox])
async def test_whichever_file_operation_fails_250_is_a_whole_letter_and_4xx_is_none(
    tmp_path: Path, faulty: Callable[[Path, int, int], tuple[FaultyFiles, Maildrop, Maildrop]], error: int
):
    house = House(tmp_path)
    client = await house.lmtp_client()
    said = set()
    for number in count(1):
        files, house.drops["alice"], healthy = faulty(tmp_path / str(number), number, error)
        await client.addressed("alice@here.org")
        reply = await client.sends(b"Subject: x\r\n\r\nwhole")
        said.add(reply[:3])
        house.drops["alice"] = healthy
        letters = await house.letters()
        assert len(letters) == (reply[:3] == "250"), files.done
        assert all(letter.rstrip().endswith(b"\nwhole") for letter in letters)
        if len(files.done) < number:
            break
    assert said == {"250", "452" if error in (errno.ENOSPC, errno.EDQUOT) else "451"}
    client.quit()
    house.close()


async def test_a_fault_of_ours_at_rcpt_is_4xx_and_tells_the_client_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    house = House(tmp_path)
    client = await house.client()
    assert (await client.says(b"MAIL FROM:<>")).startswith("250")
    with monkeypatch.context() as broken:
        broken.setattr(house.local, "subscriber", None)
        assert await client.says(b"RCPT TO:<alice>") == "451 4.3.0 Something failed here; try again later"
    assert "stumbled" in caplog.text
    assert (await client.says(b"RCPT TO:<alice>")).startswith("250")
    client.quit()
    house.close()


async def test_one_who_is_removed_while_the_letter_comes_in_is_refused_after_it(tmp_path: Path):
    house = House(tmp_path)
    client = await house.lmtp_client()
    await client.addressed(*TWO)
    AccountFile(tmp_path / "accounts").remove("alice")
    assert (await client.sends(b"x")).startswith("550 5.1.1")
    assert (await client.reply()).startswith("250")
    client.quit()
    house.close()
