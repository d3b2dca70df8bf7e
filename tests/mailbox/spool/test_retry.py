"""The schedule of retries, and what a try makes of a letter."""

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from offhook.mailbox.letters import PermanentFailure, TemporaryFailure
from offhook.mailbox.spool import Recipient, Schedule, SpooledLetter, State

DAY, HOUR = 86_400.0, 3_600.0
SCHEDULE = Schedule()


def letter(*recipients: Recipient, arrived: float = 0.0, sender: str = "alice@here") -> SpooledLetter:
    return SpooledLetter("0000000000000-00000000", sender, arrived, 10, recipients)


def test_the_first_retry_comes_after_a_minute_and_later_ones_after_a_bit_over_an_hour():
    pauses = [SCHEDULE.pause(attempts) for attempts in range(1, 10)]
    assert pauses == [60, 120, 240, 480, 960, 1920, 3840, 4000, 4000]


def test_a_letter_is_given_up_after_five_days_and_tried_last_exactly_then():
    now, attempts, tries = 0.0, 0, [0.0]
    while True:
        attempts += 1
        again = SCHEDULE.next_attempt(attempts, 5 * DAY, now)
        if again is None:
            break
        now = again
        tries.append(now)
    assert tries[-1] == 5 * DAY
    assert 100 < len(tries) < 130


moments = st.floats(0, 10 * DAY)


@given(attempts=st.integers(1, 10_000), end=moments, now=moments)
def test_the_next_try_is_later_than_now_and_neither_past_the_end_nor_too_far_ahead(
    attempts: int, end: float, now: float
):
    again = SCHEDULE.next_attempt(attempts, end, now)
    if again is None:
        assert now >= end
    else:
        assert now < again <= end
        assert again - now <= SCHEDULE.longest + 0.001
        assert not SCHEDULE.is_due(Recipient("bob@there", again), now)


@given(attempts=st.integers(1, 200))
def test_pauses_never_shrink(attempts: int):
    assert SCHEDULE.pause(attempts) <= SCHEDULE.pause(attempts + 1)


def test_a_recipient_is_due_at_its_time_and_not_before():
    recipient = Recipient("bob@there", 100.0)
    assert not SCHEDULE.is_due(recipient, 99.9)
    assert SCHEDULE.is_due(recipient, 100.0)


def test_a_recipient_whose_time_is_too_far_ahead_is_due_since_the_clock_was_turned_back():
    assert SCHEDULE.is_due(Recipient("bob@there", 30 * DAY), 0.0)
    assert not SCHEDULE.is_due(Recipient("bob@there", SCHEDULE.longest), 0.0)


def test_each_recipient_has_its_own_outcome():
    before = letter(*(Recipient(name, 0.0) for name in ("has@x", "later@x", "never@x", "untried@x")))
    outcome = {
        "has@x": None,
        "later@x": TemporaryFailure("450 busy\r\nstill"),
        "never@x": PermanentFailure("550 unknown"),
    }
    after = SCHEDULE.after_try(before, outcome, 5.0)
    assert after.recipients == (
        Recipient("later@x", 65.0, State.PENDING, 1, "450 busy still"),
        Recipient("never@x", 5.0, State.FAILED, 1, "550 unknown", 5.0 + 5 * DAY),
        Recipient("untried@x", 0.0),
    )


def test_a_failure_for_now_is_for_good_once_the_time_is_over():
    after = SCHEDULE.after_try(letter(Recipient("a@x", 5 * DAY)), {"a@x": TemporaryFailure("450 busy")}, 5 * DAY)
    assert after.recipients[0].state is State.FAILED


def tried_in_vain(first: float, away: Callable[[float], bool] = lambda _: False, arrived: float = 0.0) -> list[float]:
    """When a letter that was due as it arrived is tried, first at `first`, until it is given up; never while `away`."""
    waiting, now, tries = letter(Recipient("a@x", arrived), arrived=arrived), first, [first]
    while True:
        waiting = SCHEDULE.after_try(waiting, {"a@x": TemporaryFailure("450 busy")}, now)
        if waiting.recipients[0].state is State.FAILED:
            return tries
        now = waiting.recipients[0].next_attempt
        while away(now):
            now += 600.0
        tries.append(now)
        assert len(tries) < 1_000


def test_a_letter_that_lay_for_days_while_the_host_was_off_is_tried_for_some_hours_before_it_is_given_up():
    for first in (4.99 * DAY, 5 * DAY, 6 * DAY, 400 * DAY):
        tries = tried_in_vain(first)
        assert tries[-1] == first + 4 * HOUR
        assert len(tries) > 5


