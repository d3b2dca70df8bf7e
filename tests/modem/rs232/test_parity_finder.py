import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.modem.rs232 import Parity, ParityFinder, with_parity, without_parity


@pytest.mark.parametrize("parity", list(Parity))
@given(name=st.text("abcdefghijklmnopqrstuvwxyz", min_size=4, max_size=12))
def test_a_name_and_return_tell_the_parity_or_one_that_is_the_same_for_all_of_it(parity: Parity, name: str):
    finder = ParityFinder()
    typed = with_parity(f"{name}\r".encode(), parity)
    finder.heard(typed)
    assert with_parity(f"{name}\r".encode(), finder.parity) == typed
    assert without_parity(typed, finder.parity) == f"{name}\r".encode()


@pytest.mark.parametrize(("typed", "parity"), [(0x8D, Parity.EVEN), (0x0D, Parity.NONE)])
def test_return_alone_tells_the_likelier(typed: int, parity: Parity):
    finder = ParityFinder()
    finder.heard(bytes([typed]))
    assert finder.parity is parity
    assert not finder.found


def test_characters_that_fit_no_parity_are_of_eight_bits():
    finder = ParityFinder()
    finder.heard("\rä".encode())
    assert finder.found
    assert finder.parity is Parity.NONE


def test_a_parity_that_is_known_is_not_looked_for():
    finder = ParityFinder(Parity.ODD)
    finder.heard(b"\r")
    assert finder.found
    assert finder.parity is Parity.ODD


def test_it_is_settled_after_a_line_or_so():
    finder = ParityFinder()
    finder.heard(b"\r" * 40)
    finder.heard(b"\x8d\xff")
    assert finder.found
    assert finder.parity is Parity.NONE
