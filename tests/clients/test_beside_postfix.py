"""Beside a real Postfix, configured by the files of examples/: letters in by LMTP and by the program, letters out."""

import asyncio
import grp
import os
import pwd
import re
import shlex
import smtplib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from offhook.config import load
from offhook.mail_room import MailRoom
from offhook.mailbox.letters import Envelope
from offhook.mailbox.spool import Spool
from tests.support.opened_up import opened_up
from tests.support.postfix import EXAMPLES, Postfix, placed, postfix, reachable_folder
from tests.support.programs import path_of
from tests.support.served_host import served_host

pytestmark = [
    pytest.mark.needs("postfix"),
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can start a Postfix"),
]

HARD = (
    b"From: s@x.org\r\nTo: alice@example.org\r\nDate: Sat, 28 Nov 2026 12:00:00 +0000\r\nMessage-ID: <hard@x.org>\r\n"
    b"Subject: hard to carry\r\nStatus: RO\r\nX-UID: 7\r\nContent-Length: 3\r\nX-Mine: kept\r\n folded\r\n\r\n"
    b".\r\n..\r\n...x\r\nFrom here on\r\n>From there\r\n \xe4\xf6\xfc\xff\x80 \t\r\n"
    + b"y" * 900
    + b"\r\n\r\n\r\nend\r\n"
)
KEPT = HARD.replace(b"\r\n", b"\n").replace(b"Status: RO\nX-UID: 7\nContent-Length: 3\n", b"")


def places(folder: Path) -> dict[str, str]:
    return {"/run/offhook": str(folder), "/var/lib/offhook": str(folder)}


def host_config(folder: Path, port: int) -> str:
    config = placed("beside_postfix/offhook.toml", places(folder) | {"port = 25": f"port = {port}"})
    return config + '\n[mail.aliases]\nteam = ["alice", "alice+lists"]\n'


def letters(folder: Path) -> list[bytes]:
    boxes = [folder / "mail" / "alice" / name for name in ("new", ".lists/new")]
    return [file.read_bytes() for box in boxes if box.exists() for file in box.iterdir()]


@pytest.fixture(scope="module")
def beside() -> Iterator[tuple[Postfix, Path]]:
    """A Postfix and a host that serve each other; what goes to there.org comes back to alice, and elsewhere.net is far.

    Its LMTP client is in a chroot, as Debian has it, until it is taken out as the example says.
    """
    [taken_out] = re.findall(r"postconf -F (\S+)", (EXAMPLES / "beside_postfix/lmtp.cf").read_text(encoding="utf-8"))
    back = "virtual_alias_domains = there.org\nvirtual_alias_maps = inline:{carol@there.org=alice@example.org}\n"
    back += "transport_maps = inline:{elsewhere.net=discard:}\n"
    with reachable_folder() as folder:
        house = folder / "house"
        house.mkdir()
        house.chmod(0o755)
        fragment = placed("beside_postfix/lmtp.cf", {"/run/offhook": str(house)})
        with postfix(folder / "pf", fragment, back, settings=["lmtp/unix/chroot=y", taken_out]) as mta:
            config = host_config(house, mta.port)
            with served_host(house, config):
                yield mta, house


def fresh(house: Path, before: set[bytes]) -> list[bytes]:
    return [letter for letter in letters(house) if letter not in before]


def test_a_letter_comes_by_lmtp_byte_for_byte(beside: tuple[Postfix, Path]):
    mta, house = beside
    before = set(letters(house))
    mta.send("s@x.org", ["alice@example.org"], HARD)
    mta.until(lambda: len(fresh(house, before)) == 1)
    [letter] = fresh(house, before)
    assert letter.startswith(
        b"Return-Path: <s@x.org>\nDelivered-To: alice@example.org\nReceived: from mail.example.org"
    )
    assert letter.endswith(KEPT)


def test_a_detail_is_a_folder_if_it_is_there_and_an_alias_a_copy_for_each(beside: tuple[Postfix, Path]):
    mta, house = beside
    for name in ("", "new", "cur", "tmp"):
        (house / "mail" / "alice" / ".lists" / name).mkdir(exist_ok=True)
    mta.send("s@x.org", ["team@example.org"], b"Subject: for the team\r\n\r\nx\r\n")
    boxes = [house / "mail" / "alice" / "new", house / "mail" / "alice" / ".lists" / "new"]
    mta.until(lambda: all(any(b"for the team" in file.read_bytes() for file in box.iterdir()) for box in boxes))


