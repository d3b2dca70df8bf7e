"""What can go wrong with a letter, told apart by what the sender or caller should do."""


class MaildropFailure(Exception):
    """A maildrop could not do what was asked; the text is one sentence for the caller."""


class LetterGone(MaildropFailure):
    """The letter is no longer there: another session or program removed it."""


class TemporaryFailure(Exception):
    """Try again later (4xx); the text is one sentence, `status` the enhanced status code (RFC 3463)."""

    def __init__(self, text: str = "", status: str = "4.3.0") -> None:
        super().__init__(text)
        self.status = status


class PermanentFailure(Exception):
    """Trying again will not help (5xx); the text is one sentence, `status` the enhanced status code (RFC 3463)."""

    def __init__(self, text: str = "", status: str = "5.0.0") -> None:
        super().__init__(text)
        self.status = status
