"""The command `offhook`: the group, and the last word on anything that goes wrong."""

import logging
import os
import sys

import click

from offhook.cli.account import account
from offhook.cli.calls import calls
from offhook.cli.check_config import check_config
from offhook.cli.deliver import deliver
from offhook.cli.demo import demo
from offhook.cli.doctor import doctor
from offhook.cli.mail import mail
from offhook.cli.modem import modem
from offhook.cli.null_modem import null_modem
from offhook.cli.serve import serve
from offhook.cli.spool import spool
from offhook.config import ConfigError
from offhook.mailbox.accounts import AccountError
from offhook.modem.ports import PortError


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="offhook")
def offhook() -> None:
    """Real e-mail, and a real telephone line, behind any serial port."""


for command in (demo, serve, modem, null_modem, mail, account, spool, deliver, check_config, calls, doctor):
    offhook.add_command(command)


class Printable(logging.Formatter):
    """Log lines that cannot drive the operator's terminal, whatever a client sent."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, with what does not print spelled out."""
        line = super().format(record)
        return "".join(each if each.isprintable() or each == "\n" else ascii(each)[1:-1] for each in line)


def _log_to_stderr() -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(Printable("%(asctime)s %(levelname)s %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    logging.getLogger("mail.log").setLevel(logging.ERROR)  # aiosmtpd warns of each unknown verb a client sends


def main() -> None:
    """Run the command line; an ordinary user never sees a traceback (OFFHOOK_TRACEBACK=1 shows it)."""
    _log_to_stderr()
    os.umask(0o077)
    try:
        offhook.main(prog_name="offhook", standalone_mode=True)
    except ConfigError as error:
        sys.exit(str(error))
    except (AccountError, PortError) as error:
        sys.exit(f"offhook: {error}")
    except OSError as error:
        where = f": {error.filename}" if error.filename else ""
        sys.exit(f"offhook: {error.strerror or error}{where}")
    except Exception as error:  # the last frame before the user: whatever it is, say it in one sentence
        if os.environ.get("OFFHOOK_TRACEBACK"):
            raise
        sys.exit(f"offhook: internal error: {type(error).__name__}: {error} (OFFHOOK_TRACEBACK=1 shows where)")
