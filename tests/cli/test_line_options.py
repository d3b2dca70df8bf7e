"""The options of `offhook modem` about its lines, in a pool that runs."""

from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from offhook.cli.line_options import line_options, line_options_of
from offhook.modem.hayes import CallsByItself
from offhook.modem_pool import LineOptions
from offhook.virtual_lines.exchange import Quality
from offhook.virtual_lines.switchboard import Greetings


def given(*words: str) -> LineOptions:
    """What the words mean."""
    made: list[LineOptions] = []

    @click.command()
    @line_options
    def command(**options: Any) -> None:
        made.append(line_options_of(options))

    result = CliRunner().invoke(command, words, catch_exceptions=False)
    if result.exit_code:
        raise click.UsageError(result.output)
    return made[0]


def test_without_options_a_line_is_perfect_and_says_and_calls_nothing():
    assert given() == LineOptions()


def test_every_option_says_what_the_lines_are_like(tmp_path: Path):
    (tmp_path / "hello").write_bytes(b"Hello\r\n")
    words = "--line-rate 1200/75 --noise 1e-4 --drop 0.01 --dropouts 2 --retrains 1 --latency 40 --seed 9 --call 100"
    options = given(*words.split(), "--call-again", "5", "--caller-file", str(tmp_path / "hello"))
    wanted = Quality(1200, 75, 1e-4, 0.01, 2, retrains=1, latency=0.04, seed=9)
    assert options.quality is not None
    assert options.quality.noise == pytest.approx(wanted.noise)
    assert (options.quality.rate, options.quality.back_rate, options.quality.seed) == (1200, 75, 9)
    assert (options.quality.dropouts, options.quality.retrains, options.quality.latency) == (2, 1, 0.04)
    assert options.greetings == Greetings(to_caller=b"Hello\r\n")
    assert options.hot_line == CallsByItself("100", 5)
    assert given("--idle-file", str(tmp_path / "hello")).idle_text == b"Hello\r\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--line-rate 20", "from 50 to 115200"),
        ("--line-rate 1200/x", "from 50 to 115200"),
        ("--line-rate 1/2/3", "from 50 to 115200"),
        ("--call-again 5", "wants --call"),
        ("--call \x07", "nothing to dial"),
        ("--called-file /no/such", "cannot be read"),
        ("--idle-file /no/such", "--idle-file: /no/such cannot be read"),
    ],
)
def test_what_is_wrong_is_said(words: str, said: str):
    with pytest.raises(click.UsageError) as caught:
        given(*words.split(" "))
    assert said in str(caught.value)
