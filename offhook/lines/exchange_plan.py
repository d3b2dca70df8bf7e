"""The exchange from a configuration: its numbers, groups and lines, what each is like, and the programs behind them."""

import errno
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from offhook.config import MAIL, NOT_IN_SERVICE, Config, QualityTable, Rung, greeting_in
from offhook.modem.hayes import CallsByItself
from offhook.virtual_lines.exchange import (
    CADENCES,
    Destination,
    Directory,
    GroupDestination,
    HuntOrder,
    LineDestination,
    NumberingPlan,
    Outside,
    Program,
    Quality,
    ServiceDestination,
    Subscription,
    Treatment,
    Vacant,
)
from offhook.virtual_lines.phone_book import parse_route
from offhook.virtual_lines.programs import RunnableProgram, user_named, why_not_as
from offhook.virtual_lines.switchboard import Greetings


def directory_of(config: Config, outside: Outside) -> Directory:
    """The directory of a host; `outside` knows the numbers that are not in the configuration."""
    exchange = config.exchange
    qualities = {table.name: quality_of(table) for table in config.quality}
    groups = {group.name: GroupDestination(group.name, group.lines, HuntOrder(group.order)) for group in config.group}
    treatments = {
        number: _treatment(each, exchange.cadence, exchange.ring_seconds, qualities) for number, each in _rung(config)
    }
    for line in config.modem_lines:  # its wire is that of the calls it makes too, and is not counted twice
        treatments[line.number] = replace(treatments[line.number], quality=None)
    partners = {line.leased_to: line.name for line in config.modem_lines if line.leased_to}
    subscriptions = {
        line.name: Subscription(
            *(line.caller_name or None, line.withheld, qualities.get(line.quality)),
            partner=line.leased_to or partners.get(line.name),
        )
        for line in config.modem_lines
    }
    plan = NumberingPlan(exchange.withhold, exchange.show, exchange.own_prefixes, exchange.outside_prefixes)
    return Directory(_entries(config, groups), outside, plan=plan, treatments=treatments, subscriptions=subscriptions)


def _rung(config: Config) -> Iterator[tuple[str, Rung]]:
    for entry in config.number:
        yield entry.number, entry
    for line in config.modem_lines:
        yield line.number, line
    for group in config.group:
        yield group.number, group


def _entries(config: Config, groups: dict[str, GroupDestination]) -> Iterator[tuple[str, Destination]]:
    for line in config.modem_lines:
        yield line.number, LineDestination(line.name)
    for group in config.group:
        yield group.number, groups[group.name]
    for entry in config.number:
        yield entry.number, _destination(entry.to, groups)


def _destination(to: str, groups: dict[str, GroupDestination]) -> Destination:
    kind, _, name = to.partition(":")
    match kind:
        case "line":
            return LineDestination(name)
        case "group":
            return groups[name]
        case "exec":
            return Program(name)
        case _ if to == MAIL:
            return ServiceDestination(MAIL)
        case _ if to == NOT_IN_SERVICE:
            return Vacant()
    return parse_route(to)


def _treatment(rung: Rung, cadence: str, ring_seconds: float, qualities: dict[str, Quality]) -> Treatment:
    longest = ring_seconds if rung.ring_seconds is None else rung.ring_seconds
    return Treatment(CADENCES[rung.cadence or cadence], longest, qualities.get(rung.quality))


def quality_of(table: QualityTable) -> Quality:
    """What a table of the configuration means."""
    rates = [] if table.rate is None else [int(rate) for rate in str(table.rate).split("/")]
    return Quality(
        rate=rates[0] if rates else None,
        back_rate=rates[1] if len(rates) > 1 else None,
        noise=table.noise,
        drop=table.drop,
        dropouts=table.dropouts,
        dropout=table.dropout_ms / 1000,
        retrains=table.retrains,
        retrain=table.retrain_seconds,
        latency=table.latency_ms / 1000,
        seed=table.seed,
    )


def greetings_of(config: Config, folder: Path) -> dict[str, Greetings]:
    """What lines say first, by line; `folder` is where relative paths begin. Raises `OSError` and `ValueError`."""

    def said(name: str) -> bytes:
        return greeting_in(folder / name) if name else b""

    return {
        line.name: Greetings(
            said(line.answered_file), said(line.connected_file), said(line.caller_file), said(line.called_file)
        )
        for line in config.modem_lines
    }


def idle_texts_of(config: Config, folder: Path) -> dict[str, bytes]:
    """What the far end of a line's call reads when it is hung up for want of data, as `greetings_of`."""
    return {line.name: greeting_in(folder / line.idle_file) for line in config.modem_lines if line.idle_file}


def hot_lines_of(config: Config) -> dict[str, CallsByItself]:
    """Which lines call by themselves, and what."""
    return {line.name: CallsByItself(line.calls, line.calls_again or None) for line in config.modem_lines if line.calls}


def programs_of(config: Config) -> list[RunnableProgram]:
    """The programs that take calls. Raises `PermissionError` for one that may not be run as its user."""
    for table in config.program:
        why_not = why_not_as(table.user, as_root=table.as_root)
        if why_not is not None:
            raise PermissionError(errno.EPERM, f"program {table.name}: {why_not}")
    return [
        RunnableProgram(
            table.name,
            table.command,
            user_named(table.user),
            table.directory,
            dict(table.environment),
            table.limit,
            table.idle_minutes * 60,
            table.terminal,
        )
        for table in config.program
    ]
