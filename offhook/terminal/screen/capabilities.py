"""What is known of a terminal: its size, its charset, how fast it is reached, which key it has for escapes."""

from dataclasses import dataclass, replace

from offhook.terminal.discipline import ASCII, Charset

NARROWEST, WIDEST = 20, 250
SHORTEST, TALLEST = 4, 250
SLOW = 2400
"""bit/s up to which every byte is felt."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """Size in characters, charset, and rate in bit/s (None where bytes cost nothing).

    `escape` begins a command within a letter: old keyboards have no `~`.
    """

    columns: int = 80
    rows: int = 24
    charset: Charset = ASCII
    rate: int | None = None
    escape: str = "~"

    def sized(self, columns: int | None, rows: int | None) -> "Capabilities":
        """The same at another size; None and 0 keep what is known, and senseless sizes are brought within bounds."""
        return replace(
            self,
            columns=min(max(columns, NARROWEST), WIDEST) if columns else self.columns,
            rows=min(max(rows, SHORTEST), TALLEST) if rows else self.rows,
        )

    @property
    def slow(self) -> bool:
        """Whether what need not be said is better left out."""
        return self.rate is not None and self.rate <= SLOW

    @property
    def index_rows(self) -> int:
        """Letters listed at a time: fewer on a slow line, where each row costs seconds (as mailx does)."""
        room = max(self.rows - 3, 1)
        if self.rate is None or self.rate > 1200:
            return min(room, 20)
        return min(room, 10 if self.rate == 1200 else 5)
