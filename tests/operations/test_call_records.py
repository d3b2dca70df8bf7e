"""Call records on disk: what they say, how they are read, and what a bad disk costs."""

from pathlib import Path

import pytest

from offhook.modem.hayes import CallerId
from offhook.operations import CallRecords, read_records
from offhook.virtual_lines.exchange import CallRecord, Cause

RECORD = CallRecord("a", "202", "b", 100.0, 103.0, 163.5, Cause.NORMAL, CallerId("201", "Alice"), 10, 20, 2400)


async def test_a_record_is_a_line_of_json_that_is_read_again(tmp_path: Path):
    file = tmp_path / "calls.jsonl"
    CallRecords(file).write(RECORD)
    (entry,) = read_records(file)
    assert (entry["caller"], entry["number"], entry["destination"], entry["cause"]) == ("a", "202", "b", "normal")
    assert (entry["sent"], entry["received"], entry["rate"], entry["seconds"]) == (10, 20, 2400, 60.5)
    assert (entry["caller_id"], entry["caller_name"], entry["withheld"]) == ("201", "Alice", False)
    assert entry["began"] < entry["answered"] < entry["ended"]


async def test_a_file_that_grows_too_large_is_put_aside_and_the_oldest_goes(tmp_path: Path):
    file = tmp_path / "calls[1].jsonl"
    records = CallRecords(file, largest=1000, kept=2)
    for _ in range(30):
        records.write(RECORD)
    names = ["calls[1].jsonl", "calls[1].jsonl.1", "calls[1].jsonl.2"]
    assert sorted(each.name for each in tmp_path.iterdir()) == names
    assert all(each.stat().st_size <= 1000 for each in tmp_path.iterdir())
    assert 5 < len(list(read_records(file))) < 30


async def test_none_kept_is_none_kept(tmp_path: Path):
    file = tmp_path / "calls.jsonl"
    records = CallRecords(file, largest=500, kept=0)
    for _ in range(5):
        records.write(RECORD)
    assert [each.name for each in tmp_path.iterdir()] == ["calls.jsonl"]
    assert len(list(read_records(file))) == 1


async def test_a_disk_that_fails_costs_the_record_and_no_more(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    CallRecords(tmp_path / "missing" / "calls.jsonl").write(RECORD)
    assert "a call record is lost" in caplog.text


async def test_lines_that_are_no_records_are_passed_over(tmp_path: Path):
    file = tmp_path / "calls.jsonl"
    CallRecords(file).write(RECORD)
    with file.open("ab") as more:
        more.write(b"\xff\xfe\n[1]\n{}\n" + b"[" * 50_000 + b"\n{torn")
    assert len(list(read_records(file))) == 1
