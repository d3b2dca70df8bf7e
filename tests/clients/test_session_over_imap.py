"""The whole suite of the mail session once more, with the letters on a real Dovecot in place of memory.

Every test of `tests/terminal/session` that has to do with a maildrop is collected here again, as it stands there.
"""

import importlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import settings

from tests.support import mail_desk
from tests.support.dovecot import dovecot
from tests.support.hostile_letters import HostileLetter
from tests.support.imap_desk import imap_accounts
from tests.support.torture import SCALE
from tests.terminal.session import test_hostile_letters as hostile

SUITE = (
    "budgets",
    "call",
    "composer",
    "folder_commands",
    "hostile_letters",
    "kept_letters",
    "letter_commands",
    "login",
    "mail_menu",
    "mailbag",
    "message_list",
    "reader",
    "unsent",
    "writing",
)
OTHERS = {
    "commands": "names of commands, with no letters",
    "renumbering": "numbers, with no letters",
}
NOT_HERE = {
    "test_a_folder_name_from_elsewhere_cannot_reach_the_terminal_as_controls": "the name is put into the memory",
}
SETTINGS = "_hypothesis_internal_use_settings"
EXAMPLES = 12
"""Examples of each property: a login costs more than a maildrop in memory."""
EACH = max(1, 12 // SCALE)
"""Of the hostile letters, each so many-th is put on the server; all of them are with OFFHOOK_TORTURE=12."""
PROPERTIES: list[Callable[..., None]] = []
pytestmark = pytest.mark.needs("dovecot")


@pytest.fixture(autouse=True, scope="module")
def _letters_on_a_server() -> Iterator[None]:
    """Every guest of these tests has an account on one Dovecot."""
    with (
        dovecot(anybody=True, location="sdbox:{folder}/mail/%u:LAYOUT=index") as server,
        imap_accounts(server) as accounts,
        pytest.MonkeyPatch.context() as patched,
    ):
        patched.setattr(mail_desk, "new_mail", accounts.new_mail)
        patched.setattr(hostile, "LETTERS", [_as_servers_have_it(each) for each in hostile.LETTERS[::EACH]])
        for test in PROPERTIES:
            fewer = settings(getattr(test, SETTINGS), max_examples=EXAMPLES, deadline=None)
            patched.setattr(test, SETTINGS, fewer)
        yield


def _as_servers_have_it(letter: HostileLetter) -> HostileLetter:
    """The letter with line ends for its bare CRs and without its NULs: no IMAP server has letters with these."""
    octets = letter.octets.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\0", b"")
    return replace(letter, octets=octets or b"\n")


def _take_over(module: ModuleType) -> int:
    taken = 0
    for name, value in vars(module).items():
        if name.startswith("test_") and name not in NOT_HERE:
            assert name not in globals(), f"{name} is there twice"
            globals()[name] = value
            if hasattr(value, SETTINGS):
                PROPERTIES.append(value)
            taken += 1
    return taken


TAKEN = {name: _take_over(importlib.import_module(f"tests.terminal.session.test_{name}")) for name in SUITE}


def test_the_suite_is_all_here() -> None:
    there = {file.stem.removeprefix("test_") for file in Path(hostile.__file__).parent.glob("test_*.py")}
    assert there == {*SUITE, *OTHERS}
    assert all(TAKEN.values())
    assert sum(TAKEN.values()) > 100
