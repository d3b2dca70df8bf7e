"""The command `offhook`: the group, and the last word on anything that goes wrong."""

import importlib
import logging
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from types import MappingProxyType

import click

COMMANDS: Mapping[str, str] = MappingProxyType(
    {
        "demo": "demo",
        "serve": "serve",
        "modem": "modem",
        "null-modem": "null_modem",
        "mail": "mail",
        "account": "account",
        "spool": "spool",
        "deliver": "deliver",
        "import": "import_letters",
        "export": "export",
        "check-mailbox": "check_mailbox",
        "check-config": "check_config",
        "calls": "calls",
        "control": "control",
        "doctor": "doctor",
    }
)
"""Command to the module of this room that has it, under the module's name, in the order of the help."""
SUMMARIES: Mapping[str, str] = MappingProxyType(
    {
        "demo": "Try offhook out, on this machine only.",
        "serve": "Serve the lines, numbers and mail of a configuration.",
        "modem": "Turn ports into modems that call hosts and take calls.",
        "null-modem": "Join two ports by a null-modem cable.",
        "mail": "Read and write mail on this terminal.",
        "account": "Add, change, list, lock and remove accounts.",
        "spool": "List, show, retry and drop letters that wait to leave.",
        "deliver": "Deliver a letter, as mail servers have it done.",
        "import": "Put letters from elsewhere into an account's mailbox.",
        "export": "Put an account's letters into a Maildir or mbox file.",
        "check-mailbox": "Look for damage in mailboxes, and mend it.",
        "check-config": "Say what is wrong with a configuration, and the remedy.",
        "calls": "List calls: who, when, how long, and why they ended.",
        "control": "Ask and order a running host or modem.",
        "doctor": "Look at a port or the machine: what is wrong, what to do.",
    }
)
"""What the help says of each, so that it need not load them all."""


class Commands(click.Group):
    """Loads a command when it is wanted: a mail server starts `offhook deliver` for every letter."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All there are."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The one of that name."""
        module = COMMANDS.get(cmd_name)
        if module is None:
            return None
        command: click.Command = getattr(importlib.import_module(f"offhook.cli.{module}"), module)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The commands, a line each."""
        with formatter.section("Commands"):
            formatter.write_dl(list(SUMMARIES.items()))


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="offhook")
def offhook() -> None:
    """Real e-mail, and a real telephone line, behind any serial port."""


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


_ANSWERS_OF_A_DELIVERY = frozenset({None, 0, 65, 67, 75})
"""The exit codes of `offhook deliver`."""
_LATER = 75


def main() -> None:
    """Run the command line; an ordinary user never sees a traceback (OFFHOOK_TRACEBACK=1 shows it)."""
    _log_to_stderr()
    os.umask(0o077)
    if next((word for word in sys.argv[1:] if not word.startswith("-")), "") == "deliver":
        _run_for_a_mail_server()
    else:
        _run()


def _run_for_a_mail_server() -> None:
    """Run, and end with a code of deliver's own whatever happens.

    A mail server sends letters back for all others: those of options before the command, of a program half installed
    while it is replaced by a newer one, of an output that nobody reads. For these letters wait.
    """
    try:
        _run()
    except SystemExit as end:
        if end.code in _ANSWERS_OF_A_DELIVERY:
            raise
        said = end.code if isinstance(end.code, str) else ""
    except Exception as error:  # not even the sentence for it could be found
        if os.environ.get("OFFHOOK_TRACEBACK"):
            raise
        said = f"offhook: {type(error).__name__}: {error}"
    with suppress(OSError):
        click.echo(said, nl=bool(said), err=True)
    sys.exit(_LATER)


def _run() -> None:
    try:
        offhook.main(prog_name="offhook", standalone_mode=True)
    except Exception as error:  # the last frame before the user: whatever it is, say it in one sentence
        sentence = _sentence(error)
        if sentence is None and os.environ.get("OFFHOOK_TRACEBACK"):
            raise
        what = f"{type(error).__name__}: {error}"
        sys.exit(sentence or f"offhook: internal error: {what} (OFFHOOK_TRACEBACK=1 shows where)")


def _sentence(error: Exception) -> str | None:
    """What to say of an error that is not a fault of ours. What its class needs was loaded with the command."""
    from offhook.mailbox.accounts import AccountError
    from offhook.modem.ports import PortError
    from offhook.toml_table import ConfigError

    match error:
        case ConfigError():
            return str(error)
        case AccountError() | PortError():
            return f"offhook: {error}"
        case OSError():
            return f"offhook: {error.strerror or error}{f': {error.filename}' if error.filename else ''}"
    return None
