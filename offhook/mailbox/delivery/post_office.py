"""The post office a caller writes to: letters for subscribers here are delivered, others are spooled."""

import secrets
from datetime import datetime

from offhook.mailbox.delivery.expansion import Copy
from offhook.mailbox.delivery.local import LocalDelivery
from offhook.mailbox.delivery.outbox import Outbox
from offhook.mailbox.letters import Envelope, PermanentFailure, is_valid_address, received_line


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
            if await self._local.subscriber(address) is None:
                raise PermanentFailure("There is no such user here.")
            return address if "@" in address else f"{address.lower()}@{self._local.domain}"
        if not self._relays:
            raise PermanentFailure("This host sends no mail to other hosts: its operator has set no smarthost.")
        return address if "@" in address else f"{address.lower()}@{self._local.domain}"

    async def post(self, envelope: Envelope, letter: bytes) -> None:
        """Deliver or spool.

        All recipients are one handover (`handover`): whatever full disk or wrong address raises, nothing was sent,
        and a copy that cannot be delivered now waits in the spool if anybody else gets the letter.
        """
        everyone = {full.lower(): full for full in [await self.check(each) for each in envelope.recipients]}
        copies: dict[tuple[str, str, str], tuple[Copy, str]] = {}
        for recipient in everyone.values():
            if not self._local.is_local(recipient):
                copies["", "", recipient.lower()] = Copy(recipient, envelope.sender, recipient), ""
                continue
            received = self._received(recipient)
            for copy in await self._local.look_up(envelope.sender, recipient):
                copies.setdefault(copy.place, (copy, received))
        await self._local.hand_over(copies.values(), letter, outbox=self._outbox, patient=True)

    def _received(self, recipient: str) -> str:
        now = datetime.now().astimezone()
        return received_line(
            helo="", peer=self._origin, by=self._local.domain, protocol="session",
            ident=secrets.token_hex(6), recipient=recipient, date=now,
        )  # fmt: skip