def test_a_host_that_goes_off_before_the_end_and_comes_back_after_it_tries_for_some_hours_more():
    tries = tried_in_vain(0.0, lambda now: 4 * DAY < now < 7 * DAY)
    back = [now for now in tries if now >= 7 * DAY]
    assert back[-1] == back[0] + 4 * HOUR
    assert len(back) >= 4


def test_a_host_that_is_on_for_an_hour_a_day_gives_a_letter_up_at_last():
    tries = tried_in_vain(0.0, lambda now: now % DAY > HOUR)
    assert 9 * DAY < tries[-1] < 12 * DAY


def test_a_host_that_is_never_off_grants_nothing():
    assert tried_in_vain(0.0)[-1] == 5 * DAY


def test_time_granted_by_a_clock_that_was_far_ahead_does_not_count_once_it_is_right_again():
    ahead = SCHEDULE.after_try(letter(Recipient("a@x", 0.0)), {"a@x": TemporaryFailure("450 busy")}, 4_000 * DAY)
    assert ahead.recipients[0].until > 4_000 * DAY
    assert SCHEDULE.is_due(ahead.recipients[0], DAY)
    right = SCHEDULE.after_try(ahead, {"a@x": TemporaryFailure("450 busy")}, 5 * DAY)
    assert right.recipients[0].state is State.FAILED


def test_a_failed_recipient_is_not_touched_by_a_later_try():
    failed = Recipient("a@x", 0.0, State.FAILED, 3, "550 unknown")
    assert SCHEDULE.after_try(letter(failed), {"a@x": None}, 5.0).recipients == (failed,)


def test_the_sender_is_told_of_a_delay_once_after_four_hours():
    waiting = letter(Recipient("a@x", 0.0))
    assert not SCHEDULE.owes_delay_notice(waiting, 14_399.0)
    assert SCHEDULE.owes_delay_notice(waiting, 14_400.0)
    told = SpooledLetter(waiting.ident, waiting.sender, 0.0, 10, waiting.recipients, delay_told=True)
    assert not SCHEDULE.owes_delay_notice(told, 14_400.0)


def test_nobody_is_told_of_a_delay_without_a_sender_a_waiting_recipient_or_the_wish():
    waiting = Recipient("a@x", 0.0)
    assert not SCHEDULE.owes_delay_notice(letter(waiting, sender=""), DAY)
    assert not SCHEDULE.owes_delay_notice(letter(Recipient("a@x", 0.0, State.FAILED)), DAY)
    assert not Schedule(delay_notice=None).owes_delay_notice(letter(waiting), DAY)


def test_a_notice_that_was_told_ends_the_failed_recipients_and_an_untold_one_is_tried_again():
    pending = Recipient("a@x", 9.0)
    failed = Recipient("b@x", 0.0, State.FAILED, 1, "550 unknown")
    assert SCHEDULE.after_notice(letter(pending, failed), True, 5.0).recipients == (pending,)
    again = SCHEDULE.after_notice(letter(pending, failed), False, 5.0).recipients
    assert again == (pending, Recipient("b@x", 125.0, State.FAILED, 2, "550 unknown"))


def test_a_notice_that_can_never_be_told_is_given_up_in_the_end():
    failed = Recipient("b@x", 10 * DAY, State.FAILED, 1, "550 unknown")
    assert SCHEDULE.after_notice(letter(failed), False, 10 * DAY).recipients == ()


def test_a_notice_that_lay_for_days_while_the_host_was_off_is_tried_for_some_hours_before_it_is_given_up():
    waiting = letter(Recipient("b@x", 0.0, State.FAILED, 1, "550 unknown"))
    tries = [20 * DAY]
    while (waiting := SCHEDULE.after_notice(waiting, False, tries[-1])).recipients:
        tries.append(waiting.next_attempt)
    assert tries[-1] == 20 * DAY + 4 * HOUR
    assert len(tries) > 5


def test_the_notice_for_a_letter_given_up_late_has_five_days_of_its_own():
    late = letter(Recipient("b@x", 0.0))
    waiting = SCHEDULE.after_try(late, {"b@x": PermanentFailure("550 unknown")}, 30 * DAY)
    while (left := SCHEDULE.after_notice(waiting, False, waiting.next_attempt)).recipients:
        waiting = left
    assert waiting.next_attempt == 35 * DAY
