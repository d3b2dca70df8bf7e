"""Telnet: the codec, the options, and the host's side of a line."""

from offhook.virtual_lines.telnet.client import FarBroke, TelnetClient, Terminal, UserBroke
from offhook.virtual_lines.telnet.codec import (
    Command,
    Data,
    Decoder,
    Encoder,
    Negotiation,
    Plain,
    Subnegotiation,
    negotiation,
    plain,
    subnegotiation,
)
from offhook.virtual_lines.telnet.listening import AutoServer, RawServer
from offhook.virtual_lines.telnet.options import Option, Options
from offhook.virtual_lines.telnet.server import (
    Action,
    Deliver,
    Event,
    Learned,
    NetSent,
    Opened,
    Ready,
    SendToNet,
    TelnetServer,
    Tick,
    UserSent,
)

__all__ = [
    "Action",
    "AutoServer",
    "Command",
    "Data",
    "Decoder",
    "Deliver",
    "Encoder",
    "Event",
    "FarBroke",
    "Learned",
    "Negotiation",
    "NetSent",
    "Opened",
    "Option",
    "Options",
    "Plain",
    "RawServer",
    "Ready",
    "SendToNet",
    "Subnegotiation",
    "TelnetClient",
    "TelnetServer",
    "Terminal",
    "Tick",
    "UserBroke",
    "UserSent",
    "negotiation",
    "plain",
    "subnegotiation",
]
