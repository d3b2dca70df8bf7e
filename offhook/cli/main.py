"""The command `offhook`: the group, and the last word on anything that goes wrong."""

import logging
import os
import sys

import click

from offhook.cli.account import account
from offhook.cli.check_config import check_config
from offhook.cli.demo import demo
from offhook.cli.mail import mail
from offhook.cli.serve import serve
from offhook.config import ConfigError


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="offhook")
def offhook() -> None:
    """Real e-mail, and a real telephone line, behind any serial port."""


for command in (demo, serve, mail, account, check_config):
    offhook.add_command(command)


def main() -> None:
    """Run the command line; an ordinary user never sees a traceback (OFFHOOK_TRACEBACK=1 shows it)."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s")
    os.umask(0o077)
    try:
        offhook.main(prog_name="offhook", standalone_mode=True)
    except ConfigError as error:
        sys.exit(str(error))
    except OSError as error:
        where = f": {error.filename}" if error.filename else ""
        sys.exit(f"offhook: {error.strerror or error}{where}")
    except Exception as error:  # the last frame before the user: whatever it is, say it in one sentence
        if os.environ.get("OFFHOOK_TRACEBACK"):
            raise
        sys.exit(f"offhook: internal error: {type(error).__name__}: {error} (OFFHOOK_TRACEBACK=1 shows where)")
