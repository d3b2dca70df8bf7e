"""Times made into a table: medians, tails, and ratios to a peer taken round by round."""

import math
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from bench.measures import ROWS

HEADINGS = ("measure", "subject", "n", "p50", "p99", "unit", "p50 ratio", "p99 ratio", "to")


@dataclass(slots=True)
class Results:
    """All times in seconds, by row, subject and round."""

    times: dict[tuple[str, str], list[list[float]]] = field(default_factory=dict)

    def add(self, row: str, subject: str, round_number: int, seconds: float) -> None:
        """Keep one time of the round, numbered from 0."""
        rounds = self.times.setdefault((row, subject), [])
        while len(rounds) <= round_number:
            rounds.append([])
        rounds[round_number].append(seconds)

    def subjects(self, row: str) -> list[str]:
        """Who has times in `row`, in the order they came."""
        return [subject for known, subject in self.times if known == row]


def percentile(times: Sequence[float], percent: float) -> float:
    """The nearest-rank percentile; `times` is not empty."""
    return sorted(times)[max(0, math.ceil(len(times) * percent / 100) - 1)]


def ratios(ours: Sequence[Sequence[float]], theirs: Sequence[Sequence[float]], percent: float) -> list[float]:
    """Our percentile over theirs, for each round that both have."""
    pairs = zip(ours, theirs, strict=False)
    return [percentile(one, percent) / percentile(other, percent) for one, other in pairs if one and other]


def table(results: Results, subject: str) -> str:
    """The report as text; ratios are of `subject` to the first peer that has the row."""
    lines = [HEADINGS, *_lines(results, subject)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS))]
    rows = ([_cell(*cell) for cell in zip(line, widths, range(len(line)), strict=True)] for line in lines)
    return "\n".join("  ".join(row).rstrip() for row in rows)


def as_json(results: Results) -> Mapping[str, Mapping[str, Sequence[Sequence[float]]]]:
    """All times in seconds: row, subject, rounds."""
    return {row: {who: results.times[row, who] for who in results.subjects(row)} for row in ROWS}


def _lines(results: Results, subject: str) -> Iterator[tuple[str, ...]]:
    for row, description in ROWS.items():
        subjects = results.subjects(row)
        peer = next((who for who in subjects if who != subject), None)
        for who in subjects:
            rounds = results.times[row, who]
            every = [time for times in rounds for time in times]
            shown = [_short(percentile(every, percent) * description.per_second) for percent in (50, 99)]
            ratio = ["", "", ""]
            if who == subject and peer is not None:
                theirs = results.times[row, peer]
                ratio = [_spread(ratios(rounds, theirs, percent)) for percent in (50, 99)] + [peer]
            yield (description.title, who, str(len(every)), *shown, description.unit, *ratio)


def _short(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}"


def _spread(values: Sequence[float]) -> str:
    """Median and range."""
    return f"{statistics.median(values):.2f} ({min(values):.2f}-{max(values):.2f})" if values else ""


def _cell(cell: str, width: int, column: int) -> str:
    return cell.rjust(width) if 2 <= column <= 4 else cell.ljust(width)
