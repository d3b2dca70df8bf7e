"""The host: builds lines, exchange and mail, visibly and once, and keeps them alive until it is told to stop."""

import asyncio
import json
import logging
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path

from offhook.config import MAIL, Config, Telnet
from offhook.mailbox.accounts import Account, AccountFile, PasswordCheck
from offhook.mailbox.delivery import Limits, LmtpListener, LocalDelivery, LocalPostOffice, SmtpListener
from offhook.mailbox.letters import Envelope, Maildrop, PermanentFailure, TemporaryFailure, received_line
from offhook.mailbox.spool import Smarthost, Spool, SpoolRunner
from offhook.mailbox.store import Maildir
from offhook.modem.hayes import PERSONALITIES, EscapeStyle, Settings
from offhook.modem.ports import PtyWatch
from offhook.modem_lines import ModemLines, raise_descriptor_limit
from offhook.phone_book_file import PhoneBookFile
from offhook.port_names import make_port
from offhook.reception import FileDrafts, Reception, Visitor
from offhook.virtual_lines.exchange import CallRecord, Directory, LineDestination, ServiceDestination
from offhook.virtual_lines.line_cards import TraceFile
from offhook.virtual_lines.phone_book import DialOut, PhoneBook
from offhook.virtual_lines.switchboard import Switchboard
from offhook.virtual_lines.trunks import Gate, GuardSettings, HostTrunk, TelnetTrunk

log = logging.getLogger(__name__)

LAST_WORDS = 0.3
"""Seconds that callers' programs have to read the goodbye: what they have not read is gone with the pty."""


class MailRoom:
    """Everything about letters: accounts, maildrops, delivery and the spool."""

    def __init__(self, config: Config, folder: Path) -> None:
        self.config = config
        self._folder = folder
        self.accounts = AccountFile(folder / config.accounts.file)
        self.check = PasswordCheck(self.accounts)
        self.delivery = LocalDelivery(
            self.accounts, self.maildrop, domains=config.mail.domains, aliases=config.mail.aliases
        )
        self.spool = Spool(folder / config.mail.spool)
        self.smarthost = _smarthost(config, folder)
        self.runner = SpoolRunner(self.spool, self._route, self._bounced, hostname=config.host.name)
        self.limits = Limits(letter=config.mail.largest_letter)

    def path(self, account: str) -> Path:
        """The Maildir of an account."""
        return self._folder / self.config.mail.maildrops.replace("{user}", account)

    def maildrop(self, account: str) -> Maildrop:
        """The maildrop of an account."""
        return Maildir(self.path(account))

    def visitor(self, account: Account, origin: str) -> Visitor:
        """What a subscriber finds after login; `origin` says where the call comes from."""
        path = self.path(account.name)
        with suppress(OSError):  # for the draft; a maildrop that cannot be made says so itself when it is opened
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
        post_office = LocalPostOffice(
            self.delivery, self.spool, relays=self.smarthost is not None, origin=f"{account.name} on {origin}"
        )
        drafts = FileDrafts(path / "offhook-draft")
        return Visitor(
            account,
            self.config.mail.domains,
            self.maildrop(account.name),
            post_office,
            drafts,
            partial(_subfolder, path),
        )

    async def _route(
        self, sender: str, recipients: tuple[str, ...], letter: bytes
    ) -> Mapping[str, TemporaryFailure | PermanentFailure | None]:
        """Try spooled copies again: local ones by local delivery, others by the smarthost."""
        outcome: dict[str, TemporaryFailure | PermanentFailure | None] = {}
        away = tuple(each for each in recipients if not self.delivery.is_local(each))
        for recipient in recipients:
            if recipient not in away:
                outcome[recipient] = await self._again(sender, recipient, letter)
        if away and self.smarthost is not None:
            outcome |= await self.smarthost.submit(sender, away, letter)
        elif away:
            outcome |= dict.fromkeys(away, TemporaryFailure("no smarthost is set"))
        return outcome

    async def _again(self, sender: str, recipient: str, letter: bytes) -> TemporaryFailure | PermanentFailure | None:
        try:
            account = self.delivery.subscriber(recipient)
        except TemporaryFailure as why:
            return why
        if account is None:
            return PermanentFailure("there is no such user here")
        now = datetime.now().astimezone()
        received = received_line(
            helo="", peer="spool", by=self.delivery.domain, protocol="spool", ident="-", recipient=recipient, date=now
        )
        try:
            await self.delivery.deliver(account, sender, recipient, letter, received)
        except (TemporaryFailure, PermanentFailure) as why:
            return why
        return None

    async def _bounced(self, recipient: str, letter: bytes) -> None:
        """A notice of failure: to a sender here at once, to one elsewhere by the spool."""
        if self.delivery.is_local(recipient):
            failure = await self._again("", recipient, letter)
            if not isinstance(failure, TemporaryFailure):
                if failure is not None:
                    log.warning("a notice of failure to %s could not be delivered: %s", recipient, failure)
                return
        await self.spool.put(Envelope("", (recipient,)), letter)


def _smarthost(config: Config, folder: Path) -> Smarthost | None:
    chosen = config.smarthost
    if chosen is None:
        return None
    password = ""
    if chosen.password_file:
        password = (folder / chosen.password_file).read_text(encoding="utf-8").split("\n", 1)[0].strip()
    return Smarthost(chosen.host, chosen.port, chosen.security, chosen.user, password, hostname=config.host.name)


