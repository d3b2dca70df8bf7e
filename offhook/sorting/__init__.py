"""Letters that come in, sorted: whose they are, where those mailboxes lie, and the work done there as the owner."""

from offhook.sorting.acting_as import acting_as, owner_for, owner_of
from offhook.sorting.maildrops import Location, Maildrops, OpenedMail
from offhook.sorting.sorting import Sorting

__all__ = ["Location", "Maildrops", "OpenedMail", "Sorting", "acting_as", "owner_for", "owner_of"]
