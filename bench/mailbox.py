"""A mailbox of very many letters opened: by our session with its index, and by mutt with its header cache.

mutt is run in a terminal, told to leave at once, and timed from start to end; its start is about 40 ms of that. Ours is
what a session does in a host that runs: the process that keeps indexes has been started, as a host's has.
"""

import asyncio
import os
import pty
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from bench.lines import PATIENCE, BenchError
from offhook.mailbox.index import IndexClerk, IndexedMaildrop
from offhook.mailbox.letters import Maildrop, Survey
from offhook.mailbox.maildir import Maildir, MaildirSurvey
from offhook.mailbox.mbox import Mbox, MboxSurvey
from offhook.terminal.session.mailbag import Mailbag
from tests.support.programs import path_of

PAGE = 20
"""Rows of a first page."""
CHANGES = 5
"""Changes by others that are timed in one round."""
_BUILD_PATIENCE = 600.0
_WORDS = ("tone", "trunk", "north", "relay", "coil", "ring", "carrier", "answer", "exchange", "number", "line", "modem")
_RC = """set header_cache="{cache}"
set maildir_header_cache_verify=yes
set mail_check=0
set sleep_time=0
set quit=yes
set wait_key=no
set mark_old=no
set beep=no
set folder="{folder}"
set move=no
set sort=mailbox-order
"""


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="offhook-bench-mail")


@cache
def maildir(letters: int) -> Path:
    """A Maildir, nine tenths of its letters read, 2.4 KB each."""
    folder = Path(_folder().name) / "maildir"
    for name in ("tmp", "new", "cur"):
        (folder / name).mkdir(parents=True)
    for number in range(letters):
        letter = _letter(number, 2400)
        read = number * 10 < letters * 9
        base = f"{_moment(number)}.M{number % 1_000_000}P1Q{number}.host,S={len(letter)}"
        (folder / ("cur" if read else "new") / (base + ":2,S" * read)).write_bytes(letter)
    return folder


