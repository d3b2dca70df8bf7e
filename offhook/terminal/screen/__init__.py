"""What goes where on a terminal of a given size."""

from offhook.terminal.screen.capabilities import Capabilities
from offhook.terminal.screen.layout import cut, index_row, size, width, wrap
from offhook.terminal.screen.pager import HELP, PROMPT, Choice, choice

__all__ = ["HELP", "PROMPT", "Capabilities", "Choice", "choice", "cut", "index_row", "size", "width", "wrap"]
