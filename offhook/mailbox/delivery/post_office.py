"""The post office a caller writes to: letters for subscribers here are delivered, others are spooled."""

import secrets
from datetime import datetime

from offhook.mailbox.delivery.local import LocalDelivery
from offhook.mailbox.delivery.outbox import Outbox
from offhook.mailbox.letters import Envelope, PermanentFailure, TemporaryFailure, is_valid_address, received_line


class LocalPostOffice:
    """A `PostOffice`. Without `outbox`, or where `relays` is false, letters to other hosts are refused when written."""

    def __init__(self, local: LocalDelivery, outbox: Outbox | None, *, relays: bool, origin: str) -> None:
        self._local = local
        self._outbox = outbox
        self._relays = relays and outbox is not None
        self._origin = origin

    async def check(self, address: str) -> str:
        """The full address that `address` stands for. Raises `PermanentFailure`."""
        address = address.strip().removeprefix("<").removesuffix(">")
        if not is_valid_address(address, need_domain=False):
            raise PermanentFailure("That is no address; write a name here, or name@host.")
        if self._local.is_local(address):
            if self._local.subscriber(address) is None:
                raise PermanentFailure("There is no such user here.")
            return address if "@" in address else f"{address.lower()}@{self._local.domain}"
        if not self._relays:
            raise PermanentFailure("This host sends no mail to other hosts: its operator has set no smarthost.")
        return address

    async def post(self, envelope: Envelope, letter: bytes) -> None:
        """Deliver or spool. What has to wait is spooled first, so that a failure there has sent nothing yet."""
        for recipient in envelope.recipients:
            await self.check(recipient)
        away = tuple(each for each in envelope.recipients if not self._local.is_local(each))
        here = [each for each in envelope.recipients if self._local.is_local(each)]
        if away and self._outbox is not None:
            await self._outbox.put(Envelope(envelope.sender, away), letter)
        failed: list[str] = []
        reason: TemporaryFailure | PermanentFailure | None = None
        for recipient in here:
            try:
                await self._deliver(envelope.sender, recipient, letter)
            except (TemporaryFailure, PermanentFailure) as why:
                failed.append(recipient)
                reason = why
        if reason is None:
            return
        if len(failed) == len(envelope.recipients) or self._outbox is None:
            raise reason
        await self._outbox.put(Envelope(envelope.sender, tuple(failed)), letter)

    async def _deliver(self, sender: str, recipient: str, letter: bytes) -> None:
        account = self._local.subscriber(recipient)
        if account is None:
            raise PermanentFailure(f"There is no {recipient} here any more.")
        now = datetime.now().astimezone()
        received = received_line(
            helo="", peer=self._origin, by=self._local.domain, protocol="session",
            ident=secrets.token_hex(6), recipient=recipient, date=now,
        )  # fmt: skip
        await self._local.deliver(account, sender, recipient, letter, received)
