"""The lines with real modems and with terminals on cables: what is right is read, and what is wrong is told.

Each is a `[[line]]` with a `kind`, or a table of its own; all that is said of one spelling is said of the other.
"""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from offhook.cli.check_config import check_config
from offhook.config import ConfigError, parse
from offhook.modem.dte import RECIPES
from offhook.phone_book_file import PhoneBookFile
from offhook.virtual_lines.phone_book import DialOut

EXAMPLES = Path(__file__).parent.parent.parent / "examples"
FILE = Path("/etc/offhook.toml")
MODEM = '[[real_modem]]\nname = "courier"\nport = "serial:/dev/ttyUSB0?rate=57600&flow=rtscts"\n'
DIRECT = '[[direct]]\nname = "desk"\nport = "serial:/dev/ttyS0?autobaud=9600,1200"\n'


def by_kind(text: str) -> str:
    """The same file with `[[line]]` for every line."""
    text = text.replace("[[real_modem]]\n", '[[line]]\nkind = "real-modem"\n')
    return text.replace("[[direct]]\n", '[[line]]\nkind = "direct"\n')


def place_by_kind(text: str, line: int, key: str) -> tuple[int, str]:
    """Where what stood at `line` in `text`, as `key`, stands there."""
    headers = [number for number, each in enumerate(text.split("\n"), 1) if re.match(r"\[\[(real_modem|direct)", each)]
    before = sum(number < line for number in headers)
    place = sum(number <= line for number in headers)
    return line + before, re.sub(r"^(real_modem|direct)\[\d+\]", f"line[{place}]", key)


def test_whole_tables_are_read():
    config = parse(
        MODEM + 'number = "100"\nrecipe = "usr"\ninit = "ATM0L1"\nanswer = 3\ndial = "DP"\n'
        'dial_back = ["5551234"]\nrenew_minutes = 5\n' + DIRECT + 'start = "key"\nparity = "even"\nhang_up = "^]"\n',
        FILE,
    )
    assert config.real_modem[0].init == "M0L1"
    assert config.real_modem[0].dial_back == ("5551234",)
    assert (config.direct[0].start, config.direct[0].hang_up) == ("key", "^]")


def test_every_recipe_can_be_chosen():
    for recipe in RECIPES:
        assert parse(f'{MODEM}recipe = "{recipe.name}"', FILE).real_modem[0].recipe == recipe.name


@pytest.mark.parametrize(
    ("text", "line", "key", "remedy"),
    [
        ('[[real_modem]]\nname = "a"\nport = "pty:modem0"', 3, "real_modem[1].port", "leads to no real modem"),
        ('[[real_modem]]\nname = "a"\nport = "serial:/dev/x?dcd=rts"', 3, "real_modem[1].port", "known are rate, flow"),
        ('[[real_modem]]\nname = "a"\nport = "rfc2217:there"', 3, "real_modem[1].port", "write HOST:PORT"),
        (
            '[[real_modem]]\nname = "a"\nport = "rfc2217:there:1?dtr=dcd"',
            3,
            "real_modem[1].port",
            "known are rate, flow",
        ),
        ('[[real_modem]]\nname = "a"\nport = "serial:/dev/x?rate=fast"', 3, "real_modem[1].port", "a number of bit/s"),
        (MODEM + 'recipe = "usrobotics"', 4, "real_modem[1].recipe", "write one of"),
        (MODEM + 'number = "777"', 4, "real_modem[1].number", '"777" leads nowhere'),
        (MODEM + "answer = 0", 4, "real_modem[1].answer", "write 1 or more"),
        (MODEM + 'init = "ATZ\\rATH"', 4, "real_modem[1].init", "printable characters"),
        (MODEM + 'dial_back = ["bbs"]', 4, "real_modem[1].dial_back[1]", "digits of a telephone number"),
        (MODEM + 'answer = 1\ndial_back = ["5"]', 5, "real_modem[1].dial_back", "leave answer at 2"),
        (MODEM + MODEM.replace("courier", "sportster"), 6, "real_modem[2].port", "is given to two lines"),
        (MODEM + 'number = "777"', 4, "real_modem[1].number", "its callers are put through to"),
        (MODEM + 'recip = "usr"', 4, "real_modem[1].recip", 'did you mean "recipe"?'),
        (DIRECT + 'recipe = "usr"', 4, "direct[1].recipe", "known are name, kind, port, number, start"),
        ('[[direct]]\nname = "desk"', 1, "direct[1].port", "is missing: add port"),
        (MODEM + MODEM, 5, "real_modem[2].name", '"courier" is given to two lines'),
        (MODEM + DIRECT.replace("desk", "courier"), 5, "direct[1].name", '"courier" is given to two lines'),
        (DIRECT + 'hang_up = "^M"', 4, "direct[1].hang_up", "a control key"),
        (DIRECT + 'start = "dtr"', 4, "direct[1].start", "write one of"),
        ('[[direct]]\nname = "a"\nport = "com1"', 3, "direct[1].port", "pty:PATH"),
        (
            MODEM + '[[number]]\nnumber="100"\nto="mail"\n[[number]]\nnumber = "9"\nto = "modem:courrier:5"',
            9,
            "number[2].to",
            '[[line]] with kind = "real-modem" and the name',
        ),
        (
            DIRECT + '[[number]]\nnumber="100"\nto="mail"\n[[number]]\nnumber = "9"\nto = "line:desk"',
            9,
            "number[2].to",
            '"desk" is a line of the kind "direct", and has to be "modem" here',
        ),
    ],
)
def test_what_is_wrong_is_told_with_line_key_and_remedy_in_either_spelling(text: str, line: int, key: str, remedy: str):
    with pytest.raises(ConfigError) as caught:
        parse(text, FILE)
    problem = caught.value.problems[0]
    assert (problem.line, problem.key) == (line, key)
    assert remedy in problem.remedy
    with pytest.raises(ConfigError) as caught:
        parse(by_kind(text), FILE)
    same = caught.value.problems[0]
    assert (same.line, same.key, same.remedy) == (*place_by_kind(text, line, key), problem.remedy)


