"""What tests of programs that talk to modems stand on: lines in memory, far ends that play a script, a turned clock.

The pytest plugin that comes with offhook has fixtures of it; everybody else makes a `Bench`.
"""

from offhook.modem.hayes import PERSONALITIES, CallerId, Settings
from offhook.testing.bench import Bench, DialledCall, TestExchange
from offhook.testing.ends import NullModem
from offhook.testing.far_call import FarCall
from offhook.testing.far_end import FarEnd
from offhook.testing.modem_line import Modem, ModemLine
from offhook.testing.stage import LoopThread, Stage
from offhook.testing.turned_clock import TurnedClock
from offhook.testing.turned_loop import Standstill
from offhook.virtual_lines.exchange import Cause, Quality

__all__ = [
    "PERSONALITIES",
    "Bench",
    "CallerId",
    "Cause",
    "DialledCall",
    "FarCall",
    "FarEnd",
    "LoopThread",
    "Modem",
    "ModemLine",
    "NullModem",
    "Quality",
    "Settings",
    "Stage",
    "Standstill",
    "TestExchange",
    "TurnedClock",
]
