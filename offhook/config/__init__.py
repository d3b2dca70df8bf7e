"""The host's configuration: TOML in, frozen values out, and every default in this one place.

A wrong file raises `ConfigError`, whose `problems` each name the file, the line, the key and
what would be right. Relative paths are taken from the folder the file stands in.
"""

from offhook.config.lines import Telnet
from offhook.config.mail import Smarthost
from offhook.config.whole import MAIL, Config, load, parse
from offhook.toml_table import ConfigError, Problem

__all__ = ["MAIL", "Config", "ConfigError", "Problem", "Smarthost", "Telnet", "load", "parse"]
