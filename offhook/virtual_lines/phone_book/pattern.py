r"""Patterns of the phone book: regular expressions that cannot take for ever.

Theory: a backtracking matcher tries every way in which a number may be shared out among the parts of a pattern. That
is a product over the parts that can be of more than one length, and without bound where such a part is itself
repeated: `([0-9]+)+x` against fifty digits does not end in a lifetime, and no other line is served meanwhile.
What is counted here is never less than those ways, so a pattern that is taken is done in milliseconds.
"""

import re
import warnings

LONGEST_MATCHED = 100
"""Characters of a number that patterns are tried on."""
MOST_WAYS = LONGEST_MATCHED**3
"""Ways that a pattern may have: three parts of any length, or nineteen that may be left out."""

_TOKEN = re.compile(
    r"(?P<class>\[\^?\]?(?:\\.|[^\]\\])*\])|(?P<refused>\\[1-9]|\(\?P=|\(\?\(|\(\?[a-zA-Z]*x)|(?P<escape>\\.)"
    r"|(?P<comment>\(\?#[^)]*\)|\(\?[aiLmsu]+\))|(?P<open>\((?:\?(?:P<\w+>|<?[=!]|[aiLmsu-]*:|>))?)|(?P<close>\))"
    r"|(?P<bar>\|)|(?P<times>(?:[*+?]|\{(?:[0-9]+(?:,[0-9]*)?|,[0-9]*)\})[?+]?)|(?P<one>.)",
    re.DOTALL,
)


def parse_pattern(text: str) -> re.Pattern[str]:
    """The pattern; raises `ValueError` with what is wrong, also if matching could take long."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", FutureWarning)  # what will mean something else one day
            pattern = re.compile(text)
    except (re.error, RecursionError, OverflowError, FutureWarning) as error:
        raise ValueError(f"is no regular expression: {error}") from None
    if _ways(text) > MOST_WAYS:
        raise ValueError("could take for ever to match: repeat no part that has a repeat or a | in it, and few at all")
    return pattern


def check_groups(pattern: re.Pattern[str], to: str) -> None:
    r"""Raise `ValueError` if `to` speaks of a group, as in `\1`, that the pattern has not."""
    try:
        pattern.sub(to, "")
    except (re.error, IndexError) as error:
        raise ValueError(f"does not fit the pattern: {error}") from None


def _ways(text: str) -> int:
    """In how many ways the pattern can be tried, or more; beyond `MOST_WAYS` only that it is."""
    opened = [[0, 1, 1]]  # of each group that is open: the branches that are done, this one, and its last part
    for token in _TOKEN.finditer(text):
        group = opened[-1]
        match token.lastgroup:
            case "refused":  # what a group matched, or a comment in which anything may stand
                return MOST_WAYS + 1
            case "open":
                opened.append([0, 1, 1])
            case "close" if len(opened) > 1:
                done, branch, part = opened.pop()
                _add(opened[-1], done + branch * part)
            case "bar":
                group[:] = [group[0] + group[1] * group[2], 1, 1]
            case "times":
                group[2] = _repeated(group[2], token["times"])
            case "class" | "escape" | "one":
                _add(group, 1)
        if opened[-1][1] * opened[-1][2] > MOST_WAYS:
            return MOST_WAYS + 1
    return opened[0][0] + opened[0][1] * opened[0][2]


def _add(group: list[int], ways: int) -> None:
    group[1] *= group[2]
    group[2] = ways


def _repeated(ways: int, times: str) -> int:
    """The ways of a part of so many ways that is repeated."""
    least, most = _bounds(times)
    if most is None:
        return LONGEST_MATCHED if ways == 1 else MOST_WAYS + 1
    if ways == 1:
        return most - least + 1
    if most > MOST_WAYS.bit_length():
        return MOST_WAYS + 1
    return int(sum(ways**count for count in range(least, most + 1)))


def _bounds(times: str) -> tuple[int, int | None]:
    if times[0] in "*+?":
        return 0, 1 if times[0] == "?" else None
    least, comma, most = times[1 : times.index("}")].partition(",")
    low = int(least or 0)
    return low, (int(most) if most else None if comma else low)
