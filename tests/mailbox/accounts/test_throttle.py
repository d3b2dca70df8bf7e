from hypothesis import given
from hypothesis import strategies as st

from offhook.mailbox.accounts import Throttle


def failed(times: int, key: str = "name alice") -> Throttle:
    throttle = Throttle()
    for _ in range(times):
        throttle.failed((key,), 100.0)
    return throttle


def test_a_few_wrong_passwords_cost_nothing_and_then_each_costs_twice_as_much_up_to_a_bound():
    waits = [failed(times).wait(("name alice",), 100.0) for times in range(9)]
    assert waits == [0, 0, 0, 1, 2, 4, 8, 15, 15]


def test_the_right_password_and_time_both_clear_the_count():
    throttle = failed(9)
    throttle.succeeded(("name alice",))
    assert throttle.wait(("name alice",), 100.0) == 0
    assert failed(9).wait(("name alice",), 100.0 + 900) == 0


def test_others_do_not_wait_and_the_longer_wait_of_name_and_origin_holds():
    throttle = failed(4)
    assert throttle.wait(("name bob",), 100.0) == 0
    assert throttle.wait(("name bob", "name alice"), 100.0) == 2


@given(st.lists(st.tuples(st.text(max_size=3), st.floats(0, 1e6)), max_size=50))
def test_a_wait_is_never_negative_nor_a_lock(tries: list[tuple[str, float]]):
    throttle = Throttle()
    for key, now in sorted(tries, key=lambda each: each[1]):
        throttle.failed((key,), now)
        assert 0 <= throttle.wait((key,), now) <= 15


def test_only_so_many_keys_are_remembered():
    throttle = Throttle()
    for number in range(10_500):
        throttle.failed((str(number),), 0.0)
    assert len(throttle._failures) == 10_000
