"""What a list of letters shows of each, read from its header section alone."""

import re
from dataclasses import dataclass

from offhook.mailbox.letters.address import Address, parse_addresses
from offhook.mailbox.letters.dates import parse_date
from offhook.mailbox.letters.header import Headers, decode_header, read_headers

MOST_OF_SENDER = 8192
"""Octets in which the first sender's name and address must be."""
MAX_REFERENCES = 100
"""Message identifiers kept of a `References` field: the first and the latest."""

_MESSAGE_ID = re.compile(rb"<[^<>\s]{1,500}>")


@dataclass(frozen=True, slots=True)
class Summary:
    """A letter in a list. Texts are decoded and on one line, but not cleaned: the output gate does that.

    `from_name` is empty when the letter gives none; `date` is the `Date` field as written and `sent` the moment it
    names, in seconds since 1970 (UTC), or None; `message_id` and `references` keep their angle brackets.
    """

    from_name: str
    from_address: str
    subject: str
    date: str
    sent: float | None
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    message_id: str
    references: tuple[str, ...]

    @property
    def sender(self) -> str:
        """The name to show: the display name, else the address."""
        return self.from_name or self.from_address


def summarize(head: bytes) -> Summary:
    """The summary of a letter from its header section (or from all of it); nothing in it raises."""
    return summary_of(read_headers(head)[0])


def summary_of(headers: Headers) -> Summary:
    """The summary of a letter whose header section has been read."""
    name, address = sender_in(headers)
    date = headers.text("date")
    return Summary(
        from_name=name,
        from_address=address,
        subject=headers.text("subject"),
        date=date,
        sent=sent_at(date),
        to=parse_addresses(b",".join(headers.all("to"))),
        cc=parse_addresses(b",".join(headers.all("cc"))),
        message_id=message_id_in(headers.first("message-id")),
        references=references_in(headers),
    )


def sent_at(date: str) -> float | None:
    """The moment a `Date` field names, in seconds since 1970 (UTC), or None."""
    moment = parse_date(date)
    return moment.timestamp() if moment else None


def sender_in(headers: Headers) -> tuple[str, str]:
    """Name and address of who a letter is from, as far as it says so."""
    for field in ("from", "sender"):
        for address in parse_addresses(headers.first(field)[:MOST_OF_SENDER]):
            return address.name, address.address
    return decode_header(headers.first("from")[:MOST_OF_SENDER]), ""


def message_id_in(value: bytes) -> str:
    """The first message identifier in a field, with its brackets; empty when there is none."""
    found = _MESSAGE_ID.search(value)
    return found[0].decode("ascii", "replace") if found else ""


def references_in(headers: Headers) -> tuple[str, ...]:
    """The letters this one goes back to, oldest first (RFC 5322 3.6.4): `References`, else `In-Reply-To`."""
    value = headers.first("references") or headers.first("in-reply-to")
    found = [word.decode("ascii", "replace") for word in _MESSAGE_ID.findall(value)]
    return tuple(found[:1] + found[1:][-(MAX_REFERENCES - 1) :])
