"""Calls to hosts by TLS: who is believed, and what the line hears of one who is not."""

import socket
import ssl

from offhook.virtual_lines.exchange import Cause
from tests.support.outside_calls import ALL_BYTES, hosts, knows, outdoors, until
from tests.support.smarthost_server import CERTIFICATE, trusting


def served() -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(CERTIFICATE)
    return context


async def test_a_tls_host_with_a_certificate_that_is_trusted_is_put_through():
    async with outdoors(trusting()) as out, hosts(served()) as far:
        await out.call(f"tls:127.0.0.1:{far.port}")
        host = await far.caller()
        out.a.up.leg.send(ALL_BYTES)
        assert await host.hears(len(ALL_BYTES)) == ALL_BYTES
        await host.says(b"raw: " + ALL_BYTES)
        await until(lambda: len(out.a.up.heard) >= len(ALL_BYTES) + 5)
        assert out.a.up.heard == b"raw: " + ALL_BYTES
        out.board.hang_up("a")
        assert await host.hears_all() == b""


async def test_a_tls_host_that_nobody_vouches_for_is_refused_and_the_trace_says_why():
    async with outdoors(traced=True) as out, hosts(served()) as far:
        assert await out.fails(f"tls:127.0.0.1:{far.port}") is Cause.REJECTED
        assert any("self-signed certificate" in entry for entry in out.entries)


async def test_a_tls_host_with_another_name_than_was_called_is_refused():
    async with outdoors(trusting()) as out, hosts(served()) as far:
        knows(out, **{"bbs.example": [(socket.AF_INET, ("127.0.0.1", far.port))]})
        assert await out.fails("tls:bbs.example") is Cause.REJECTED


async def test_a_host_that_speaks_no_tls_is_refused():
    async with outdoors(trusting()) as out, hosts() as far:
        out.board.dial("a", f"tls:127.0.0.1:{far.port}")
        await (await far.caller()).says(b"login: ")
        await until(lambda: out.a.heard)
        assert out.a.heard == [Cause.REJECTED]


async def test_a_caller_who_hangs_up_in_the_handshake_leaves_no_socket():
    async with outdoors(trusting()) as out, hosts() as far:
        out.board.dial("a", f"tls:127.0.0.1:{far.port}")
        host = await far.caller()
        await host.hears(1)
        out.board.hang_up("a")
        await host.hears_all()
        assert out.a.heard == []


async def test_a_host_that_hangs_up_in_the_handshake_is_refused():
    async with outdoors(trusting()) as out, hosts() as far:
        out.board.dial("a", f"tls:127.0.0.1:{far.port}")
        (await far.caller()).writer.close()
        await until(lambda: out.a.heard)
        assert out.a.heard == [Cause.REJECTED]


async def test_a_tls_host_that_is_gone_as_soon_as_it_is_there_ends_the_call():
    async with outdoors(trusting()) as out, hosts(served()) as far:
        out.board.dial("a", f"tls:127.0.0.1:{far.port}")
        (await far.caller()).resets()
        await until(lambda: out.a.heard)
        if out.a.heard == ["joined"]:
            await until(lambda: out.a.up.closed)
        else:
            assert out.a.heard == [Cause.REJECTED]
