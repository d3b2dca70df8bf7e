"""Everything about letters on a host: accounts, maildrops, delivery and the spool, built once."""

import asyncio
import logging
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from offhook.config import Config
from offhook.mail_room.backend import backend
from offhook.mail_room.index_upkeep import keep_up
from offhook.mail_room.left_behind import mend_boxes
from offhook.mail_tables import Bounds, secret_in
from offhook.mailbox.accounts import Account, PasswordCheck
from offhook.mailbox.carriers import Carrier, Sendmail, Smarthost
from offhook.mailbox.clerks import Reader
from offhook.mailbox.delivery import Limits, LocalPostOffice
from offhook.mailbox.index import IndexClerk, IndexedFolders, IndexedMaildrop, Shelf
from offhook.mailbox.letters import Envelope, PermanentFailure, TemporaryFailure, received_line
from offhook.mailbox.spool import SpoolRunner, Try
from offhook.reception import FileDrafts, Visitor
from offhook.sorting import OpenedMail, Sorting

log = logging.getLogger(__name__)


class MailRoom:
    """Everything about letters: accounts, maildrops, delivery and the spool."""

    def __init__(self, config: Config, folder: Path) -> None:
        """`folder` is where relative paths begin. Raises `ConfigError` if a password cannot be read."""
        self.config = config
        self._folder = folder
        self.sorting = Sorting(config, folder)
        self.accounts = self.sorting.accounts
        self.maildrops = self.sorting.maildrops
        self.delivery = self.sorting.delivery
        self.spool = self.sorting.spool
        judge, refusal = backend(config, folder, self.sorting.server)
        self.check = PasswordCheck(self.accounts, judge, refusal=refusal, residents=self.sorting.residents)
        self.mending: asyncio.Task[None] | None = None
        self._upkeep: asyncio.Task[None] | None = None
        self._indexes = str(folder / config.mail.index) if config.mail.index else ""
        self.reader = Reader()
        self.index_clerk = IndexClerk()
        self.carrier = _carrier(config, folder)
        self.runner = SpoolRunner(self.spool, self._route, self._bounced, hostname=config.host.name)

    def limits(self, bounds: Bounds) -> Limits:
        """What the clients of a listener may take."""
        return Limits(
            letter=self.config.mail.largest_letter,
            recipients=bounds.recipients,
            connections=bounds.connections,
            connections_each=bounds.connections_each,
            silence=bounds.idle_seconds,
        )

    def _account_there(self, name: str) -> Account | None:
        """The account of that name, None if nobody can log in to it; others than the account file may know of it."""
        return self.sorting.residents.find(name) or (
            None if self.config.accounts.backend == "file" else Account(name, "")
        )

    def visitor(self, account: Account, origin: str, password: str | None = None) -> Visitor:
        """What a subscriber finds after login with a password; `origin` says where the call comes from."""
        letters = self._indexed(account, self.maildrops.open(account, password))
        post_office = LocalPostOffice(
            self.delivery, self.spool, relays=self.carrier is not None, origin=f"{account.name} on {origin}"
        )
        drafts = FileDrafts(self._draft(account))
        return Visitor(
            account,
            self.config.mail.domains,
            letters.maildrop,
            letters.folders,
            post_office,
            drafts,
            self.reader.render,
        )

    def _indexed(self, account: Account, letters: OpenedMail) -> OpenedMail:
        """An account's letters with their indexes, if they have some."""
        survey_of = self.maildrops.surveyor(account)
        if survey_of is None or not self._indexes:
            return letters
        shelf = Shelf(self._indexes, account.name)
        inbox = IndexedMaildrop(letters.maildrop, survey_of(letters.maildrop), shelf.inbox, self.index_clerk)
        return OpenedMail(inbox, IndexedFolders(letters.folders, survey_of, shelf, self.index_clerk))

    def begin(self) -> "asyncio.Task[None]":
        """Look for what a crash has left beside the accounts' boxes, and after indexes; run the spool: its task."""
        self.mending = asyncio.create_task(mend_boxes(self.accounts, self.maildrops), name="mend boxes")
        self._upkeep = asyncio.create_task(
            keep_up(self._indexes, self._account_there, self.maildrops, self.index_clerk), name="upkeep of indexes"
        )
        return asyncio.create_task(self.runner.run(), name="spool")

    async def close(self) -> None:
        """End what was started for letters."""
        if started := {task for task in (self.mending, self._upkeep) if task is not None}:
            for task in started:
                task.cancel()
            await asyncio.wait(started)
        await self.reader.close()
        await self.index_clerk.close()

    def _draft(self, account: Account) -> Path:
        """Where an account's drafts are kept: in its Maildir or, where others may change that, in the host's folder."""
        location = self.maildrops.location(account)
        of_the_host = location.kind == "maildir" and location.anchor is None and location.owner is None
        folder = location.path if of_the_host else self._folder / "drafts"
        with suppress(OSError):  # a maildrop that cannot be made says so itself when it is opened
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder / ("offhook-draft" if of_the_host else account.name)

    async def _route(self, tried: Try) -> Mapping[str, TemporaryFailure | PermanentFailure | None]:
        """Try spooled copies again: local ones by local delivery, others by the carrier."""
        outcome: dict[str, TemporaryFailure | PermanentFailure | None] = {}
        away = tuple(each for each in tried.recipients if not self.delivery.is_local(each))
        for recipient in tried.recipients:
            if recipient not in away:
                outcome[recipient] = await self._deliver(tried, recipient)
        if away and self.carrier is not None:
            outcome |= await self.carrier.submit(tried.sender, away, tried.letter)
        elif away:
            outcome |= dict.fromkeys(away, TemporaryFailure("no smarthost and no sendmail is set"))
        return outcome

    async def _deliver(self, tried: Try, recipient: str) -> TemporaryFailure | PermanentFailure | None:
        """Deliver a letter to one of its recipients, who is here."""
        name = tried.name(recipient)
        try:
            copies = [copy.identified(name) for copy in await self.delivery.look_up(tried.sender, recipient)]
            received = [self._received(copy.ident, recipient) for copy in copies]
            await self.delivery.hand_over(zip(copies, received, strict=True), tried.letter, again=tried.again)
        except (TemporaryFailure, PermanentFailure) as why:
            return why
        return None

    def _received(self, ident: str, recipient: str) -> str:
        return received_line(
            helo="", peer="spool", by=self.delivery.domain, protocol="spool",
            ident=ident, recipient=recipient, date=datetime.now().astimezone(),
        )  # fmt: skip

    async def _bounced(self, notice: Try) -> None:
        """A notice of failure: to a sender here at once, to one elsewhere by the spool."""
        (recipient,) = notice.recipients
        if self.delivery.is_local(recipient):
            failure = await self._deliver(notice, recipient)
            if not isinstance(failure, TemporaryFailure):
                if failure is not None:
                    log.warning("a notice of failure to %s could not be delivered: %s", recipient, failure)
                return
        await self.spool.put(Envelope("", (recipient,)), notice.letter)


def _carrier(config: Config, folder: Path) -> Carrier | None:
    """Raises `ConfigError` if the smarthost's password cannot be read."""
    if config.sendmail is not None:
        return Sendmail(config.sendmail.command, seconds=config.sendmail.seconds)
    chosen = config.smarthost
    if chosen is None:
        return None
    password = ""
    if chosen.password_file:
        password = secret_in(folder / chosen.password_file)
    return Smarthost(chosen.host, chosen.port, chosen.security, chosen.user, password, hostname=config.host.name)
