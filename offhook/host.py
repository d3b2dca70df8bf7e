"""The host: builds lines, exchange and mail, visibly and once, and keeps them alive until it is told to stop."""

import asyncio
import errno
import grp
import logging
from functools import partial
from importlib.metadata import version
from pathlib import Path

from offhook.config import MAIL, Config, Telnet
from offhook.lines import (
    ModemLines,
    OuterLines,
    directory_of,
    greetings_of,
    hot_lines_of,
    idle_texts_of,
    programs_of,
    raise_descriptor_limit,
)
from offhook.mail_room import MailRoom
from offhook.mailbox.listeners import LmtpListener, SmtpListener
from offhook.modem.hayes import PERSONALITIES, EscapeStyle, Settings
from offhook.modem.ports import PtyWatch
from offhook.operations import Operations, OperationsOptions
from offhook.phone_book_file import PhoneBookFile
from offhook.port_names import make_port
from offhook.reception import Reception
from offhook.virtual_lines.exchange import Directory
from offhook.virtual_lines.line_cards import TraceFile
from offhook.virtual_lines.phone_book import DialOut, PhoneBook
from offhook.virtual_lines.programs import ProgramHall
from offhook.virtual_lines.switchboard import Switchboard
from offhook.virtual_lines.trunks import Gate, GuardSettings, HostTrunk, TelnetTrunk

log = logging.getLogger(__name__)

LAST_WORDS = 0.3
"""Seconds that callers' programs have to read the goodbye: what they have not read is gone with the pty."""

SPOOL_PATIENCE = 10.0
"""Seconds that letters being handed on when the host stops have to get there; then they wait for the next start."""


class Host:
    """A running host. `facts` are what callers need to know, for printing: modem ttys, addresses."""

    def __init__(self, config: Config, folder: Path, *, trace: Path | None = None, control: Path | None = None) -> None:
        """`folder` is where the configuration's relative paths begin. Raises `ConfigError` for a wrong phone book."""
        self._config = config
        self._folder = folder
        self._trace_path = trace
        watch = PtyWatch()
        self._ports = {line.name: make_port(line.port, folder, watch, line.mode) for line in config.modem_lines}
        outside = config.outside
        self._book: PhoneBookFile | None = None
        if outside is not None and outside.phone_book:
            self._book = PhoneBookFile(folder / outside.phone_book, DialOut(outside.allow))
        self._programs = programs_of(config)
        self._greetings = greetings_of(config, folder)
        self._idle_texts = idle_texts_of(config, folder)
        self._operations = _operations(config, folder, control)
        self.mail = MailRoom(config, folder)
        self.facts: dict[str, str] = {}

    async def run(self, stop: asyncio.Event, ready: asyncio.Event | None = None) -> None:
        """Serve until `stop` is set; `ready` is set when everything answers. May raise `OSError`."""
        raise_descriptor_limit()
        trace = TraceFile(self._trace_path) if self._trace_path else None
        operations = Operations(self._operations)
        switchboard = Switchboard(self._directory(), operations.record, self._greetings)
        config = self._config
        about, mail = config.host, self.mail
        reception = Reception(about.name, about.greeting, mail.check, mail.visitor, idle=about.idle_minutes * 60)
        switchboard.offer(MAIL, reception.answer)
        listeners: list[SmtpListener | LmtpListener] = []
        trunk: TelnetTrunk | None = None
        lines = self._lines(trace)
        outer = OuterLines(config, self._folder, trace)
        terminal = config.outside.terminal if config.outside else "ansi"
        hosts = HostTrunk(switchboard, terminal_type=terminal, trace=trace)
        programs = ProgramHall(switchboard, self._programs)
        runner = mail.begin()
        try:
            lines.plug_in(switchboard)
            outer.plug_in(switchboard)
            self.facts |= lines.names | outer.names
            await self._listen(listeners)
            if config.telnet is not None:
                trunk = _trunk(switchboard, config.telnet, trace)
                self.facts["telnet"] = _joined(await trunk.start(*_split(config.telnet.listen)))
            self.facts |= await operations.start(switchboard, lines, trace)
            if ready is not None:
                ready.set()
            await stop.wait()
        finally:
            await operations.close()
            for listener in listeners:
                listener.close()
            self.mail.runner.end()
            await reception.close()
            if trunk is not None:
                await trunk.close()
            await hosts.close()
            await programs.close()
            if self._ports or outer.names:
                await asyncio.sleep(LAST_WORDS)
            lines.close()
            outer.close()
            switchboard.close()
            self.mail.check.close()
            if trace is not None:
                trace.close()
            await self.mail.close()
            await self.mail.runner.ended(runner, SPOOL_PATIENCE)

    def _directory(self) -> Directory:
        outside = self._config.outside
        book = self._book or PhoneBook((), DialOut(outside.allow if outside else "no"))
        return directory_of(self._config, book)

    def _lines(self, trace: TraceFile | None) -> ModemLines:
        chosen = self._config.modem
        settings = Settings(
            personality=next(each for each in PERSONALITIES if each.name == chosen.personality),
            version=version("offhook"),
            lenient=chosen.lenient,
            strict=chosen.strict,
            realistic=chosen.realistic,
            escape=EscapeStyle(chosen.escape),
        )
        memories = {name: self._folder / chosen.memory / f"{name}.toml" for name in self._ports}
        charsets = {line.name: line.charset for line in self._config.modem_lines}
        hot_lines = hot_lines_of(self._config)
        return ModemLines(
            self._ports,
            settings,
            memories,
            self._book,
            trace,
            charsets,
            hot_lines=hot_lines,
            idle_texts=self._idle_texts,
        )

    async def _listen(self, listeners: list[SmtpListener | LmtpListener]) -> None:
        config, mail = self._config, self.mail
        if config.smtp is not None:
            smtp = SmtpListener(mail.delivery, mail.spool, hostname=config.host.name, limits=mail.limits(config.smtp))
            self.facts["smtp"] = _joined(await smtp.start(*_split(config.smtp.listen)))
            listeners.append(smtp)
        if config.lmtp is not None:
            path = self._folder / config.lmtp.socket
            lmtp = LmtpListener(mail.delivery, hostname=config.host.name, limits=mail.limits(config.lmtp))
            listeners.append(lmtp)
            await lmtp.start(path, config.lmtp.mode, _group(config.lmtp.group))
            self.facts["lmtp"] = str(path)
            if config.lmtp.listen:
                self.facts["lmtp_tcp"] = _joined(await lmtp.start_tcp(*_split(config.lmtp.listen)))


def _operations(config: Config, folder: Path, control: Path | None) -> OperationsOptions:
    calls, page = config.calls, config.metrics
    if control is None and config.control is not None:
        control = folder / config.control.socket
    return OperationsOptions(
        folder / calls.file if calls.file else None,
        calls.largest,
        calls.kept,
        control,
        _split(page.listen) if page is not None else None,
    )


def _trunk(switchboard: Switchboard, telnet: Telnet, trace: TraceFile | None) -> TelnetTrunk:
    return TelnetTrunk(
        switchboard,
        telnet.number,
        limit=telnet.calls,
        guard=GuardSettings(telnet.calls_a_minute, telnet.hold_down),
        gate=partial(Gate, key=telnet.key),
        trace=trace,
    )


def _group(name: str) -> int | None:
    try:
        return grp.getgrnam(name).gr_gid if name else None
    except KeyError:
        raise OSError(errno.EINVAL, f'there is no group "{name}" for the LMTP socket') from None


def _split(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    return host.strip("[]"), int(port)


def _joined(address: tuple[str, int]) -> str:
    host, port = address
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