@cache
def mbox(letters: int, octets: int) -> Path:
    """An mbox of so many letters that are so many octets together."""
    file = Path(_folder().name) / "mbox"
    with file.open("wb") as box:
        for number in range(letters):
            date = time.asctime(time.gmtime(_moment(number)))
            box.write(b"From bob@example.org %b\n" % date.encode())
            box.write(_letter(number, octets // letters) + b"\n")
    past = time.time() - 60
    os.utime(file, (past, past))
    return file


def _moment(number: int) -> int:
    return 1_700_000_000 + 60 * number


def _letter(number: int, octets: int) -> bytes:
    date = time.strftime("%a, %d %b %Y %H:%M:%S +0000", time.gmtime(_moment(number)))
    words = " ".join(_WORDS[(number * step) % len(_WORDS)] for step in range(1, 6))
    head = (
        "Return-Path: <bob@example.org>\nDelivered-To: alice@host.example\n"
        f"Received: from mail.example.org (mail.example.org [192.0.2.1])\n\tby host.example with ESMTP\n\tid {number}; "
        f"{date}\nFrom: Bob Beech {number % 100} <bob{number % 100}@example.org>\nTo: alice@host.example\n"
        f"Subject: {words} {number}\nDate: {date}\nMessage-ID: <{number}@example.org>\nMIME-Version: 1.0\n"
        "Content-Type: text/plain; charset=utf-8\n\n"
    )
    line = " ".join(_WORDS[(number + step) % len(_WORDS)] for step in range(12)) + "\n"
    return (head + line * max(1, (octets - len(head)) // len(line))).encode()


def mutt(box: Path, cache_folder: Path) -> float:
    """Seconds in which mutt opens a mailbox, shows its first page and leaves."""
    cache_folder.mkdir(exist_ok=True)
    settings = cache_folder.with_suffix(".rc")
    settings.write_text(_RC.format(cache=f"{cache_folder}/", folder=cache_folder))
    begun = time.perf_counter()
    child, terminal = pty.fork()
    if not child:
        os.environ["TERM"] = "vt100"
        os.execv(path_of("mutt"), ["mutt", "-n", "-F", str(settings), "-f", str(box), "-e", "push <exit>"])
    shown = b""
    try:
        while data := os.read(terminal, 65536):
            shown += data
    except OSError:  # it has left
        pass
    os.close(terminal)
    os.waitpid(child, 0)
    if b"Mutt: " not in shown:
        raise BenchError(f"mutt did not show the mailbox: {shown[-200:]!r}")
    return time.perf_counter() - begun


def by_mutt(box: Path, name: str, *, caches: bool) -> Iterator[tuple[str, float]]:
    """Its cost with a cache to make, and with one; of an mbox it has none."""
    folder = Path(_folder().name) / f"mutt-{name}"
    shutil.rmtree(folder, ignore_errors=True)
    first = mutt(box, folder)
    warm = mutt(box, folder) if caches else first
    yield f"{name}_page", first
    yield f"{name}_built", first
    yield f"{name}_warm", warm
    yield f"{name}_changed", warm


def by_session(box: Path, name: str) -> Iterator[tuple[str, float]]:
    """Our session's cost without an index, with one, and after changes by others."""
    return iter(asyncio.run(_session(box, name)))


async def _session(box: Path, name: str) -> Sequence[tuple[str, float]]:
    file = Path(_folder().name) / f"{name}.index"
    for each in file.parent.glob(f"{name}.index*"):
        each.unlink()
    clerk = IndexClerk()
    nobody = file.with_name("nobody")
    await clerk.look(f"{nobody}.index", MaildirSurvey(str(nobody)))  # a host's has been started before
    begun = time.perf_counter()
    session = _opened(box, file, clerk)
    await _first_page(session)
    page = time.perf_counter() - begun
    while not (await clerk.build_some(str(file), _survey(box))).headed:
        if time.perf_counter() - begun > _BUILD_PATIENCE:
            raise BenchError("the index is not made")
    built = time.perf_counter() - begun
    await clerk.stop_building()
    await session.close()
    begun = time.perf_counter()
    session = _opened(box, file, clerk)
    bag = await _first_page(session)
    warm = time.perf_counter() - begun
    times = [await _change(box, bag, number) for number in range(CHANGES)]
    await session.close()
    await clerk.close()
    changed = sorted(times)[len(times) // 2]
    return [(f"{name}_page", page), (f"{name}_built", built), (f"{name}_warm", warm), (f"{name}_changed", changed)]


def _survey(box: Path) -> Survey:
    return MaildirSurvey(str(box)) if box.is_dir() else MboxSurvey(str(box))


def _opened(box: Path, file: Path, clerk: IndexClerk) -> IndexedMaildrop:
    store: Maildrop = Maildir(box) if box.is_dir() else Mbox(box)
    return IndexedMaildrop(store, _survey(box), str(file), clerk)


async def _first_page(session: IndexedMaildrop) -> Mailbag:
    bag = Mailbag(session)
    await bag.open()
    page = range(bag.dot, min(bag.dot + PAGE, len(bag) + 1))
    if not [row async for row in bag.rows(page)]:
        raise BenchError("the first page is empty")
    return bag


async def _change(box: Path, bag: Mailbag, number: int) -> float:
    """Seconds until a session shows a letter that another program has put in or, for a Maildir, marked."""
    for _ in range(3):
        await asyncio.sleep(0.2)
        await bag.refresh()
    put_in = _put_in(box, number)
    await asyncio.sleep(0.1)  # folders and files tell of a change once their clock has moved on
    begun = time.perf_counter()
    while not (fresh := await bag.refresh()):
        if time.perf_counter() - begun > PATIENCE:
            raise BenchError("a change by another program is not seen")
    rows = [row async for row in bag.rows(fresh)]
    took = time.perf_counter() - begun
    put_in.unlink() if box.is_dir() else None
    if len(rows) != 1:
        raise BenchError(f"{len(rows)} letters came")
    return took


def _put_in(box: Path, number: int) -> Path:
    """A letter put into the folder of letters that have been read: the larger one."""
    letter = _letter(900_000_000 + number, 1000)
    if box.is_dir():
        file = box / "cur" / f"{int(time.time())}.M{time.perf_counter_ns() % 1_000_000}P2Q{number}.other,S=1000:2,S"
        file.write_bytes(letter)
        return file
    with box.open("ab") as end:
        end.write(b"From carol@example.org %b\n%b\n" % (time.asctime(time.gmtime()).encode(), letter))
    return box
