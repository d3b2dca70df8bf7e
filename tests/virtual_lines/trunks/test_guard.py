import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.virtual_lines.trunks import GuardSettings
from offhook.virtual_lines.trunks.guard import MOST_ADDRESSES, Guard

SOMEBODY = "192.0.2.7"


def taken(guard: Guard, address: str, now: float, calls: int) -> int:
    return sum(guard.refusal(address, now) is None for _ in range(calls))


def test_so_many_calls_a_minute_are_taken_and_the_next_is_told_why_not():
    guard = Guard(GuardSettings(10))
    assert taken(guard, SOMEBODY, 100.0, 10) == 10
    assert guard.refusal(SOMEBODY, 100.0) == "more than 10 calls a minute"


def test_the_purse_fills_with_time_and_never_beyond_its_size():
    guard = Guard(GuardSettings(10))
    assert taken(guard, SOMEBODY, 0.0, 20) == 10
    assert guard.refusal(SOMEBODY, 5.9) is not None
    assert taken(guard, SOMEBODY, 6.001, 5) == 1
    assert taken(guard, SOMEBODY, 36.01, 20) == 5
    assert taken(guard, SOMEBODY, 10_000.0, 20) == 10


def test_calls_that_are_refused_cost_nothing():
    guard = Guard(GuardSettings(1))
    assert taken(guard, SOMEBODY, 0.0, 1) == 1
    assert taken(guard, SOMEBODY, 59.0, 100) == 0
    assert taken(guard, SOMEBODY, 60.0, 1) == 1


def test_one_address_does_not_use_up_another_s_calls():
    guard = Guard(GuardSettings(1))
    assert taken(guard, SOMEBODY, 0.0, 2) == 1
    assert taken(guard, "192.0.2.8", 0.0, 2) == 1


def test_who_hung_up_is_held_down_for_so_long():
    guard = Guard(GuardSettings(10, hold_down=30.0))
    assert guard.refusal(SOMEBODY, 0.0) is None
    assert guard.refusal(SOMEBODY, 1.0) is None, "not while the call is up"
    guard.ended(SOMEBODY, 5.0)
    assert guard.refusal(SOMEBODY, 34.9) == "called again within 30 s"
    assert guard.refusal(SOMEBODY, 35.0) is None


def test_no_limit_is_no_limit():
    guard = Guard(GuardSettings(0))
    assert taken(guard, SOMEBODY, 0.0, 1000) == 1000
    guard.ended(SOMEBODY, 0.0)
    assert guard.refusal(SOMEBODY, 0.0) is None


def test_a_hold_down_is_there_without_a_limit_too():
    guard = Guard(GuardSettings(0, hold_down=1.0))
    guard.ended(SOMEBODY, 0.0)
    assert guard.refusal(SOMEBODY, 0.5) is not None


@pytest.mark.parametrize("own", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", "::1%lo"])
def test_this_machine_is_not_counted(own: str):
    guard = Guard(GuardSettings(1, hold_down=100.0))
    guard.ended(own, 0.0)
    assert taken(guard, own, 0.0, 100) == 100


def test_a_network_of_ipv6_is_one_caller_and_a_mapped_address_is_the_ipv4_one():
    guard = Guard(GuardSettings(2))
    assert [guard.refusal(f"2001:db8:1:2::{host:x}", 0.0) is None for host in range(4)] == [True, True, False, False]
    assert guard.refusal("2001:db8:1:3::1", 0.0) is None
    assert taken(guard, "::ffff:192.0.2.7", 0.0, 1) == 1
    assert taken(guard, SOMEBODY, 0.0, 2) == 1
    assert taken(guard, "::ffff:192.0.2.9", 0.0, 1) == 1, "not one with all of IPv4"


def test_no_more_addresses_are_remembered_than_there_is_room_for():
    guard = Guard(GuardSettings(1))
    for number in range(MOST_ADDRESSES * 2):
        guard.refusal(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", 0.0)
    assert len(guard._callers) == MOST_ADDRESSES
    assert guard.refusal("10.0.0.0", 0.0) is None, "the one heard of longest ago is forgotten"
    last = MOST_ADDRESSES * 2 - 1
    assert guard.refusal(f"10.{last >> 16}.{last >> 8 & 255}.{last & 255}", 0.0) is not None


@given(st.text(max_size=40))
def test_an_address_of_any_form_is_somebody(address: str):
    guard = Guard(GuardSettings(1, 1.0))
    guard.refusal(address, 0.0)
    guard.ended(address, 0.0)


@given(st.lists(st.tuples(st.floats(0, 40), st.integers(1, 5)), max_size=30), st.integers(1, 10))
def test_in_no_minute_are_there_more_calls_than_twice_the_limit(story: list[tuple[float, int]], limit: int):
    guard, now, times = Guard(GuardSettings(limit)), 0.0, list[float]()
    for seconds, calls in story:
        now += seconds
        times += [now] * taken(guard, SOMEBODY, now, calls)
    for begin in times:
        assert sum(begin <= time < begin + 60 for time in times) <= 2 * limit
