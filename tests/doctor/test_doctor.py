from dataclasses import replace
from pathlib import Path

import pytest

from offhook.doctor import (
    AddressFacts,
    DeviceFacts,
    Finding,
    Level,
    MachineFacts,
    User,
    look_at_address,
    look_at_device,
    look_at_machine,
)

PAGE = (Path(__file__).parent.parent.parent / "docs/doctor.md").read_text(encoding="utf-8")
WELL = DeviceFacts("/dev/ttyUSB0", settings=frozenset(), modem_lines=True)
MACHINE = MachineFacts("3.11.7", ("/dev/ttyS0",))


def troubles(found: list[Finding]) -> list[Finding]:
    return [finding for finding in found if finding.level is Level.TROUBLE]


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        (DeviceFacts("/dev/x", exists=False), "is not there"),
        (DeviceFacts("/run/modem0", exists=False, link="/dev/pts/9"), "which is not there"),
        (DeviceFacts("/etc/passwd", character_device=False), "is no device"),
        (replace(WELL, may_use=False), "you may not use it"),
        (replace(WELL, may_use=False, mode=0o600, group="root"), "you may not use it"),
        (replace(WELL, opening="Device or resource busy"), "it cannot be opened: Device or resource busy"),
        (replace(WELL, lock="/var/lock/LCK..ttyUSB0", lock_holder=7, lock_holder_lives=True), "has locked it"),
        (replace(WELL, users=(User(7, "agetty"),)), "waits for logins on it"),
        (replace(WELL, users=(User(7, "minicom"),)), "has it open"),
        (replace(WELL, managed=True), "ModemManager runs and tries AT commands on serial ports"),
    ],
)
def test_each_trouble_of_a_device_is_told_with_its_remedy_and_stands_in_the_manual(facts: DeviceFacts, said: str):
    (trouble,) = troubles(look_at_device(facts))
    assert said in str(trouble)
    assert trouble.remedy
    assert said in PAGE


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        (replace(WELL, lock="/var/lock/LCK..x"), "names no process"),
        (replace(WELL, lock="/var/lock/LCK..x", lock_holder=7), "left behind by process 7"),
        (replace(WELL, settings=frozenset({"echo"})), "stty -F /dev/ttyUSB0 raw -echo"),
        (replace(WELL, modem_lines=False), "dtr=none"),
        (replace(WELL, pty=True), "rfc2217:"),
        (replace(WELL, pty=True, users=(User(7, "minicom"),)), "minicom (process 7) has it open"),
    ],
)
def test_what_may_matter_is_noted_and_is_no_trouble(facts: DeviceFacts, said: str):
    found = look_at_device(facts)
    assert not troubles(found)
    assert any(said in str(finding) and finding.level is Level.NOTE for finding in found)


def test_a_device_that_is_well_has_no_trouble_and_no_note():
    assert {finding.level for finding in look_at_device(WELL)} == {Level.OK}


@pytest.mark.parametrize(
    ("facts", "level", "said"),
    [
        (AddressFacts("127.0.0.1:23", ("127.0.0.1",)), Level.OK, "is free"),
        (AddressFacts("x:23", error="no such name"), Level.TROUBLE, "an address of this machine"),
        (AddressFacts("x:23", ("1.2.3.4",), "in use", in_use=True), Level.TROUBLE, "ss -ltnp"),
    ],
)
def test_an_address_is_free_or_its_remedy_is_told(facts: AddressFacts, level: Level, said: str):
    (finding,) = look_at_address(facts)
    assert finding.level is level
    assert said in str(finding)


@pytest.mark.parametrize(
    ("facts", "level", "said"),
    [
        (MACHINE, Level.OK, "/dev/ttyS0"),
        (replace(MACHINE, devices=()), Level.NOTE, "no serial device"),
        (replace(MACHINE, ptys=False), Level.TROUBLE, "mount"),
        (replace(MACHINE, modem_manager=User(3, "ModemManager")), Level.NOTE, "docs/doctor.md"),
        (replace(MACHINE, missing=("minicom",)), Level.NOTE, "not installed: minicom"),
        (replace(MACHINE, resolved=("host", 0.1, "")), Level.OK, "host can be looked up"),
        (replace(MACHINE, resolved=("host", 5.0, "")), Level.NOTE, "took 5.0 s"),
        (replace(MACHINE, resolved=("host", 0.1, "no such name")), Level.TROUBLE, "NO DIALTONE"),
    ],
)
def test_the_machine_is_looked_at(facts: MachineFacts, level: Level, said: str):
    assert any(finding.level is level and said in str(finding) for finding in look_at_machine(facts))


LINES = frozenset({"DSR", "CTS"})


@pytest.mark.parametrize(
    ("facts", "said", "level"),
    [
        (replace(WELL, inputs=frozenset({"CTS"})), "DSR is off", Level.TROUBLE),
        (replace(WELL, inputs=frozenset({"DSR"})), "flow=rtscts would send nothing", Level.NOTE),
        (replace(WELL, inputs=LINES | {"DCD"}), "it is stuck", Level.NOTE),
        (replace(WELL, modem_lines=False), "NO CARRIER", Level.NOTE),
        (replace(WELL, inputs=LINES, users=(User(7, "agetty"),)), "serial-getty@ttyUSB0", Level.TROUBLE),
        (replace(WELL, inputs=LINES, managed=True), "ID_MM_DEVICE_IGNORE", Level.TROUBLE),
    ],
)
def test_where_a_real_modem_is_to_be_its_lines_and_its_rivals_are_looked_at(
    facts: DeviceFacts, said: str, level: Level
):
    found = [finding for finding in look_at_device(facts, modem=True) if finding.level is not Level.OK]
    assert [finding.level for finding in found] == [level]
    assert said in str(found[0])


def test_a_real_modem_that_is_switched_on_and_free_is_well():
    assert [each.level for each in look_at_device(replace(WELL, inputs=LINES), modem=True)] == [Level.OK, Level.OK]


def test_a_port_that_may_not_be_opened_tells_nothing_of_its_lines():
    facts = replace(WELL, may_use=False, modem_lines=None)
    assert len([each for each in look_at_device(facts, modem=True) if each.level is not Level.OK]) == 1
