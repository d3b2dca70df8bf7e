import asyncio
import re
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from offhook.mailbox.delivery import Limits
from tests.support.mail_house import Client, House

TWO = ("alice@here.org", "bob@here.org")
LONG_LINE = b"x" * 1003
LARGE = (b"y" * 98 + b"\r\n") * 11


@pytest.mark.parametrize(("letter", "reply"), [(LONG_LINE, "500 5.6.0"), (LARGE, "552 5.3.4"), (b"a\nb", "554 5.6.0")])
async def test_a_refused_letter_has_a_reply_for_each_lmtp_recipient_and_one_in_smtp(
    tmp_path: Path, letter: bytes, reply: str
):
    house = House(tmp_path, limits=Limits(letter=1000 if letter is LARGE else 100_000))
    lmtp, smtp = await house.lmtp_client(), await house.client()
    for client, replies in ((lmtp, 2), (smtp, 1)):
        await client.addressed(*TWO)
        assert (await client.sends(letter)).startswith(reply)
        for _ in range(replies - 1):
            assert (await client.reply()).startswith(reply)
        assert (await client.says(b"NOOP")).startswith("250"), "not one reply too many"
        await client.addressed("alice@here.org")
        assert (await client.sends(b"Subject: next\r\n")).startswith("250")
        client.quit()
    house.close()
    assert [letter.count(b"Subject: next") for letter in await house.letters()] == [1, 1]
    assert await house.letters("bob") == []


@pytest.mark.parametrize(
    ("letter", "taken"),
    [(b"x" * 999 + b"\r\n" + b"." + b"y" * 998, True), (b"x" * 1000, False), (b"x" * 1_000_000, False)],
)
async def test_a_line_may_have_a_thousand_bytes_and_the_stuffed_dot(tmp_path: Path, letter: bytes, taken: bool):
    house = House(tmp_path)
    client = await house.client()
    await client.addressed("alice@here.org")
    assert (await client.sends(b"Subject: x\r\n\r\n" + letter)).startswith("250" if taken else "500 5.6.0")
    client.quit()
    house.close()
    assert len(await house.letters()) == taken


async def test_a_letter_of_exactly_the_largest_size_is_taken(tmp_path: Path):
    house = House(tmp_path, limits=Limits(letter=1000))
    client = await house.client()
    for length, reply in ((986, "250"), (987, "552")):
        await client.addressed("alice@here.org")
        letter = b"Subject: \r\n\r\n" + b"z" * (length - 1)
        assert len(letter + b"\r\n") == length + 14
        assert (await client.sends(letter)).startswith(reply)
    client.quit()
    house.close()


LINES = st.lists(
    st.sampled_from([b"", b".", b"..", b"...x", b"x", b".x", b"\xe9\xff", b"QUIT", b"y" * 900]), max_size=12
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=LINES, pieces=st.integers(1, 40), empty=st.booleans())
def test_what_was_stuffed_and_cut_anywhere_arrives_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes], pieces: int, empty: bool
):
    lines = lines if empty else [b"Subject: x", b"", *lines]

    async def arrived() -> bytes:
        house = House(tmp_path_factory.mktemp("house"))
        client = await house.client()
        await client.addressed("alice@here.org")
        stuffed = [b"." + line if line.startswith(b".") else line for line in lines]
        assert (await client.sends_lines(stuffed, pieces=pieces)).startswith("250")
        client.quit()
        house.close()
        (letter,) = await house.letters()
        return letter

    letter = asyncio.run(arrived())
    assert re.sub(rb"\A(?:Return-Path|Delivered-To|Received):.*\n(?:\t.*\n)*", b"", letter).endswith(
        b"".join(line + b"\n" for line in lines)
    )


async def test_an_empty_letter_is_a_letter(tmp_path: Path):
    house = House(tmp_path)
    client = await house.client()
    await client.addressed("alice@here.org")
    assert (await client.sends_lines([])).startswith("250")
    client.quit()
    house.close()
    assert len(await house.letters()) == 1


async def test_commands_that_come_all_at_once_are_answered_in_order(tmp_path: Path):
    house = House(tmp_path)
    client = await house.client()
    client.write(
        b"MAIL FROM:<>\r\nRCPT TO:<nobody@here.org>\r\nRCPT TO:<bob@here.org>\r\nDATA\r\nSubject: 1\r\n.\r\n"
        b"RSET\r\nVRFY alice\r\nQUIT\r\n"
    )
    codes = [(await client.reply())[:9] for _ in range(8)]
    assert codes == [
        "250 2.1.0", "550 5.1.1", "250 2.1.5", "354 End d", "250 2.0.0", "250 2.0.0", "252 2.5.2", "221 2.0.0",
    ]  # fmt: skip
    house.close()


