"""The whole suite of the mail session once more, with an index for INBOX and for each folder.

Every test of `tests/terminal/session` that has to do with a maildrop is collected here again, as it stands there.
"""

import importlib
from collections.abc import Iterator
from types import ModuleType

import pytest

from offhook.mailbox.index import catalog
from tests.support import mail_desk
from tests.support.indexed_desk import IndexedAccounts, indexed_accounts

SUITE = ("call", "folder_commands", "kept_letters", "letter_commands", "mail_menu", "message_list", "reader")
NOT_HERE = {
    "test_a_folder_name_from_elsewhere_cannot_reach_the_terminal_as_controls": "the name is put into the memory",
}


@pytest.fixture(autouse=True, scope="module")
def accounts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[IndexedAccounts]:
    """Every guest of these tests has indexes; a session waits for a look at changes however busy the machine is."""
    with indexed_accounts(tmp_path_factory.mktemp("index")) as found, pytest.MonkeyPatch.context() as patched:
        patched.setattr(mail_desk, "new_mail", found.new_mail)
        patched.setattr(catalog, "PATIENCE", 60.0)
        yield found


def _take_over(module: ModuleType) -> int:
    taken = {name: value for name, value in vars(module).items() if name.startswith("test_") and name not in NOT_HERE}
    assert not taken.keys() & globals().keys()
    globals().update(taken)
    return len(taken)


TAKEN = {name: _take_over(importlib.import_module(f"tests.terminal.session.test_{name}")) for name in SUITE}


def test_the_suite_is_all_here_and_has_used_indexes(accounts: IndexedAccounts) -> None:
    assert all(TAKEN.values())
    assert sum(TAKEN.values()) > 60
