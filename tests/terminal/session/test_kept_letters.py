import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.terminal.session.kept_letters import MOST, KeptLetters
from offhook.terminal.session.unsent import MOST_OCTETS, MOST_QUOTED, Unsent, taken_in
from tests.support.mail_desk import MemoryDrafts
from tests.support.scripted_terminal import run

FULL = Unsent("<1@x>", ["bob@x"], ["c@x"], ["d@x"], "Grüße", ["one", "", "山"], "<0@x>", ["<0@x>"], "key")


def test_what_is_kept_comes_back_whole():
    box = MemoryDrafts()
    run(KeptLetters(box).keep(FULL))
    assert run(KeptLetters(box).all()) == [FULL]


def test_letters_do_not_take_each_others_place_and_the_one_changed_last_is_last():
    kept = KeptLetters(MemoryDrafts())
    one, other = Unsent("<1@x>", subject="one"), Unsent("<2@x>", subject="other")
    for each in (one, other, one):
        run(kept.keep(each))
    assert run(kept.all()) == [other, one]
    run(kept.drop(one))
    assert run(kept.all()) == [other]


def test_two_calls_at_a_time_keep_both_their_letters():
    box = MemoryDrafts()
    run(KeptLetters(box).keep(Unsent("<1@x>", subject="one")))
    run(KeptLetters(box).keep(Unsent("<2@x>", subject="other")))
    assert len(run(KeptLetters(box).all())) == 2


def test_nothing_is_left_when_the_last_is_dropped():
    box = MemoryDrafts()
    run(KeptLetters(box).keep(FULL))
    run(KeptLetters(box).drop(FULL))
    assert box.value is None


def test_there_is_room_for_so_many():
    kept = KeptLetters(MemoryDrafts())
    for number in range(MOST):
        assert run(kept.room())
        run(kept.keep(Unsent(f"<{number}@x>", subject="x")))
    assert not run(kept.room())


def test_all_that_may_be_kept_is_less_than_a_host_keeps():
    box = MemoryDrafts()
    addresses = [f"{number:03}{'x' * 60}@{'d' * 190}" for number in range(100)]
    most = Unsent("", addresses, addresses, addresses, "山" * 4096, references=["<" + "r" * 500 + ">"] * 100)
    most.lines = ['"' * 4000] * (MOST_OCTETS // 4000)
    most.lines += taken_in(['"' * 4000] * MOST_QUOTED)
    for number in range(MOST):
        run(KeptLetters(box).keep(replace(most, message_id=str(number))))
    assert box.value is not None
    assert len(box.value) < 4_000_000


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xfe",
        b"null",
        b"{}",
        b"[1, null, {}]",
        b'[{"message_id": "<1@x>", "lines": "not a list", "subject": "x"}]',
        b'[{"message_id": "<1@x>", "lines": [1], "subject": "x"}]',
        b'[{"message_id": 7, "subject": "x"}]',
        b'[{"message_id": "<1@x>", "surprise": 1}]',
        b'[{"message_id": "<1@x>"}]',
        b"[" * 100_000,
    ],
)
def test_what_was_not_kept_by_us_is_left_out(data: bytes):
    assert run(KeptLetters(MemoryDrafts(data)).all()) == []


@given(
    st.recursive(
        st.none() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_no_value_stops_anybody_from_writing(value: object):
    kept = KeptLetters(MemoryDrafts(json.dumps([value]).encode()))
    run(kept.keep(FULL))
    assert run(kept.all()) == [FULL]