def test_an_unknown_user_is_refused_while_the_sender_is_still_there(beside: tuple[Postfix, Path]):
    mta, _ = beside
    refused = mta.send(
        "s@x.org", ["alice@example.org", "nobody-here@example.org"], b"Message-ID: <a@x.org>\r\n\r\nx\r\n"
    )
    [(code, said)] = refused.values()
    assert code == 550
    assert b"no such user" in said
    mta.until(mta.is_empty)  # what alice gets must not come in the middle of another test


@pytest.mark.needs("smtp-source")
def test_many_letters_over_many_connections_are_all_there_and_none_twice(beside: tuple[Postfix, Path]):
    mta, house = beside
    before = set(letters(house))
    count = 200
    command = [path_of("smtp-source"), "-m", str(count), "-s", "10", "-l", "4096", "-f", "s@x.org"]
    subprocess.run([*command, "-t", "alice@example.org", f"127.0.0.1:{mta.port}"], check=True, timeout=200)
    mta.until_come(lambda: mta.is_empty() and len(fresh(house, before)) >= count)
    idents = [re.search(rb"\nMessage-Id: *(<[^>]+>)", letter, re.I) for letter in fresh(house, before)]
    own = [ident[1] for ident in idents if ident and b"@x.org>" not in ident[1]]
    assert len(set(own)) == len(own) == count


@pytest.mark.parametrize("carrier", ["smarthost", "sendmail"])
async def test_what_the_host_hands_on_arrives_byte_for_byte(beside: tuple[Postfix, Path], carrier: str, tmp_path: Path):
    mta, house = beside
    config = (house / "offhook.toml").read_text()
    if carrier == "sendmail":
        command = ", ".join(f'"{word}"' for word in mta.sendmail)
        config = config.partition("[smarthost]")[0] + f"[sendmail]\ncommand = [{command}]\n"
    (tmp_path / "offhook.toml").write_text(config.replace(f"{house}/spool", f"{tmp_path}/spool"))
    room = MailRoom(load(tmp_path / "offhook.toml"), tmp_path)
    before = set(letters(house))
    await room.spool.put(Envelope("alice@example.org", ("carol@there.org", "dave@elsewhere.net")), HARD)
    far = mta.log().count("to=<dave@elsewhere.net>")
    await room.runner.attempt_due()
    assert await room.spool.list() == ()
    mta.until(lambda: mta.log().count("to=<dave@elsewhere.net>") > far)
    assert "to=<dave@elsewhere.net>, relay=none" in mta.log()
    mta.until(lambda: len(fresh(house, before)) == 1)
    [letter] = fresh(house, before)
    assert letter.startswith(b"Return-Path: <alice@example.org>\n")
    assert letter.endswith(KEPT), mta.log()


def test_while_the_host_is_away_letters_wait_in_postfix_and_come_once():
    with reachable_folder() as folder:
        house = folder / "house"
        house.mkdir()
        house.chmod(0o755)
        fragment = placed("beside_postfix/lmtp.cf", {"/run/offhook": str(house)})
        waiting = "smtpd_recipient_restrictions = permit_mynetworks, reject\n"
        with postfix(folder / "pf", fragment, waiting) as mta:
            mta.send("s@x.org", ["alice@example.org"], b"Subject: early\r\n\r\nx\r\n")
            mta.until(lambda: "status=deferred" in mta.log())
            with served_host(house, host_config(house, mta.port)):
                mta.until_come(lambda: mta.is_empty() and bool(letters(house)))
                assert len(letters(house)) == 1


USER = "games"
"""A user every Debian has, who is not root and gets no mail."""


