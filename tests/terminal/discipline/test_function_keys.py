import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.terminal.discipline.function_keys import LONGEST, FunctionKeys


@pytest.mark.parametrize(
    ("keys", "left"),
    [
        ("plain", "plain"),
        ("a\x1b[Ab", "ab"),
        ("a\x1b[15~b", "ab"),
        ("a\x1bOPb", "ab"),
        ("a\x1b[?1;2cb", "ab"),
        ("a\x1bb", "ab"),
        ("\x1b\x1b[Db", "b"),
        ("a\x1b[\nb", "a\nb"),
        ("a\x1bO\nb", "a\nb"),
        ("a\x1b[1\x1b[Ab", "ab"),
        ("a\x1b", "a"),
    ],
)
def test_sequences_of_keys_and_answers_are_taken_out(keys: str, left: str):
    assert FunctionKeys().strip(keys) == left


def test_a_stray_introducer_cannot_swallow_more_than_a_sequence():
    assert FunctionKeys().strip("\x1b[" + "1" * 100) == "1" * (100 - LONGEST)


@given(st.lists(st.text(st.sampled_from("\x1b[O;1Aa~\n"), max_size=5)))
def test_it_does_not_matter_how_the_keys_are_cut(pieces: list[str]):
    keys = FunctionKeys()
    assert "".join(map(keys.strip, pieces)) == FunctionKeys().strip("".join(pieces))