@pytest.mark.parametrize(
    "command",
    [b"RSET x", b"DATA", b"RCPT TO:<alice>", b"MAIL", b"MAIL FROM:<a@b> X=1", b"EXPN x", b"BOGUS", b"\xff", b"NOOP"],
)
async def test_every_reply_has_the_enhanced_code_that_is_announced(tmp_path: Path, command: bytes):
    house = House(tmp_path)
    client = await house.client()
    reply = await client.says(command)
    assert re.match(r"([245])\d\d \1\.\d{1,3}\.\d{1,3} ", reply), reply
    client.quit()
    house.close()


@pytest.mark.parametrize(
    "path",
    [
        "<",
        "",
        "<a@[>",
        "<a@[",
        '<"',
        '<"a',
        "<(",
        "<a@b> SIZE=\u00b2",
        "<a@b>SIZE=1",
        "<a b@c>",
        "<a@b",
        "<\0@b>",
        "<@>",
    ],
)
async def test_a_path_that_is_none_is_refused_and_no_fault(tmp_path: Path, path: str, caplog: pytest.LogCaptureFixture):
    house = House(tmp_path)
    client = await house.client()
    assert (await client.says(f"MAIL FROM:{path}".encode()))[:5] in ("501 5", "553 5")
    assert (await client.says(b"MAIL FROM:<a@b>")).startswith("250")
    assert (await client.says(f"RCPT TO:{path}".encode()))[:5] in ("501 5", "553 5")
    assert "stumbled" not in caplog.text
    client.quit()
    house.close()


async def test_vrfy_says_the_same_of_those_who_are_here_and_who_are_not(tmp_path: Path):
    house = House(tmp_path)
    client = await house.client()
    assert await client.says(b"VRFY alice") == await client.says(b"VRFY nobody")
    client.quit()
    house.close()


async def test_lmtp_knows_lhlo_only(tmp_path: Path):
    house = House(tmp_path)
    client = await house.lmtp_client()
    assert "PIPELINING" in client.extensions
    for hello in (b"HELO x", b"EHLO x"):
        assert (await client.says(hello)).startswith("500 5.5.1")
    await client.addressed("alice@here.org")
    assert "b with LMTP" in "b " + (await _delivered(house, client)).partition("(offhook) ")[2]
    client.quit()
    house.close()


async def _delivered(house: House, client: Client) -> str:
    assert (await client.sends(b"Subject: x")).startswith("250")
    return (await house.letters())[-1].decode()


async def test_a_client_whose_letter_comes_slowly_is_not_silent(tmp_path: Path):
    house = House(tmp_path, limits=Limits(silence=2))
    client = await house.client()
    await client.addressed("alice@here.org")
    assert (await client.says(b"DATA")).startswith("354")
    for _ in range(8):
        client.write(b"Subject: slow\r\n")
        with pytest.raises(TimeoutError):
            await client.reply(within=0.3)
    assert (await client.says(b".")).startswith("250")
    client.quit()
    house.close()


async def test_a_client_that_is_silent_is_sent_away(tmp_path: Path):
    house = House(tmp_path, limits=Limits(silence=0.2))
    client = await house.client()
    assert await client.reply() == "421 4.4.2 Nothing was heard for too long"
    assert await client.rest() == b""
    client.quit()
    house.close()


async def test_a_letter_that_takes_too_long_is_no_letter_and_its_rest_no_command(tmp_path: Path):
    house = House(tmp_path, limits=Limits(transfer=0.1))
    client = await house.client()
    await client.addressed("alice@here.org")
    assert (await client.says(b"DATA")).startswith("354")
    client.write(b"Subject: slow\r\n")
    assert (await client.reply()).startswith("421 4.4.2")
    client.write(b".\r\nMAIL FROM:<a@b>\r\nRCPT TO:<bob@here.org>\r\nDATA\r\nx\r\n.\r\n")
    with suppress(ConnectionError):
        assert await client.rest() == b""
    house.close()
    assert await house.letters() == []
    assert await house.letters("bob") == []


async def test_a_client_that_goes_away_before_the_dot_has_sent_nothing(tmp_path: Path):
    house = House(tmp_path)
    client = await house.client()
    await client.addressed("alice@here.org")
    assert (await client.says(b"DATA")).startswith("354")
    client.write(b"Subject: half\r\n")
    client.quit()
    other = await house.client()
    await other.addressed("bob@here.org")
    assert (await other.sends(b"Subject: whole")).startswith("250")
    assert await house.letters() == []
    other.quit()
    house.close()
