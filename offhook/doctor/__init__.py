"""What is wrong with a port or the machine, and the remedy."""

from offhook.doctor.doctor import (
    AddressFacts,
    DeviceFacts,
    Finding,
    Level,
    MachineFacts,
    ServerFacts,
    User,
    look_at_address,
    look_at_device,
    look_at_machine,
    look_at_server,
)
from offhook.doctor.doctor_facts import address_facts, device_facts, machine_facts, server_facts

__all__ = [
    "AddressFacts",
    "DeviceFacts",
    "Finding",
    "Level",
    "MachineFacts",
    "ServerFacts",
    "User",
    "address_facts",
    "device_facts",
    "look_at_address",
    "look_at_device",
    "look_at_machine",
    "look_at_server",
    "machine_facts",
    "server_facts",
]
