"""What can go wrong with a letter, told apart by what the sender or caller should do."""


class MaildropFailure(Exception):
    """A maildrop could not do what was asked; the text is one sentence for the caller."""


class LetterGone(MaildropFailure):
    """The letter is no longer there: another session or program removed it."""


class TemporaryFailure(Exception):
    """Try again later (4xx); the text is one sentence."""


class PermanentFailure(Exception):
    """Trying again will not help (5xx); the text is one sentence."""
