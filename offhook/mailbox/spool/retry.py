"""When a spooled letter is tried again, and what a try makes of it.

The first retry comes soon, since most failures are short; then the pause doubles up to a bit over an hour, until five
days have passed (RFC 5321 4.5.4.1 asks for four to five). The last try comes exactly then.

Days on which nobody tried do not count against a letter: one that was due for hours when it was tried at last, since
the host was off or the clock has jumped, is tried for some hours more before it is given up. So is a notice.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from offhook.mailbox.letters import PermanentFailure, TemporaryFailure
from offhook.mailbox.spool.spooled import Outcome, Recipient, SpooledLetter, State, one_line


@dataclass(frozen=True, slots=True)
class Schedule:
    """Pauses and limits, all in seconds; `delay_notice` None is never to tell of a delay."""

    first: float = 60.0
    factor: float = 2.0
    longest: float = 4_000.0
    give_up: float = 432_000.0
    grace: float = 14_400.0
    """From a try that comes so much too late until the letter may be given up."""
    most_returns: int = 5
    """How often that is granted; a host that is hardly ever on must tell the sender in the end, too."""
    delay_notice: float | None = 14_400.0

    def pause(self, attempts: int) -> float:
        """Seconds between the try numbered `attempts` (from 1) and the next."""
        return min(self.first * self.factor ** min(max(attempts - 1, 0), 64), self.longest)

    def next_attempt(self, attempts: int, end: float, now: float) -> float | None:
        """When to try again after try number `attempts` has failed at `now`; None is to give up, at `end` or later."""
        return None if now >= end else min(now + self.pause(attempts), end)

    def is_due(self, recipient: Recipient, now: float) -> bool:
        """Whether to try now; a time too far ahead to be ours means that the clock was turned back."""
        return not now < recipient.next_attempt <= now + self.longest + 1  # a second for rounding

    def wait(self, letter: SpooledLetter, now: float) -> float:
        """Seconds until the first recipient of a letter is due; 0 if one is."""
        waits = [
            0.0 if self.is_due(recipient, now) else recipient.next_attempt - now for recipient in letter.recipients
        ]
        return min(waits, default=self.longest)

    def owes_delay_notice(self, letter: SpooledLetter, now: float) -> bool:
        """Whether the sender should hear now that a letter is still on its way."""
        waiting = any(recipient.state is State.PENDING for recipient in letter.recipients)
        late = self.delay_notice is not None and now - letter.arrived >= self.delay_notice
        return bool(waiting and late and letter.sender and not letter.delay_told)

    def after_try(self, letter: SpooledLetter, outcome: Outcome, now: float) -> SpooledLetter:
        """The letter once the recipients named in `outcome` have been tried; those who have it are gone from it."""
        return replace(letter, recipients=tuple(self._after(letter, outcome, now)))

    def _after(self, letter: SpooledLetter, outcome: Outcome, now: float) -> Iterator[Recipient]:
        for recipient in letter.recipients:
            if recipient.state is State.FAILED or recipient.address not in outcome:
                yield recipient
                continue
            failure = outcome[recipient.address]
            match failure:
                case None:
                    continue
                case TemporaryFailure():
                    tried = self._tried(recipient, letter.arrived + self.give_up, now)
                case PermanentFailure():
                    tried = None
            if tried is None:
                tried = self._failed(recipient, now)
            yield replace(tried, last_reply=one_line(str(failure)))

    def after_notice(self, letter: SpooledLetter, told: bool, now: float) -> SpooledLetter:
        """The letter once the notice for its failed recipients was `told`, or not; an untold one has as long again."""
        left: list[Recipient] = []
        for recipient in letter.recipients:
            if recipient.state is State.PENDING:
                left.append(recipient)
            elif not told and (tried := self._tried(recipient, letter.arrived + 2 * self.give_up, now)) is not None:
                left.append(tried)
        return replace(letter, recipients=tuple(left))

    def _tried(self, recipient: Recipient, end: float, now: float) -> Recipient | None:
        """A recipient after a try of it, or of its notice, that was in vain at `now`; None if it is given up."""
        until, returns = recipient.until, recipient.returns
        if until > now + self.give_up:  # the clock was turned back since
            until = 0.0
        late = now - recipient.next_attempt > self.grace
        if late and returns < self.most_returns and now + self.grace > max(end, until):
            until, returns = now + self.grace, returns + 1
        attempts = recipient.attempts + 1
        again = self.next_attempt(attempts, max(end, until), now)
        if again is None:
            return None
        return replace(recipient, next_attempt=again, attempts=attempts, until=until, returns=returns)

    def _failed(self, recipient: Recipient, now: float) -> Recipient:
        """A recipient that is given up at `now`, and whose notice is due."""
        return Recipient(
            recipient.address, now, State.FAILED, recipient.attempts + 1, recipient.last_reply, now + self.give_up
        )
