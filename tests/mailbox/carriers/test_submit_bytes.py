"""What the smarthost's client really sends: one letter, whatever bytes it is made of."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offhook.mailbox.carriers import Smarthost
from offhook.mailbox.letters import wire_form
from tests.support.smuggling import ENDINGS, outer


async def sent(letter: bytes) -> bytes:
    """All bytes from DATA to the end of the letter, as a server that agrees to everything gets them."""
    heard = bytearray()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 sink\r\n")
        while line := await reader.readline():
            if line.startswith(b"EHLO"):
                writer.write(b"250-sink\r\n250 8BITMIME\r\n")
            elif line == b"DATA\r\n":
                writer.write(b"354 go on\r\n")
                heard.extend(await reader.readuntil(b"\r\n.\r\n") if letter else await reader.readuntil(b".\r\n"))
                writer.write(b"250 taken\r\n")
            elif line == b"QUIT\r\n":
                writer.write(b"221 bye\r\n")
                break
            else:
                assert line.startswith((b"MAIL", b"RCPT")), f"the letter did not end where it should: {line!r}"
                writer.write(b"250 OK\r\n")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, limit=1 << 24)
    port = server.sockets[0].getsockname()[1]
    outcome = await Smarthost("127.0.0.1", port, "none").submit("a@x.org", ("b@x.org",), letter)
    server.close()
    assert outcome == {"b@x.org": None}
    return bytes(heard)


def check(letter: bytes) -> None:
    heard = asyncio.run(sent(letter))
    assert b"\0" not in heard
    lines = heard.split(b"\r\n")
    assert not any(byte in line for line in lines for byte in (b"\r", b"\n"))
    assert lines[-2:] == [b".", b""]
    assert b"." not in lines[:-2], "a lone dot inside would end it"
    unstuffed = b"".join((line[1:] if line.startswith(b".") else line) + b"\r\n" for line in lines[:-2])
    assert unstuffed == wire_form(letter)


PIECES = [b"a", b".", b"..", b"\r\n", b"\r", b"\n", b"\0", b"\r\n.\r\n", b"\xff", b"From x", b"x" * 1200]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from(PIECES), min_size=1, max_size=20).map(b"".join).filter(lambda letter: letter.strip(b"\0"))
)
def test_a_letter_of_any_bytes_is_sent_as_one_and_its_lines_are_kept(letter: bytes):
    check(letter)


@pytest.mark.parametrize("ending", ENDINGS)
def test_no_end_of_line_within_a_letter_is_sent_as_its_end(ending: bytes):
    check(outer(ending, "b@x.org"))
