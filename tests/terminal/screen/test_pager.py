import pytest

from offhook.terminal.screen import PROMPT, Choice, choice


@pytest.mark.parametrize(
    ("keys", "wanted"),
    [
        ("\n yY+", Choice.NEXT),
        ("lLj", Choice.LINE),
        ("cC", Choice.ALL),
        ("qQnNxs", Choice.STOP),
        ("0123456789", Choice.COMMAND),
        ("?hz é", Choice.HELP),
    ],
)
def test_every_key_means_something_at_the_end_of_a_page(keys: str, wanted: Choice):
    for key in keys.replace(" ", "") if wanted is Choice.HELP else keys:
        assert choice(key) is wanted


def test_the_prompt_costs_little():
    assert len(PROMPT) <= 6