def test_postfix_runs_the_program_as_the_user_the_letter_is_for(monkeypatch: pytest.MonkeyPatch):
    with reachable_folder() as folder:
        start = opened_up(folder)
        if subprocess.run([*start, "true"], capture_output=True, check=False).returncode:
            pytest.skip("no namespace of mounts can be had here")
        (folder / "offhook").write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m offhook "$@"\n')
        (folder / "offhook").chmod(0o755)
        for name in ("homes", f"homes/{USER}"):
            (folder / name).mkdir()
            (folder / name).chmod(0o755)
        user = pwd.getpwnam(USER)
        os.chown(folder / "homes" / USER, user.pw_uid, user.pw_gid)
        moved = {"{home}": f"{folder}/homes/{{user}}", "/var/lib/offhook": str(folder)}
        (folder / "offhook.toml").write_text(placed("beside_postfix/deliver.toml", moved))
        (folder / "offhook.toml").chmod(0o644)
        (folder / "accounts").write_text(f"{USER}:{{ARGON2ID}}x::::::\n")
        (folder / "accounts").chmod(0o600)
        fragment = placed(
            "beside_postfix/deliver.cf",
            {"/usr/bin/offhook": str(folder / "offhook"), "/etc/offhook": str(folder)},
        )
        services = placed(
            "beside_postfix/pipe.cf",
            {
                "/usr/bin/offhook": str(folder / "offhook"),
                "/etc/offhook": str(folder),
                "user=offhook": f"user={USER}",
            },
        )
        fragment += "relay_domains = piped.org\ntransport_maps = inline:{ piped.org=offhook }\n"
        fragment += "offhook_destination_recipient_limit = 1\n"
        monkeypatch.setattr("tests.support.postfix.START", start)
        with postfix(folder / "pf", fragment, services=services) as mta:
            new = folder / "homes" / USER / "Maildir" / "new"
            mta.send("s@x.org", [f"{USER}+detail@example.org"], HARD)
            mta.until(lambda: "status=" in mta.log())
            assert "status=sent (delivered to command" in mta.log(), mta.log()
            [file] = new.iterdir()
            letter = file.read_bytes()
            assert letter.startswith(f"Return-Path: <s@x.org>\nDelivered-To: {USER}+detail@example.org\n".encode())
            assert letter.endswith(KEPT)
            facts = file.stat()
            assert (facts.st_uid, grp.getgrgid(facts.st_gid).gr_name) == (user.pw_uid, USER)
            assert facts.st_mode & 0o777 == 0o600
            mta.send("", [f"{USER}@piped.org"], HARD)
            mta.until(lambda: "relay=offhook" in mta.log())
            assert "status=sent (delivered via offhook service)" in mta.log(), mta.log()
            [piped] = [each.read_bytes() for each in new.iterdir() if each != file]
            assert piped.startswith(b"Return-Path: <>\n")
            assert piped.endswith(KEPT)
            (new.parent / "maildirsize").write_text("10S\n")
            os.chown(new.parent / "maildirsize", user.pw_uid, user.pw_gid)
            mta.send("s@x.org", [f"{USER}@example.org"], HARD)
            mta.until(lambda: "status=deferred" in mta.log())
            assert len(list(new.iterdir())) == 2


PIPED = """[mail]
domains = ["piped.org"]
aliases_file = "aliases"
[mail.aliases]
round = "about"
about = "round"
list = ["alice", "bob+work", "dave@there.org"]
owner-list = "bob"
[[forward]]
account = "carol"
to = "carol@there.org"
"""


