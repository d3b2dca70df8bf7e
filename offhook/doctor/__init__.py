"""What is wrong with a port or the machine, and the remedy."""

from offhook.doctor.doctor import (
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
from offhook.doctor.doctor_facts import address_facts, device_facts, machine_facts

__all__ = [
    "AddressFacts",
    "DeviceFacts",
    "Finding",
    "Level",
    "MachineFacts",
    "User",
    "address_facts",
    "device_facts",
    "look_at_address",
    "look_at_device",
    "look_at_machine",
    "machine_facts",
]
