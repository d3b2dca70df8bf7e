"""What a listener answers to MAIL, RCPT and a letter.

The order that matters: 250 after the lone dot is said only when every recipient's copy is on disk. A
recipient that is not here is refused at RCPT, so that no bounce is needed later. LMTP has a
reply for each recipient, SMTP one for all. So when a letter that came by SMTP was delivered to some and not to others,
the others' copies are spooled, to be tried again or to be told of in a bounce; if they cannot be spooled either, the
sender is told to send it once more, and who has it gets it twice. If nobody has it, the sender keeps it.
"""

import logging
import secrets
from datetime import datetime

from aiosmtpd.smtp import SMTP, Envelope, Session

from offhook.mailbox.delivery import Limits, LocalDelivery, Outbox
from offhook.mailbox.letters import Envelope as LetterEnvelope
from offhook.mailbox.letters import Octets, PermanentFailure, TemporaryFailure, is_valid_address, received_line
from offhook.mailbox.listeners.door import peer_address_of
from offhook.mailbox.listeners.strictness import NULL_SENDER, fault

log = logging.getLogger(__name__)

_STUMBLED = "451 4.3.0 Something failed here; try again later"


class Transactions:
    """The judge of one listener's transactions; names that begin with `handle_` are aiosmtpd's."""

    def __init__(self, local: LocalDelivery, outbox: Outbox | None, limits: Limits, *, lmtp: bool) -> None:
        self._local = local
        self._outbox = outbox
        self._limits = limits
        self._lmtp = lmtp

    async def handle_EHLO(
        self, _server: SMTP, session: Session, _envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        """Announce what aiosmtpd can do and does not say."""
        session.host_name = hostname
        return [*responses[:-1], "250-PIPELINING", "250-ENHANCEDSTATUSCODES", responses[-1]]

    async def handle_MAIL(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take a sender: the null sender, an address, or with SMTPUTF8 one beyond ASCII (RFC 6531)."""
        if not (address == NULL_SENDER or is_valid_address(address) or (envelope.smtp_utf8 and _is_utf8(address))):
            return "553 5.1.7 That sender is no address"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take a recipient if it is here."""
        if len(envelope.rcpt_tos) >= self._limits.recipients:
            return "452 4.5.3 Too many recipients"
        if not is_valid_address(address, need_domain=False):
            return "553 5.1.3 That recipient is no address"
        if not self._local.is_local(address):
            return "550 5.7.1 This host does not relay"
        try:
            if await self._local.subscriber(address) is None:
                return "550 5.1.1 There is no such user here"
        except TemporaryFailure as why:
            return temporary_reply(why)
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 OK"

    async def handle_exception(self, error: Exception) -> str:
        """A fault of ours is no reason for the sender to give up, and none of its business."""
        log.error("a mail connection stumbled", exc_info=error)
        return _STUMBLED

    async def letter(self, session: Session, envelope: Envelope, content: Octets) -> list[str]:
        """Deliver; a reply for each recipient (LMTP), or one for all (SMTP)."""
        recipients = [str(each) for each in envelope.rcpt_tos]
        wrong = fault(content)
        if wrong is not None:
            return [f"554 5.6.0 Refused: {wrong}"] * len(recipients)
        replies: dict[str, str] = {}
        for recipient in recipients:
            if recipient.lower() not in replies:  # named twice is one copy
                replies[recipient.lower()] = await self._copy(session, envelope, recipient, content)
        if self._lmtp:
            return [replies[recipient.lower()] for recipient in recipients]
        return [await self._one_reply(session, envelope, replies, content)]

    async def _copy(self, session: Session, envelope: Envelope, recipient: str, content: Octets) -> str:
        try:
            received = self._received(session, recipient)
            copies = [(copy, received) for copy in await self._local.look_up(_sender(envelope), recipient)]
            await self._local.hand_over(copies, content, outbox=self._outbox)
        except PermanentFailure as why:
            code = "550" if why.status.startswith("5.1.") else "554"
            return f"{code} {why.status} {why}"
        except TemporaryFailure as why:
            return temporary_reply(why)
        except Exception:  # whatever it was, each recipient needs a reply, and the sender still has the letter
            log.exception("a delivery stumbled")
            return _STUMBLED
        return "250 2.0.0 Delivered"

    def _received(self, session: Session, recipient: str) -> str:
        return received_line(
            helo=session.host_name or "",
            peer=peer_address_of(session.peer),
            by=self._local.domain,
            protocol="LMTP" if self._lmtp else "ESMTP" if session.extended_smtp else "SMTP",
            ident=secrets.token_hex(6),
            recipient=recipient,
            date=datetime.now().astimezone(),
        )

    async def _one_reply(self, session: Session, envelope: Envelope, replies: dict[str, str], content: Octets) -> str:
        """The reply for all; for some of them the letter may be spooled."""
        failed = tuple(recipient for recipient, reply in replies.items() if not reply.startswith("2"))
        if not failed:
            return "250 2.0.0 Delivered"
        worst = next((reply for reply in replies.values() if reply.startswith("4")), replies[failed[0]])
        if len(failed) == len(replies):
            return worst
        try:
            if self._outbox is None:
                return worst
            received = self._received(session, "").replace("\n", "\r\n")
            kept = f"Received: {received}\r\n".encode("ascii", "replace") + content
            await self._outbox.put(LetterEnvelope(_sender(envelope), failed), kept)
        except TemporaryFailure as why:
            return temporary_reply(why)
        return "250 2.0.0 Delivered, in part kept to be delivered"


def _sender(envelope: Envelope) -> str:
    return "" if envelope.mail_from in (None, NULL_SENDER) else str(envelope.mail_from)


def _is_utf8(address: str) -> bool:
    in_ascii = "".join(each if each.isascii() else "x" for each in address)
    return address.isprintable() and len(address.encode("utf-8", "replace")) <= 254 and is_valid_address(in_ascii)


def temporary_reply(why: TemporaryFailure) -> str:
    """The reply that tells a sender to come again: 452 where room is missing (RFC 5321 4.2.3), else 451."""
    return f"{'452' if why.status in ('4.2.2', '4.3.1') else '451'} {why.status} {why}"