def test_what_pipe_is_told_of_each_letter_is_what_postfix_does_with_it(monkeypatch: pytest.MonkeyPatch):
    with reachable_folder() as folder:
        start = opened_up(folder)
        if subprocess.run([*start, "true"], capture_output=True, check=False).returncode:
            pytest.skip("no namespace of mounts can be had here")
        (folder / "offhook").write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m offhook "$@"\n')
        (folder / "offhook").chmod(0o755)
        house, user = folder / "house", pwd.getpwnam(USER)
        work = house / "mail" / "bob" / ".Work"
        for name in ("tmp", "new", "cur"):
            (work / name).mkdir(parents=True)
        (house / "offhook.toml").write_text(PIPED)
        (house / "aliases").write_text("root: alice\npipes: bob\n")
        (house / "accounts").write_text("".join(f"{name}:x::::::\n" for name in ("alice", "bob", "carol")))
        for each in (house, *house.rglob("*")):
            os.chown(each, user.pw_uid, user.pw_gid)
        moved = {
            "/usr/bin/offhook": str(folder / "offhook"),
            "/etc/offhook": str(house),
            "user=offhook": f"user={USER}",
        }
        services = placed("beside_postfix/pipe.cf", moved)
        fragment = "relay_domains = piped.org\ntransport_maps = inline:{ piped.org=offhook }\n"
        fragment += "offhook_destination_recipient_limit = 1\nrecipient_delimiter = +\n"
        fragment += "smtpd_recipient_restrictions = permit_mynetworks, reject\n"
        monkeypatch.setattr("tests.support.postfix.START", start)
        with postfix(folder / "pf", fragment, services=services) as mta:
            run = _Pipe(mta, house)
            # A list: alice, a folder of bob, and the spool, from the list's owner.
            assert run.sent("s@x.org", "list", b"Subject: to the list\r\n\r\n\xe4\r\n") == "sent"
            for box in (house / "mail/alice/new", work / "new"):
                [letter] = [file.read_bytes() for file in box.iterdir()]
                assert letter.startswith(b"Return-Path: <owner-list@piped.org>\nDelivered-To: ")
                assert b"\nSubject: to the list\n" in letter
                assert letter.endswith(b"\n\n\xe4\n")
            assert run.spooled() == [("owner-list@piped.org", ("dave@there.org",))]
            # A forward without a copy keeps its sender, and the null sender.
            assert run.sent("", "carol", b"Subject: back\r\n\r\nx\r\n") == "sent"
            assert run.spooled()[1:] == [("", ("carol@there.org",))]
            # Circles, of aliases and of letters, are for good; so is nobody.
            assert run.sent("s@x.org", "round", b"Subject: x\r\n\r\nx\r\n") == "bounced"
            assert "leads back to itself" in mta.log()
            again = b"Received: from a by b\r\nDelivered-To: alice@piped.org\r\nSubject: again\r\n\r\nx\r\n"
            assert run.sent("s@x.org", "alice", again) == "bounced"
            assert run.sent("s@x.org", "nobody-here", b"Subject: x\r\n\r\nx\r\n") == "bounced"
            assert "There is no such user here." in mta.log()
            # Addresses beyond ASCII (RFC 6531).
            assert (
                run.sent("s\xf6der@x.org", "alice", "Subject: gr\xfc\xdfe\r\n\r\nx\r\n".encode(), utf8=True) == "sent"
            )
            kept = [file.read_bytes() for file in (house / "mail/alice/new").iterdir()]
            assert any(letter.startswith("Return-Path: <s\xf6der@x.org>\n".encode()) for letter in kept)
            assert run.sent("s@x.org", "j\xf6rg", b"Subject: x\r\n\r\nx\r\n", utf8=True) == "bounced"
            # What an operator can mend, or the owner of a full mailbox, is waited for.
            (house / "aliases").write_text('root: "|/usr/bin/id"\n')
            assert run.sent("s@x.org", "root", b"Subject: x\r\n\r\nx\r\n") == "deferred"
            (house / "aliases").write_text("root: alice\n")
            (house / "mail/alice/maildirsize").write_text("10S\n")
            os.chown(house / "mail/alice/maildirsize", user.pw_uid, user.pw_gid)
            assert run.sent("s@x.org", "alice", b"Subject: x\r\n\r\nx\r\n") == "deferred"
            assert "Traceback" not in mta.log()


class _Pipe:
    """Letters through pipe(8), one after the other."""

    def __init__(self, mta: Postfix, house: Path) -> None:
        self._mta = mta
        self._house = house

    def sent(self, sender: str, user: str, letter: bytes, *, utf8: bool = False) -> str:
        """What Postfix has made of a letter in its first try."""
        start = len(self._mta.log())
        options = ["BODY=8BITMIME", *["SMTPUTF8"] * utf8]
        with smtplib.SMTP("127.0.0.1", self._mta.port, timeout=30) as client:
            client.sendmail(sender, [f"{user}@piped.org"], letter, options)
        pattern = re.compile(rf"to=<{re.escape(user)}@piped\.org>.*relay=offhook.*status=(\w+)")
        self._mta.until(lambda: bool(pattern.search(self._mta.log(), start)))
        found = pattern.search(self._mta.log(), start)
        assert found is not None
        return found[1]

    def spooled(self) -> list[tuple[str, tuple[str, ...]]]:
        """Senders and recipients of what waits to leave, the oldest first."""
        letters = asyncio.run(Spool(self._house / "spool").list())
        return [(each.sender, tuple(one.address for one in each.recipients)) for each in letters]
