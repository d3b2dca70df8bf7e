"""What of a letter can be handed to another mail server at all: no carrier is given what is no address."""

from offhook.mailbox.letters import PermanentFailure, is_valid_address
from offhook.mailbox.spool import Failure


def well_addressed(sender: str, recipients: tuple[str, ...]) -> tuple[dict[str, Failure | None], tuple[str, ...]]:
    """What has become of some recipients already, and those whom the letter may go to, each once."""
    refused: dict[str, Failure | None] = {
        each: PermanentFailure("553 5.1.3 That recipient is no address.")
        for each in recipients
        if not is_valid_address(each, need_domain=False)
    }
    good = tuple(dict.fromkeys(each for each in recipients if each not in refused))
    if good and sender and not is_valid_address(sender, need_domain=False):
        return dict.fromkeys(recipients, PermanentFailure("553 5.1.7 That sender is no address.")), ()
    return refused, good
