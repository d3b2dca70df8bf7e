"""The command line: one module per subcommand."""

from offhook.cli.main import main

__all__ = ["main"]
