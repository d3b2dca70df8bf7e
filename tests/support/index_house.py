"""A Maildir with an index, of which nothing is done behind a session's back; and whether the index tells the truth."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from offhook.mailbox.index import IndexClerk, IndexedMaildrop, asking_here
from offhook.mailbox.index.tasks import IndexWork, Task
from offhook.mailbox.letters import Flag, LetterKey, Maildrop, PlainCatalog
from offhook.mailbox.maildir import Maildir, MaildirSurvey
from tests.support.letters_in_stores import put


def letter(number: int, text: str = "Hello.") -> bytes:
    """One of Bob's letters."""
    return f"From: Bob {number} <bob@host.example>\nSubject: Subject {number}\n\n{text}\n".encode()


class House:
    """A Maildir with an index; nothing is done behind a session's back."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "mail"
        self.file = str(folder / "alice.index")
        self.plain = Maildir(self.path)
        self.survey = MaildirSurvey(str(self.path))
        self.works: list[IndexWork] = []
        self.work = self.another_work()
        self.clerk = IndexClerk(asking_here(self.work))
        self.clerk.build = lambda file, survey: None  # type: ignore[assignment, method-assign, return-value]

    def another_work(self) -> IndexWork:
        self.works.append(IndexWork(in_child=False))
        return self.works[-1]

    def session(self) -> IndexedMaildrop:
        return IndexedMaildrop(Maildir(self.path), self.survey, self.file, self.clerk)

    async def put(self, content: bytes, *flags: Flag) -> LetterKey:
        return await put(self.plain, content, *flags)

    def build(self, work: IndexWork | None = None) -> None:
        while self.do("build", work):
            pass

    def do(self, doing: str, work: IndexWork | None = None, *refs: int) -> bool:
        answer = (work or self.work).do(Task(doing, self.file, self.survey, refs))  # type: ignore[arg-type]
        assert answer.done, answer
        return answer.more

    def octets(self) -> bytes:
        return b"".join(each.read_bytes() for each in Path(self.file).parent.glob("alice.index*"))


@asynccontextmanager
async def index_house(folder: Path) -> AsyncIterator[House]:
    """One that is closed in the end."""
    found = House(folder)
    yield found
    await found.clerk.close()
    for work in found.works:
        work.close()


async def check(session: IndexedMaildrop, truth: Maildrop) -> None:
    """The session is told what the letters tell."""
    listing, wanted = await session.catalog.listing(), PlainCatalog(truth)
    whole = await wanted.listing()
    assert (list(listing.refs), listing.states) == (list(whole.refs), whole.states)
    assert await session.catalog.entries(listing.refs) == await wanted.entries(listing.refs)
    assert await session.catalog.headings(listing.refs) == await wanted.headings(listing.refs)
