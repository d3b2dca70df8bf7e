import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.modem.rs232 import Autobaud, Parity, with_parity


@pytest.mark.parametrize("parity", Parity, ids=lambda each: each.value)
@pytest.mark.parametrize("cut", [1, 2, 3])
def test_at_in_any_parity_settles_the_rate(parity: Parity, cut: int):
    autobaud = Autobaud([9600, 1200])
    text = with_parity(b"at\r", parity)
    assert not autobaud.heard(text[:cut])
    assert not autobaud.heard(text[cut:])
    assert autobaud.settled
    assert autobaud.rate == 9600


def test_what_makes_no_sense_moves_on_and_round():
    autobaud = Autobaud([9600, 2400, 1200])
    rates = []
    for _ in range(4):
        assert autobaud.heard(b"\x18\x06\x1f")
        rates.append(autobaud.rate)
    assert rates == [2400, 1200, 9600, 2400]
    assert not autobaud.heard(b"\r")
    assert not autobaud.settled
    autobaud.heard(b"AT\r")
    assert autobaud.settled
    assert not autobaud.heard(b"\x00\xff"), "binary data in a call changes nothing"


@pytest.mark.parametrize("typed", [b"\r", b"\x8d", b"\x8d\r"], ids=["8N1", "7E1", "7O1 twice"])
def test_a_terminal_is_found_by_return_alone_in_any_parity(typed: bytes):
    autobaud = Autobaud([9600, 1200], b"\r")
    assert autobaud.heard(b"\x00")
    assert not autobaud.heard(typed)
    assert autobaud.settled
    assert autobaud.rate == 1200


def test_a_break_asks_for_the_next_rate_and_round():
    autobaud = Autobaud([9600, 2400, 1200], b"\r")
    rates = []
    for _ in range(4):
        autobaud.begin_anew()
        autobaud.next_rate()
        rates.append(autobaud.rate)
    assert rates == [2400, 1200, 9600, 2400]
    autobaud.heard(b"\r")
    assert autobaud.settled


def test_a_dte_that_went_is_listened_to_anew_at_the_rate_it_had():
    autobaud = Autobaud([9600, 1200])
    autobaud.heard(b"\x00")
    autobaud.heard(b"AT\r")
    autobaud.begin_anew()
    assert not autobaud.settled
    assert autobaud.rate == 1200


@given(st.lists(st.binary(max_size=30), max_size=30))
def test_one_rate_is_always_the_rate(chunks: list[bytes]):
    autobaud = Autobaud([300])
    assert not any(autobaud.heard(chunk) for chunk in chunks)
    assert autobaud.settled


@given(st.lists(st.binary(max_size=30), max_size=30))
def test_any_noise_leaves_it_able_to_hear_at(chunks: list[bytes]):
    autobaud = Autobaud([9600, 1200])
    for chunk in chunks:
        autobaud.heard(chunk)
    autobaud.heard(b"\rAT\r")
    assert autobaud.settled
