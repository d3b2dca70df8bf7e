"""Call records as JSON lines in a file of bounded size, and how they are read again."""

import asyncio
import json
import logging
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from glob import escape
from pathlib import Path
from typing import Any

from offhook.virtual_lines.exchange import CallRecord

log = logging.getLogger(__name__)

LONGEST_RECORD = 16_384
"""Characters of a line that is read; a longer one is none of ours."""


class CallRecords:
    """Call records as JSON lines in a file; a disk that fails costs the record, never the call.

    A file that would grow beyond `largest` bytes becomes FILE.1, that one FILE.2, and so on; `kept` of them stay.
    """

    def __init__(self, path: Path, largest: int = 10_000_000, kept: int = 3) -> None:
        self._path = path
        self._largest = largest
        self._kept = kept
        self._offset = datetime.now(UTC).timestamp() - asyncio.get_running_loop().time()

    def write(self, record: CallRecord) -> None:
        """Append a record."""
        line = json.dumps(self._entry(record)) + "\n"
        try:
            self._make_room(len(line))
            with self._path.open("a", encoding="ascii") as file:
                file.write(line)
        except OSError as error:
            log.warning("a call record is lost: %s", error)

    def _entry(self, record: CallRecord) -> dict[str, object]:
        return {
            "began": self._time(record.began),
            "answered": None if record.answered is None else self._time(record.answered),
            "ended": self._time(record.ended),
            "caller": record.caller,
            "caller_id": record.caller_id.number,
            "caller_name": record.caller_id.name,
            "withheld": record.caller_id.withheld,
            "number": record.number,
            "destination": record.destination,
            "seconds": round(record.duration, 1),
            "sent": record.sent,
            "received": record.received,
            "rate": record.rate,
            "cause": record.cause.value,
        }

    def _time(self, clock: float) -> str:
        return datetime.fromtimestamp(clock + self._offset, UTC).isoformat(timespec="seconds")

    def _make_room(self, more: int) -> None:
        try:
            size = self._path.stat().st_size
        except FileNotFoundError:
            return
        if not size or size + more <= self._largest:
            return
        for number in range(self._kept - 1, 0, -1):
            with suppress(FileNotFoundError):
                older(self._path, number).replace(older(self._path, number + 1))
        if self._kept:
            self._path.replace(older(self._path, 1))
        else:
            self._path.unlink()


def older(path: Path, number: int) -> Path:
    """The file that `path` was, `number` files ago."""
    return path.with_name(f"{path.name}.{number}")


def read_records(path: Path) -> Iterator[dict[str, Any]]:
    """The records in a file and its older ones, oldest first; lines that are none are passed over.

    Raises `OSError` if the file itself cannot be read.
    """
    before = sorted(
        (int(file.suffix[1:]) for file in path.parent.glob(f"{escape(path.name)}.*") if file.suffix[1:].isdecimal()),
        reverse=True,
    )
    for file in [*(older(path, number) for number in before), path]:
        with file.open(encoding="ascii", errors="replace") as lines:
            while line := lines.readline(LONGEST_RECORD):
                with suppress(ValueError, RecursionError):
                    record = json.loads(line)
                    if isinstance(record, dict) and "began" in record:
                        yield record
