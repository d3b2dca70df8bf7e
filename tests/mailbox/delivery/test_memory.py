"""A letter is in memory once on its way in, whatever is done to it."""

import tracemalloc
from collections.abc import Callable
from pathlib import Path

from offhook.mailbox.accounts import Account, AccountFile
from offhook.mailbox.delivery import LocalDelivery
from offhook.mailbox.listeners.letter_reader import unstuff
from offhook.mailbox.listeners.strictness import fault
from offhook.mailbox.maildir import Maildir

LETTER_BYTES = 64_000_000
MOST_BYTES = 40_000_000
"""Ten times what is used besides the letter, and less than it."""


def letter_of_that_size() -> bytearray:
    line = b"x" * 78 + b"\r\n"
    return bytearray(b"Status: R\r\nSubject: large\r\n\r\n" + line * (LETTER_BYTES // len(line)))


def used_besides(work: Callable[[], object]) -> int:
    """The most bytes that Python had besides what was there before."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


async def test_a_letter_is_copied_into_a_maildir_piece_by_piece(tmp_path: Path):
    AccountFile(tmp_path / "accounts").add(Account("alice", "x"))
    local = LocalDelivery(
        AccountFile(tmp_path / "accounts"), lambda name: Maildir(tmp_path / name), domains=("here.org",)
    )
    letter = letter_of_that_size()
    tracemalloc.start()
    try:
        await local.deliver("alice", "s@x.org", "alice@here.org", letter, "here")
        assert tracemalloc.get_traced_memory()[1] < MOST_BYTES
    finally:
        tracemalloc.stop()
    [file] = (tmp_path / "alice" / "new").iterdir()
    assert file.stat().st_size > LETTER_BYTES * 78 // 80


def test_what_listeners_do_to_a_letter_makes_no_second_one_of_it():
    letter = letter_of_that_size()
    assert used_besides(lambda: unstuff(letter)) < MOST_BYTES
    assert used_besides(lambda: fault(letter)) < MOST_BYTES
