"""Values made into a table: medians, ratios taken round by round, and whether the aims are met."""

import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from bench.measures import ROWS, Row

HEADINGS = ("measure", "subject", "median", "unit", "ratio (range)", "to", "aim", "met")
_NUMBER = 2  # the column set to the right


@dataclass(slots=True)
class Results:
    """Values by row, subject and round, and what could not be measured."""

    values: dict[tuple[str, str], list[float | None]] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)

    def add(self, row: str, subject: str, round_number: int, value: float) -> None:
        """Keep the value of a round, numbered from 0."""
        rounds = self.values.setdefault((row, subject), [])
        rounds += [None] * (round_number + 1 - len(rounds))
        rounds[round_number] = value

    def subjects(self, row: str) -> list[str]:
        """Who has values in `row`, in the order they came."""
        return [subject for known, subject in self.values if known == row]

    def present(self, row: str, subject: str) -> list[float]:
        """The values there are."""
        return [value for value in self.values.get((row, subject), ()) if value is not None]


def ratios(ours: Sequence[float | None], theirs: Sequence[float | None]) -> list[float]:
    """Our value over theirs, for each round that both have and theirs is not 0."""
    return [one / other for one, other in zip(ours, theirs, strict=False) if one is not None and other]


def table(results: Results, subject: str) -> str:
    """The report as a table of Markdown; ratios and aims are those of `subject`."""
    lines = [HEADINGS, *_lines(results, subject)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS))]
    rule = tuple("-" * width for width in widths)
    return "\n".join(_joined(line, widths) for line in (lines[0], rule, *lines[1:]))


def unmet(results: Results, subject: str) -> list[str]:
    """The rows whose aim `subject` does not reach, of those that could be judged."""
    return [line[0] for line in _lines(results, subject) if line[-1] == "no"]


def as_json(results: Results) -> Mapping[str, Mapping[str, Sequence[float | None]]]:
    """All values: row, subject, rounds; seconds, bytes a second, KiB and shares of a processor."""
    return {row: {who: results.values[row, who] for who in results.subjects(row)} for row in ROWS}


def _lines(results: Results, subject: str) -> Iterator[tuple[str, ...]]:
    for name, row in ROWS.items():
        for who in results.subjects(name):
            median = statistics.median(results.present(name, who))
            shown = (row.title, who, _short(median * row.scale), row.unit)
            yield shown + (_compared(results, name, row, who) if who == subject else ("", "", "", ""))


def _compared(results: Results, name: str, row: Row, who: str) -> tuple[str, str, str, str]:
    """The ratio, to whom, the aim and whether it is met."""
    peer = next((other for other in results.subjects(name) if other != who), "")
    over, other = (row.over, who) if row.over else (name, peer)
    found = ratios(results.values[name, who], results.values.get((over, other), ()))
    to = "own raw" if row.over else peer
    ratio = f"{statistics.median(found):.2f} ({min(found):.2f}-{max(found):.2f})" if found else ""
    if row.aim is None:
        return ratio, to, "", ""
    if row.aim.absolute:
        judged = statistics.median(results.present(name, who)) * row.scale
        return ratio, to, f"{row.aim} {row.unit}", _yes(row.aim.met(judged))
    return ratio, to, str(row.aim), _yes(row.aim.met(statistics.median(found))) if found else ""


def _yes(met: bool) -> str:
    return "yes" if met else "no"


def _short(value: float) -> str:
    return f"{value:.0f}" if value >= 100 or value == int(value) else f"{value:.3g}"


def _joined(line: Sequence[str], widths: Sequence[int]) -> str:
    cells = zip(line, widths, range(len(line)), strict=True)
    return "| " + " | ".join(c.rjust(w) if column == _NUMBER else c.ljust(w) for c, w, column in cells) + " |"
