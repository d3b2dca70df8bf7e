"""Keywords: the labels that users and programs give to letters, besides the flags every store knows."""

import re
from collections.abc import Collection
from typing import NewType

from offhook.mailbox.letters.failures import MaildropFailure

Keyword = NewType("Keyword", str)
"""An IMAP keyword (RFC 9051 9, flag-keyword), such as `$Forwarded` or `Work`.

Its case is kept, but does not tell two apart.
"""
LONGEST_KEYWORD = 64
"""Characters."""

_UNFIT = re.compile(r'[^!-~]|[(){%*"\\\]]')


def is_keyword(text: str) -> bool:
    """Whether a store can keep this keyword: 1 to 64 printable ASCII octets, none of which has a meaning in IMAP."""
    return 0 < len(text) <= LONGEST_KEYWORD and not _UNFIT.search(text)


def check_keywords(keywords: Collection[str]) -> None:
    """Raise `MaildropFailure` if one of them is no keyword."""
    for keyword in keywords:
        if not is_keyword(keyword):
            raise MaildropFailure('A keyword has 1 to 64 letters, digits or signs, and none of ( ) { % * " \\ ].')