def test_both_spellings_are_the_same_lines():
    texts = MODEM + 'init = "ATM0L1"\ndial_back = ["5551234"]\n' + DIRECT + 'parity = "even"\n'
    tables, kinds = parse(texts, FILE), parse(by_kind(texts), FILE)
    assert (tables.real_modems, tables.direct_cables) == (kinds.real_modems, kinds.direct_cables)
    assert [line for _, line in tables.lines()] == [line for _, line in kinds.lines()]


@pytest.mark.parametrize("kind", ['"real_modem"', '"null-modem"', "5", '["direct"]', "{}"])
def test_who_writes_a_kind_that_is_none_reads_which_there_are(kind: str):
    with pytest.raises(ConfigError) as caught:
        parse(f'[[line]]\nname = "a"\nkind = {kind}\nport = "pty:a"\n', FILE)
    (problem,) = caught.value.problems
    assert (problem.line, problem.key) == (3, "line[1].kind")
    assert "write one of 'modem', 'real-modem', 'direct'" in problem.remedy


@pytest.mark.parametrize("text", ["line = [1]", "[line]\nname = 'a'", "line = 'a'"])
def test_lines_that_are_no_tables_are_told(text: str):
    with pytest.raises(ConfigError):
        parse(text, FILE)


def test_a_host_may_be_the_dte_of_a_modem_of_its_own():
    own = '[[line]]\nname = "own"\nport = "rfc2217:127.0.0.1:4001"\nnumber = "1"\n'
    config = parse(own + by_kind(MODEM).replace("serial:/dev/ttyUSB0", "rfc2217:127.0.0.1:4001"), FILE)
    assert len(config.modem_lines) == len(config.real_modems) == 1


@pytest.mark.parametrize("spelling", [str, by_kind])
def test_check_config_counts_them(tmp_path: Path, spelling: Callable[[str], str]):
    (tmp_path / "offhook.toml").write_text(spelling(MODEM + DIRECT), encoding="utf-8")
    result = CliRunner().invoke(check_config, [str(tmp_path / "offhook.toml")])
    assert ", 1 real modem, 1 direct cable, 1 number(s) besides" in result.output


@pytest.mark.parametrize("name", ["real-modem", "direct-cable"])
def test_the_examples_are_right(name: str):
    file = EXAMPLES / f"{name}.toml"
    parse(file.read_text(encoding="utf-8"), file)


def test_the_phone_book_of_the_example_leads_to_the_modem():
    entry = PhoneBookFile(EXAMPLES / "real-modem-book.toml", DialOut.LIST).find("95551234")
    assert str(entry) == "modem:courier:5551234"
