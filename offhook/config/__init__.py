"""The host's configuration: TOML in, frozen values out, and every default in this one place.

A wrong file raises `ConfigError`, whose `problems` each name the file, the line, the key and
what would be right. Relative paths are taken from the folder the file stands in.
"""

from offhook.config.addresses import check_addresses
from offhook.config.exchange import NOT_IN_SERVICE, Rung
from offhook.config.exchange import Program as ProgramTable
from offhook.config.exchange import Quality as QualityTable
from offhook.config.lines import Telnet
from offhook.config.outer_lines import Direct, RealModem
from offhook.config.surroundings import check_surroundings, greeting_in
from offhook.config.whole import MAIL, Config, load, parse
from offhook.toml_table import ConfigError, Problem

__all__ = [
    "MAIL",
    "NOT_IN_SERVICE",
    "Config",
    "ConfigError",
    "Direct",
    "Problem",
    "ProgramTable",
    "QualityTable",
    "RealModem",
    "Rung",
    "Telnet",
    "check_addresses",
    "check_surroundings",
    "greeting_in",
    "load",
    "parse",
]
