"""The post office a caller writes to: letters for subscribers here are delivered, others are spooled."""

import secrets
from datetime import datetime

from offhook.mailbox.delivery.local import LocalDelivery, StagedCopy
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
        """Deliver or spool.

        Copies for here are written first, but not so that they are there; then what has to wait is spooled, copies
        that could not be written with it; then those for here are made to be there. So whatever full disk or
        wrong address raises, nothing was sent. A copy that fails in the very last step is spooled; only if the
        spool has begun to fail meanwhile too, `TemporaryFailure` is raised though others have the letter.
        """
        everyone = {full.lower(): full for full in [await self.check(each) for each in envelope.recipients]}
        away = [each for each in everyone.values() if not self._local.is_local(each)]
        staged: dict[str, StagedCopy] = {}
        failed: list[str] = []
        reason: TemporaryFailure | PermanentFailure | None = None
        try:
            for recipient in everyone.values():
                if recipient in away:
                    continue
                try:
                    staged[recipient] = await self._stage(envelope.sender, recipient, letter)
                except (TemporaryFailure, PermanentFailure) as why:
                    reason = why
                    failed.append(recipient)
            if reason is not None and not staged and not away:
                raise reason
            await self._spool(envelope.sender, away + failed, letter, reason)
            await self._commit(envelope.sender, staged, letter, alone=not away and not failed)
        finally:
            for copy in staged.values():
                await copy.abort()

    async def _commit(self, sender: str, staged: dict[str, StagedCopy], letter: bytes, *, alone: bool) -> None:
        """Make the copies be there; `alone` if nobody else has or will get the letter."""
        failed: list[str] = []
        reason: TemporaryFailure | None = None
        for recipient, copy in staged.items():
            try:
                await copy.commit()
            except TemporaryFailure as why:
                reason = why
                failed.append(recipient)
        if reason is not None and alone and len(failed) == len(staged):
            raise reason
        await self._spool(sender, failed, letter, reason)

    async def _spool(self, sender: str, recipients: list[str], letter: bytes, reason: Exception | None) -> None:
        if not recipients:
            return
        if self._outbox is None:
            raise reason or TemporaryFailure("There is no spool for letters that have to wait.")
        await self._outbox.put(Envelope(sender, tuple(recipients)), letter)

    async def _stage(self, sender: str, recipient: str, letter: bytes) -> StagedCopy:
        account = self._local.subscriber(recipient)
        if account is None:
            raise PermanentFailure(f"There is no {recipient} here any more.")
        now = datetime.now().astimezone()
        received = received_line(
            helo="", peer=self._origin, by=self._local.domain, protocol="session",
            ident=secrets.token_hex(6), recipient=recipient, date=now,
        )  # fmt: skip
        return await self._local.stage(account, sender, recipient, letter, received)
