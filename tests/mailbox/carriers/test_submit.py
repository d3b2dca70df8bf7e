"""The smarthost's client against a real SMTP server: outcomes by recipient, TLS, passwords, servers that fail."""

import asyncio
import ssl
from typing import Literal

import pytest

from offhook.mailbox.carriers import Smarthost
from offhook.mailbox.letters import PermanentFailure, TemporaryFailure
from tests.support.smarthost_server import PASSWORD, USER, SmarthostServer, smarthost_server, trusting
from tests.support.spool_runs import Clock

LETTER = b"Subject: x\r\n\r\nDear Bob\r\n.\r\n..dots\r\n"

pytestmark = [
    pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS:UserWarning"),
    pytest.mark.filterwarnings("ignore:Session.login_data is deprecated:DeprecationWarning"),
]


def client(
    server: SmarthostServer, security: Literal["none", "starttls", "tls"] = "none", user: str = "", password: str = ""
) -> Smarthost:
    return Smarthost("127.0.0.1", server.port, security, user, password, hostname="host.example", context=trusting())


async def test_a_letter_arrives_byte_for_byte():
    async with smarthost_server() as server:
        outcome = await client(server).submit("alice@here", ("bob@there",), LETTER)
    assert outcome == {"bob@there": None}
    assert server.taken == [("alice@here", ("bob@there",), LETTER)]
    assert server.helo == "host.example"


async def test_a_letter_with_the_line_ends_of_a_file_arrives_with_those_of_the_wire():
    async with smarthost_server() as server:
        await client(server).submit("alice@here", ("bob@there",), LETTER.replace(b"\r\n", b"\n"))
    assert server.taken[0][2] == LETTER


async def test_the_null_sender_is_sent_as_such():
    async with smarthost_server() as server:
        await client(server).submit("", ("bob@there",), LETTER)
    assert server.taken[0][0] == ""


async def test_each_recipient_has_the_outcome_that_the_server_gave_it():
    async with smarthost_server() as server:
        server.replies = {"later@x.y": "450 4.2.0 busy", "never@x.y": "550 5.1.1 unknown"}
        outcome = await client(server).submit("a@here", ("has@x.y", "later@x.y", "never@x.y"), LETTER)
    assert outcome["has@x.y"] is None
    assert isinstance(outcome["later@x.y"], TemporaryFailure)
    assert str(outcome["later@x.y"]) == "450 4.2.0 busy"
    assert isinstance(outcome["never@x.y"], PermanentFailure)
    assert str(outcome["never@x.y"]) == "550 5.1.1 unknown"
    assert server.taken[0][1] == ("has@x.y",)


async def test_when_every_recipient_is_refused_each_has_its_own_reason():
    async with smarthost_server() as server:
        server.replies = {"later@x.y": "450 4.2.0 busy", "never@x.y": "550 5.1.1 unknown"}
        outcome = await client(server).submit("a@here", ("later@x.y", "never@x.y"), LETTER)
    assert [type(outcome[each]) for each in ("later@x.y", "never@x.y")] == [TemporaryFailure, PermanentFailure]
    assert server.taken == []


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        ("451 4.3.0 later", TemporaryFailure),
        ("552 5.3.4 too big", PermanentFailure),
        ("535 5.7.8 who are you", TemporaryFailure),
        ("530 5.7.0 must issue STARTTLS first", TemporaryFailure),
    ],
)
@pytest.mark.parametrize("stage", ["mail_reply", "data_reply"])
async def test_a_refused_sender_or_letter_counts_for_all_and_a_refused_client_for_now_only(
    stage: str, reply: str, kind: type[Exception]
):
    async with smarthost_server() as server:
        setattr(server, stage, reply)
        outcome = await client(server).submit("a@here", ("b@x.y", "c@x.y"), LETTER)
    assert {type(failure) for failure in outcome.values()} == {kind}
    assert str(outcome["b@x.y"]) == reply


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_the_connection_is_secured(security: Literal["starttls", "tls"]):
    async with smarthost_server(security) as server:
        assert await client(server, security).submit("a@here", ("b@x.y",), LETTER) == {"b@x.y": None}
    assert len(server.taken) == 1
    if security == "starttls":
        assert server.secured == [True]


@pytest.mark.parametrize("security", ["starttls", "tls"])
@pytest.mark.filterwarnings("ignore::ResourceWarning")
async def test_a_certificate_that_nobody_vouches_for_is_not_accepted(security: Literal["starttls", "tls"]):
    async with smarthost_server(security) as server:
        distrusting = Smarthost("127.0.0.1", server.port, security, context=ssl.create_default_context())
        outcome = await distrusting.submit("a@here", ("b@x.y",), LETTER)
    assert isinstance(outcome["b@x.y"], TemporaryFailure)
    assert "certificate" in str(outcome["b@x.y"]).lower()
    assert server.taken == []