def _subfolder(path: Path, name: str) -> Maildrop:
    """A Maildir++ folder: a Maildir `.name` inside, marked by an empty file."""
    folder = path / f".{name}"
    folder.mkdir(mode=0o700, exist_ok=True)
    (folder / "maildirfolder").touch(mode=0o600)
    return Maildir(folder)


class Host:
    """A running host. `facts` are what callers need to know, for printing: modem ttys, addresses."""

    def __init__(self, config: Config, folder: Path, *, trace: Path | None = None) -> None:
        """`folder` is where the configuration's relative paths begin. Raises `ConfigError` for a wrong phone book."""
        self._config = config
        self._folder = folder
        self._trace_path = trace
        watch = PtyWatch()
        self._ports = {line.name: make_port(line.port, folder, watch, line.mode) for line in config.line}
        outside = config.outside
        self._book: PhoneBookFile | None = None
        if outside is not None and outside.phone_book:
            self._book = PhoneBookFile(folder / outside.phone_book, DialOut(outside.allow))
        self.mail = MailRoom(config, folder)
        self.facts: dict[str, str] = {}

    async def run(self, stop: asyncio.Event, ready: asyncio.Event | None = None) -> None:
        """Serve until `stop` is set; `ready` is set when everything answers. May raise `OSError`."""
        raise_descriptor_limit()
        trace = TraceFile(self._trace_path) if self._trace_path else None
        records = CallRecords(self._folder / "calls.jsonl")
        switchboard = Switchboard(self._directory(), records.write)
        config = self._config
        reception = Reception(
            config.host.name,
            config.host.greeting,
            self.mail.check,
            self.mail.visitor,
            idle=config.host.idle_minutes * 60,
        )
        switchboard.offer(MAIL, reception.answer)
        listeners: list[SmtpListener | LmtpListener] = []
        trunk: TelnetTrunk | None = None
        lines = self._lines(trace)
        hosts = HostTrunk(switchboard, terminal_type=config.outside.terminal, trace=trace) if config.outside else None
        runner = asyncio.create_task(self.mail.runner.run(), name="spool")
        try:
            lines.plug_in(switchboard)
            self.facts |= lines.names
            await self._listen(listeners)
            if config.telnet is not None:
                trunk = _trunk(switchboard, config.telnet, trace)
                self.facts["telnet"] = _joined(await trunk.start(*_split(config.telnet.listen)))
            if ready is not None:
                ready.set()
            await stop.wait()
        finally:
            for listener in listeners:
                listener.close()
            runner.cancel()
            await reception.close()
            if trunk is not None:
                await trunk.close()
            if hosts is not None:
                await hosts.close()
            if self._ports:
                await asyncio.sleep(LAST_WORDS)
            lines.close()
            switchboard.close()
            self.mail.check.close()
            if trace is not None:
                trace.close()
            await asyncio.gather(runner, return_exceptions=True)

    def _directory(self) -> Directory:
        services = [(entry.number, ServiceDestination(entry.to)) for entry in self._config.number]
        lines = [(entry.number, LineDestination(entry.name)) for entry in self._config.line]
        outside = self._config.outside
        return Directory([*services, *lines], self._book or PhoneBook((), DialOut(outside.allow if outside else "no")))

    def _lines(self, trace: TraceFile | None) -> ModemLines:
        chosen = self._config.modem
        settings = Settings(
            personality=next(each for each in PERSONALITIES if each.name == chosen.personality),
            version=version("offhook"),
            lenient=chosen.lenient,
            realistic=chosen.realistic,
            escape=EscapeStyle(chosen.escape),
        )
        memories = {name: self._folder / chosen.memory / f"{name}.toml" for name in self._ports}
        return ModemLines(self._ports, settings, memories, self._book, trace)

    async def _listen(self, listeners: list[SmtpListener | LmtpListener]) -> None:
        config, mail = self._config, self.mail
        if config.smtp is not None:
            smtp = SmtpListener(mail.delivery, mail.spool, hostname=config.host.name, limits=mail.limits)
            self.facts["smtp"] = _joined(await smtp.start(*_split(config.smtp.listen)))
            listeners.append(smtp)
        if config.lmtp is not None:
            path = self._folder / config.lmtp.socket
            lmtp = LmtpListener(mail.delivery, hostname=config.host.name, limits=mail.limits)
            await lmtp.start(path)
            self.facts["lmtp"] = str(path)
            listeners.append(lmtp)


def _trunk(switchboard: Switchboard, telnet: Telnet, trace: TraceFile | None) -> TelnetTrunk:
    return TelnetTrunk(
        switchboard,
        telnet.number,
        limit=telnet.calls,
        guard=GuardSettings(telnet.calls_a_minute, telnet.hold_down),
        gate=partial(Gate, key=telnet.key),
        trace=trace,
    )


class CallRecords:
    """Call records as JSON lines in a file; a disk that fails costs the record, never the call."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = datetime.now(UTC).timestamp() - asyncio.get_running_loop().time()

    def write(self, record: CallRecord) -> None:
        """Append a record."""
        entry = {
            "began": datetime.fromtimestamp(record.began + self._offset, UTC).isoformat(timespec="seconds"),
            "caller": record.caller,
            "caller_id": record.caller_id.number,
            "number": record.number,
            "destination": record.destination,
            "seconds": round(record.duration, 1),
            "cause": record.cause.value,
        }
        try:
            with self._path.open("a", encoding="ascii") as file:
                file.write(json.dumps(entry) + "\n")
        except OSError as error:
            log.warning("a call record is lost: %s", error)


def _split(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    return host.strip("[]"), int(port)


def _joined(address: tuple[str, int]) -> str:
    host, port = address
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
