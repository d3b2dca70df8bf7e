"""Numbers of letters carried over from one listing to the next.

Two listings of a large maildrop differ in a few places. What they have in common before the first difference and
after the last one is found by comparing memory, and only what lies between is looked at letter by letter.
"""

from array import array


def renumbered(old: "array[int]", numbers: "array[int]", new: "array[int]", given: "array[int]") -> "array[int]":
    """The number of each letter in the listing `new`; letters not numbered yet get the next numbers, in `given`.

    `numbers[n]` is the number of `old[n]`; `given[n - 1]` is the ref that has the number n, its letter gone or not.
    """
    start = _common_prefix(old, new)
    end = min(_common_suffix(old, new), min(len(old), len(new)) - start)
    middle = new[start : len(new) - end]
    found = array("I")
    if middle:
        known = dict(zip(old[start : len(old) - end], numbers[start : len(old) - end], strict=True))
        gone = {} if len(given) == len(old) else {ref: number for number, ref in enumerate(given, 1)}
        for ref in middle:
            number = known.get(ref) or gone.get(ref)
            if number is None:
                given.append(ref)
                number = len(given)
            found.append(number)
    return numbers[:start] + found + numbers[len(numbers) - end :]


def _common_prefix(one: "array[int]", other: "array[int]") -> int:
    """Letters at the start of both; halving, because comparing bytes is one call."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle].tobytes() == other[low:middle].tobytes():
            low = middle
        else:
            high = middle - 1
    return low


def _common_suffix(one: "array[int]", other: "array[int]") -> int:
    """Letters at the end of both."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[len(one) - middle : len(one) - low].tobytes() == other[len(other) - middle : len(other) - low].tobytes():
            low = middle
        else:
            high = middle - 1
    return low
