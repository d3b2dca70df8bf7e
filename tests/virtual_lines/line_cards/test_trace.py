import logging
from pathlib import Path

import pytest

from offhook.modem.hayes import DteSent, DteSignals, Note, SendToDte, parse_entry
from offhook.modem.rs232 import Signals
from offhook.virtual_lines.line_cards import TraceFile


def test_an_entry_is_one_line_with_the_line_and_the_time(tmp_path: Path) -> None:
    trace = TraceFile(tmp_path / "trace")
    trace.event("201", 12.5, DteSent(b"AT\r"))
    trace.action("201", 12.5000004, SendToDte(b"\r\nOK\r\n"))
    assert (tmp_path / "trace").read_text() == (
        "201 12.500000 > DteSent(data=b'AT\\r')\n201 12.500000 < SendToDte(data=b'\\r\\nOK\\r\\n')\n"
    )
    trace.close()


def test_nothing_is_shortened_and_what_was_there_is_kept(tmp_path: Path) -> None:
    (tmp_path / "trace").write_text("yesterday\n")
    trace = TraceFile(tmp_path / "trace")
    trace.event("201", 0.0, DteSent(b"x" * 100_000))
    trace.action("201", 0.0, Note("café"))
    trace.close()
    first, second, third = (tmp_path / "trace").read_text().splitlines()
    assert first == "yesterday"
    assert second == f"201 0.000000 > DteSent(data=b'{'x' * 100_000}')"
    assert third.startswith("201 0.000000 < Note(text='caf")


def test_a_full_disk_ends_the_trace_with_one_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    trace = TraceFile(Path("/dev/full"))
    with caplog.at_level(logging.WARNING):
        for _ in range(10):
            trace.event("201", 0.0, DteSent(b"AT\r"))
        trace.close()
    assert len([record for record in caplog.records if "ends here" in record.message]) == 1


def test_a_trace_that_cannot_be_opened_is_an_error_at_once(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        TraceFile(tmp_path / "missing" / "trace")


def test_closing_twice_is_no_error(tmp_path: Path) -> None:
    trace = TraceFile(tmp_path / "trace")
    trace.close()
    trace.event("201", 0.0, DteSent(b"late"))
    trace.close()
    assert (tmp_path / "trace").read_bytes() == b""


def test_a_new_trace_is_for_its_owner_only(tmp_path: Path) -> None:
    TraceFile(tmp_path / "trace").close()
    assert (tmp_path / "trace").stat().st_mode & 0o077 == 0


def test_an_entry_can_be_read_back(tmp_path: Path) -> None:
    trace = TraceFile(tmp_path / "trace")
    trace.event("201", 1.5, DteSignals(Signals.DTR | Signals.RTS))
    trace.close()
    line, entry = (tmp_path / "trace").read_text().split(" ", 1)
    assert line == "201"
    assert parse_entry(entry) == (1.5, DteSignals(Signals.DTR | Signals.RTS))
