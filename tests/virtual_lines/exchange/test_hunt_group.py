from hypothesis import given
from hypothesis import strategies as st

from offhook.virtual_lines.exchange import GroupDestination, HuntOrder
from offhook.virtual_lines.exchange.hunt_group import Hunting

LINES = ("a", "b", "c")


def rung(order: HuntOrder, free: list[str], group: str = "g") -> str:
    """The lines that calls ring one after the other, while those in each of `free` are free."""
    hunting = Hunting()
    found = []
    for lines in free:
        line = hunting.choose(GroupDestination(group, LINES, order), lines.__contains__)
        found.append(line or "-")
        if line is not None:
            hunting.rang(line)
    return "".join(found)


def test_linear_rings_the_first_that_is_free():
    assert rung(HuntOrder.LINEAR, ["abc", "abc", "bc", "c", "", "abc"]) == "aabc-a"


def test_circular_goes_round_from_the_one_rung_last():
    assert rung(HuntOrder.CIRCULAR, ["abc", "abc", "abc", "abc", "ac", "ac", ""]) == "abcaca-"


def test_least_recently_used_rings_who_has_waited_longest():
    assert rung(HuntOrder.LEAST_RECENTLY_USED, ["abc", "bc", "abc", "abc", "ab", "ab", "abc"]) == "abcabac"


def test_a_line_rung_by_its_own_number_has_been_used_too():
    hunting = Hunting()
    hunting.rang("a")
    assert hunting.choose(GroupDestination("g", LINES, HuntOrder.LEAST_RECENTLY_USED), lambda line: True) == "b"


def test_each_group_goes_its_own_round():
    hunting = Hunting()
    one, other = (GroupDestination(name, LINES, HuntOrder.CIRCULAR) for name in "xy")
    assert [hunting.choose(group, lambda line: True) for group in (one, one, other, one)] == ["a", "b", "a", "c"]


def test_a_group_with_no_lines_has_none_free():
    for order in HuntOrder:
        assert Hunting().choose(GroupDestination("g", (), order), lambda line: True) is None


@given(st.sampled_from(HuntOrder), st.lists(st.sets(st.sampled_from(LINES)).map("".join), max_size=30))
def test_only_a_free_line_is_rung_and_one_if_there_is_one(order: HuntOrder, free: list[str]):
    for line, lines in zip(rung(order, free), free, strict=True):
        assert line in lines or (line == "-" and not lines)


@given(st.sampled_from([HuntOrder.CIRCULAR, HuntOrder.LEAST_RECENTLY_USED]), st.integers(0, 30))
def test_with_all_free_the_work_is_shared_evenly(order: HuntOrder, calls: int):
    counts = [rung(order, ["abc"] * calls).count(line) for line in LINES]
    assert max(counts) - min(counts) <= 1
