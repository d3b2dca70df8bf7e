"""Call records as JSON lines in a file."""

import asyncio
import json
import logging
from datetime import UTC, datetime
from pathlib import Path

from offhook.virtual_lines.exchange import CallRecord

log = logging.getLogger(__name__)


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
