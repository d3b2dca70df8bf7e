from hypothesis import given
from hypothesis import strategies as st

from offhook.modem.rs232 import Parity, parity_of, with_parity


def test_a_and_t_tell_the_parity():
    for a, t in ((b"A", b"T"), (b"a", b"t")):
        for parity in Parity:
            sent = with_parity(a + t, parity)
            assert parity_of(sent[0], sent[1]) is parity


@given(st.binary(), st.sampled_from([Parity.EVEN, Parity.ODD, Parity.MARK]))
def test_the_eighth_bit_is_the_parity_and_the_others_stay(data: bytes, parity: Parity):
    for before, after in zip(data, with_parity(data, parity), strict=True):
        assert after & 0x7F == before & 0x7F
        ones = after.bit_count()
        assert {Parity.EVEN: ones % 2 == 0, Parity.ODD: ones % 2 == 1, Parity.MARK: after >= 128}[parity]


@given(st.binary())
def test_without_parity_nothing_changes(data: bytes):
    assert with_parity(data, Parity.NONE) == data
