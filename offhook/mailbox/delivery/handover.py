"""One letter handed over in all its copies: each here is in its maildrop, each for elsewhere in the spool, or none is.

The order is the promise. Copies for here are written, but not so that they are there already; then what has to wait or
to go elsewhere is put into the spool; then the written ones are made to be there. So whatever full disk raises before
the last step, nothing was sent, but for this: copies that differ, as those do that several accounts forward, are put
into the spool one by one, and if it fails between two, the letter comes again and the first go out twice. A copy that
fails in the very last step goes to the spool, addressed to it alone; only if the spool has begun to fail meanwhile
too, `TemporaryFailure` is raised though others have the letter. Of a letter that comes again, what is there stays as
it is; a copy that goes on to another host goes once more.
"""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field

from offhook.mailbox.delivery.expansion import Copy
from offhook.mailbox.delivery.outbox import Outbox
from offhook.mailbox.delivery.staged_copy import StagedCopy
from offhook.mailbox.letters import Envelope, Octets, PermanentFailure, TemporaryFailure, prepare_for_forwarding

Stage = Callable[[Copy, Octets, str], Awaitable[StagedCopy | None]]
"""Writes a copy into its maildrop; None if it is there already, by a try that was cut short. Raises both failures."""
Failure = TemporaryFailure | PermanentFailure


@dataclass(slots=True)
class Handover:
    """One letter's copies. With `patient` a copy that cannot be written now waits in the spool like one elsewhere."""

    stage: Stage
    outbox: Outbox | None
    letter: Octets
    patient: bool = False
    _staged: list[tuple[Copy, StagedCopy]] = field(default_factory=list)
    _failed: list[Copy] = field(default_factory=list)
    _there: bool = False
    _reason: Failure | None = None

    async def run(self, copies: Iterable[tuple[Copy, str]]) -> None:
        """Hand over `copies`, each with the value of its Received field. Raises both failures."""
        away: list[tuple[Copy, str]] = []
        try:
            for copy, received in copies:
                if copy.account:
                    await self._write(copy, received)
                else:
                    away.append((copy, received))
            if self._reason is not None and (not self.patient or not (self._staged or away)):
                raise self._reason
            await self._spool([*away, *((copy, "") for copy in self._failed)])
            await self._commit(alone=not (away or self._failed or self._there))
        finally:
            for _, staged in self._staged:
                await staged.abort()

    async def _write(self, copy: Copy, received: str) -> None:
        try:
            staged = await self.stage(copy, self.letter, received)
        except (TemporaryFailure, PermanentFailure) as why:
            if self._reason is None or isinstance(why, TemporaryFailure):
                self._reason = why
            self._failed.append(copy)
            return
        if staged is None:
            self._there = True
        else:
            self._staged.append((copy, staged))

    async def _commit(self, *, alone: bool) -> None:
        """Make the copies be there; `alone` if nobody else has or will get the letter."""
        failed: list[Copy] = []
        for copy, staged in self._staged:
            try:
                await staged.commit()
            except TemporaryFailure as why:
                self._reason = why
                failed.append(copy)
        if self._reason is not None and alone and len(failed) == len(self._staged):
            raise self._reason
        await self._spool([(copy, "") for copy in failed])

    async def _spool(self, copies: Iterable[tuple[Copy, str]]) -> None:
        """Put copies into the spool, together those that are the same letter from the same sender."""
        together: dict[tuple[str, str, str], list[str]] = {}
        for copy, received in copies:
            forwarded = ("", "") if copy.account or not copy.by else (copy.by, received)
            together.setdefault((copy.sender, *forwarded), []).append(copy.again)
        prepared = [  # all of them before the first is sent: a letter that goes in a circle is refused here
            (
                Envelope(sender, tuple(addresses)),
                prepare_for_forwarding(self.letter, by, received) if by else None,
            )
            for (sender, by, received), addresses in together.items()
        ]
        for envelope, pieces in prepared:
            if self.outbox is None:
                raise self._reason or TemporaryFailure("There is no spool for letters that have to wait.")
            await self.outbox.put(envelope, _joined(pieces) if pieces else self.letter)


def _joined(pieces: Iterable[bytes]) -> Octets:
    """All pieces, none of them held twice."""
    joined = bytearray()
    for piece in pieces:
        joined += piece
    return joined