async def test_a_server_without_starttls_gets_no_letter():
    async with smarthost_server("none", login=True) as server:
        outcome = await client(server, "starttls", USER, PASSWORD).submit("a@here", ("b@x.y",), LETTER)
    assert isinstance(outcome["b@x.y"], TemporaryFailure)
    assert (server.taken, server.logins) == ([], [])


@pytest.mark.parametrize("security", ["starttls", "none"])
async def test_a_password_opens_the_way(security: Literal["starttls", "none"]):
    async with smarthost_server(security, login=True) as server:
        outcome = await client(server, security, USER, PASSWORD).submit("a@here", ("b@x.y",), LETTER)
    assert outcome == {"b@x.y": None}
    assert server.logins == [USER]


async def test_a_wrong_password_is_the_operators_to_mend_and_sends_no_letter_back():
    async with smarthost_server("starttls", login=True) as server:
        outcome = await client(server, "starttls", USER, "wrong").submit("a@here", ("b@x.y",), LETTER)
    assert isinstance(outcome["b@x.y"], TemporaryFailure)
    assert "wrong" not in str(outcome["b@x.y"])


async def test_a_password_is_not_sent_in_the_clear_to_another_machine(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("offhook.mailbox.carriers.submit._is_loopback", lambda _peer: False)
    async with smarthost_server("none", login=True) as server:
        outcome = await client(server, "none", USER, PASSWORD).submit("a@here", ("b@x.y",), LETTER)
    assert isinstance(outcome["b@x.y"], TemporaryFailure)
    assert "without TLS" in str(outcome["b@x.y"])
    assert server.logins == []


@pytest.mark.parametrize("address", ["bob@x.y\r\nRCPT TO:<eve@x.y>", "-f@x.y", "a b@x.y", "", "jörg@x.y"])
async def test_what_is_no_address_never_reaches_the_server(address: str):
    async with smarthost_server() as server:
        outcome = await client(server).submit("a@here", (address, "b@x.y"), LETTER)
        assert isinstance(outcome[address], PermanentFailure)
        assert outcome["b@x.y"] is None
        if address:
            refused = await client(server).submit(address, ("b@x.y",), LETTER)
            assert isinstance(refused["b@x.y"], PermanentFailure)
    assert [recipients for _, recipients, _ in server.taken] == [("b@x.y",)]


async def test_a_letter_of_eight_bits_is_announced_as_such():
    async with smarthost_server() as server:
        await client(server).submit("a@here", ("b@x.y",), "Grüße\r\n".encode())
        assert "BODY=8BITMIME" in server.mail_options
        await client(server).submit("a@here", ("b@x.y",), b"greetings\r\n")
        assert "BODY=8BITMIME" not in server.mail_options


async def test_a_server_that_hangs_up_in_the_middle_is_tried_again():
    async with smarthost_server() as server:
        server.hangs_up = True
        outcome = await client(server).submit("a@here", ("b@x.y",), LETTER)
    assert isinstance(outcome["b@x.y"], TemporaryFailure)


async def test_a_server_that_is_not_there_rests_for_a_moment_and_is_then_tried_again():
    async with smarthost_server() as server:
        port = server.port
    clock = Clock()
    host = Smarthost("127.0.0.1", port, "none", now=clock)
    assert isinstance((await host.submit("a@here", ("b@x.y",), LETTER))["b@x.y"], TemporaryFailure)
    connections = 0

    def count() -> asyncio.Protocol:
        nonlocal connections
        connections += 1
        return asyncio.Protocol()

    listener = await asyncio.get_running_loop().create_server(count, "127.0.0.1", port)
    outcome = await host.submit("a@here", ("b@x.y",), LETTER)
    listener.close()
    assert isinstance(outcome["b@x.y"], TemporaryFailure)
    assert connections == 0
    clock.turn(31)
    async with smarthost_server() as server:
        host._port = server.port
        assert await host.submit("a@here", ("b@x.y",), LETTER) == {"b@x.y": None}


@pytest.mark.parametrize(
    ("peer", "loopback"),
    [
        (("127.0.0.1", 25), True),
        (("::1", 25, 0, 0), True),
        (("192.0.2.1", 25), False),
        (("fe80::1%eth0", 25, 0, 2), False),
        (("nonsense", 25), False),
        (None, False),
    ],
)
def test_loopback_is_told_from_other_machines(peer: object, loopback: bool):
    from offhook.mailbox.carriers.submit import _is_loopback

    assert _is_loopback(peer) is loopback
