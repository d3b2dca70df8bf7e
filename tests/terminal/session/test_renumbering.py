from array import array

from hypothesis import given
from hypothesis import strategies as st

from offhook.terminal.session.renumbering import renumbered

LISTINGS = st.lists(st.lists(st.integers(1, 12), unique=True, max_size=12), min_size=1, max_size=6)


@given(LISTINGS)
def test_a_letter_keeps_its_number_whatever_comes_and_goes_between(listings: list[list[int]]):
    given_numbers = array("q")
    old, numbers = array("q"), array("I")
    known: dict[int, int] = {}
    for listing in listings:
        new = array("q", listing)
        numbers = renumbered(old, numbers, new, given_numbers)
        old = new
        for ref in listing:
            known.setdefault(ref, len(known) + 1)
        assert list(numbers) == [known[ref] for ref in listing]
        assert list(given_numbers) == sorted(known, key=known.__getitem__)


def test_a_large_listing_with_few_changes_is_not_looked_at_letter_by_letter():
    old = array("q", range(1, 100_001))
    numbers, given_numbers = array("I", old), array("q", old)
    new = old[:50_000] + old[50_003:] + array("q", [200_000])
    after = renumbered(old, numbers, new, given_numbers)
    assert after[:50_000] == numbers[:50_000]
    assert list(after[-2:]) == [100_000, 100_001]
    assert len(given_numbers) == 100_001
