"""Each store as a fixture that opens sessions on it; what is opened is closed after the test."""

from collections.abc import AsyncIterator, Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from offhook.mailbox.imap import ImapFolders, ImapMaildrop, ImapServer, ImapSession
from offhook.mailbox.index import IndexClerk, IndexedFolders, IndexedMaildrop, PlainSurvey, Shelf, asking_here
from offhook.mailbox.letters import INBOX, Maildrop, Survey
from offhook.mailbox.maildir import Maildir, MaildirFolders, MaildirSurvey
from offhook.mailbox.mbox import Mbox, MboxFolders, MboxSurvey
from tests.support.dovecot import MASTER, MASTER_PASSWORD, Dovecot, dovecot
from tests.support.memory_maildrop import MemoryFolders, MemoryLetters, MemoryMaildrop
from tests.support.stores import STORES, Open, OpenFolders, Store


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest) -> Store:
    """Every store in turn."""
    return STORES[request.param]


@pytest.fixture
async def open_maildrop(request: pytest.FixtureRequest, store: Store) -> AsyncIterator[Open]:
    """Each call opens one more session on the same maildrop, or on another one by name."""
    sessions: Open = request.getfixturevalue(store.sessions)
    opened: list[Maildrop] = []

    def open_one_more(name: str = INBOX) -> Maildrop:
        opened.append(sessions(name))
        return opened[-1]

    yield open_one_more
    for maildrop in opened:
        await maildrop.close()


@pytest.fixture
def open_folders(request: pytest.FixtureRequest, store: Store) -> OpenFolders:
    """Each call opens one more session on the folders of the same mailbox, empty at first."""
    if store.folders is None:
        pytest.skip(f"{store.sessions}: no folders")
    folders: OpenFolders = request.getfixturevalue(store.folders)
    return folders


@pytest.fixture
def maildir_sessions(tmp_path: Path) -> Open:
    """A Maildir."""
    return lambda name=INBOX: Maildir(tmp_path / "mail" / name)


@pytest.fixture
def maildir_folders(tmp_path: Path) -> OpenFolders:
    """A Maildir++ mailbox."""
    return lambda: MaildirFolders(tmp_path / "mail" / "alice")


@pytest.fixture
def indexed_maildir_folders(tmp_path: Path, maildir_folders: OpenFolders, index_clerk: IndexClerk) -> OpenFolders:
    """The same with indexes."""
    shelf = Shelf(str(tmp_path / "index"), "alice")

    def survey_of(store: Maildrop) -> Survey:
        assert isinstance(store, Maildir)
        return MaildirSurvey(store.path, within=store.within)

    return lambda: IndexedFolders(maildir_folders(), survey_of, shelf, index_clerk)


@pytest.fixture
def mbox_sessions(tmp_path: Path) -> Open:
    """An mbox."""
    return lambda name=INBOX: Mbox(tmp_path / "mail" / name)


@pytest.fixture
def indexed_mbox_sessions(tmp_path: Path, mbox_sessions: Open, index_clerk: IndexClerk) -> Open:
    """An mbox with an index."""

    def sessions(name: str = INBOX) -> Maildrop:
        survey = MboxSurvey(str(tmp_path / "mail" / name))
        return IndexedMaildrop(mbox_sessions(name), survey, str(tmp_path / f"{name}.index"), index_clerk)

    return sessions


@pytest.fixture
def indexed_mbox_folders(tmp_path: Path, mbox_folders: OpenFolders, index_clerk: IndexClerk) -> OpenFolders:
    """The same with indexes."""
    shelf = Shelf(str(tmp_path / "index"), "alice")

    def survey_of(store: Maildrop) -> Survey:
        assert isinstance(store, Mbox)
        return MboxSurvey(store.path)

    return lambda: IndexedFolders(mbox_folders(), survey_of, shelf, index_clerk)


@pytest.fixture
def mbox_folders(tmp_path: Path) -> OpenFolders:
    """A folder of mbox files, and INBOX elsewhere."""
    return lambda: MboxFolders(tmp_path / "mail" / "alice", tmp_path / "spool" / "alice")


@pytest.fixture
def memory_sessions() -> Open:
    """The maildrop in memory."""
    maildrops: dict[str, MemoryLetters] = {}
    return lambda name=INBOX: MemoryMaildrop(maildrops.setdefault(name, MemoryLetters()))


@pytest.fixture
def index_clerk() -> IndexClerk:
    """Keeps indexes, in a thread."""
    return IndexClerk(asking_here())


@pytest.fixture
def indexed_maildir_sessions(tmp_path: Path, maildir_sessions: Open, index_clerk: IndexClerk) -> Open:
    """A Maildir with an index."""

    def sessions(name: str = INBOX) -> Maildrop:
        survey = MaildirSurvey(str(tmp_path / "mail" / name))
        return IndexedMaildrop(maildir_sessions(name), survey, str(tmp_path / f"{name}.index"), index_clerk)

    return sessions


@pytest.fixture
def indexed_memory_sessions(tmp_path: Path, memory_sessions: Open, index_clerk: IndexClerk) -> Open:
    """The maildrop in memory with an index."""

    def sessions(name: str = INBOX) -> Maildrop:
        survey = PlainSurvey(lambda: memory_sessions(name))
        return IndexedMaildrop(memory_sessions(name), survey, str(tmp_path / f"{name}.index"), index_clerk)

    return sessions


@pytest.fixture
def memory_folders() -> OpenFolders:
    """The folders in memory."""
    shared = MemoryFolders().shared

    def open_folders() -> MemoryFolders:
        folders = MemoryFolders()
        folders.shared = shared
        return folders

    return open_folders


@pytest.fixture(scope="session")
def mail_server() -> Iterator[Dovecot]:
    """One Dovecot for all tests of this process; each takes an account of its own."""
    with dovecot(anybody=True, location="sdbox:{folder}/mail/%u:LAYOUT=index") as running:
        yield running


_accounts = count(1)


@pytest.fixture
def imap_account(mail_server: Dovecot) -> Iterator[Callable[[], ImapSession]]:
    """Opens sessions of an account that nobody has used, and ends them."""
    account = f"user{next(_accounts)}"
    server = ImapServer("127.0.0.1", mail_server.imap, "none", master_user=MASTER, master_password=MASTER_PASSWORD)
    opened: list[ImapSession] = []

    def open_session() -> ImapSession:
        opened.append(ImapSession(server, account, None))
        return opened[-1]

    yield open_session
    for session in opened:
        session.abandon()


@pytest.fixture
def imap_sessions(imap_account: Callable[[], ImapSession]) -> Open:
    """IMAP mailboxes on a real server, each session on a connection of its own."""
    session = imap_account()
    client = session.server.connect(session.account, None)
    for name in ("other", "back"):
        client.create_folder(name)
    client.logout()
    return lambda name=INBOX: ImapMaildrop(imap_account(), name)


@pytest.fixture
def imap_folders(imap_account: Callable[[], ImapSession]) -> OpenFolders:
    """The folders of an account on a real server."""
    return lambda: ImapFolders(imap_account())
