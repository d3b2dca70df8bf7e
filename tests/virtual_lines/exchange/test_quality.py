"""A call has the worse of its two ends."""

import pytest

from offhook.virtual_lines.exchange import Quality
from offhook.virtual_lines.exchange.quality import joined


def test_nothing_joined_to_nothing_is_nothing_and_one_alone_is_itself():
    bad = Quality(rate=300)
    assert joined([None, None]) is None
    assert joined([None, bad, None]) == bad


def test_the_lower_rate_counts_and_faults_add_up():
    whole = joined([Quality(rate=2400, noise=0.5, latency=0.1), Quality(rate=9600, noise=0.5, drop=0.1, latency=0.2)])
    assert whole is not None
    assert (whole.rate, whole.back_rate, whole.noise) == (2400, None, 0.75)
    assert (whole.drop, whole.latency) == (pytest.approx(0.1), pytest.approx(0.3))


def test_a_split_rate_joined_to_a_slow_line_keeps_what_is_slower():
    whole = Quality(rate=1200, back_rate=75).then(Quality(rate=300))
    assert (whole.rate, whole.back_rate, whole.told) == (300, 75, 300)
    assert Quality(rate=1200, back_rate=75).told == 1200
    assert Quality().told is None


def test_drop_outs_and_retrains_come_as_often_as_on_both_and_last_as_long_as_the_longer():
    whole = Quality(dropouts=1, dropout=0.5).then(Quality(dropouts=2, dropout=0.1, retrains=1, retrain=9.0))
    assert (whole.dropouts, whole.dropout, whole.retrains, whole.retrain) == (3, 0.5, 1, 9.0)
