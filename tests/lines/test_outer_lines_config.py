"""The tables of real modems and of terminals on cables: what is right is read, and what is wrong is told."""

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
        ('[[line]]\nname="a"\nkind="real-modem"\nport="pty:a"\nnumber="1"', 3, "line[1].kind", "[[real_modem]]"),
        (MODEM + MODEM, 5, "real_modem[2].name", '"courier" is given to two lines'),
        (MODEM + DIRECT.replace("desk", "courier"), 5, "direct[1].name", '"courier" is given to two lines'),
        (DIRECT + 'hang_up = "^M"', 4, "direct[1].hang_up", "a control key"),
        (DIRECT + 'start = "dtr"', 4, "direct[1].start", "write one of"),
        ('[[direct]]\nname = "a"\nport = "com1"', 3, "direct[1].port", "pty:PATH"),
        (
            MODEM + '[[number]]\nnumber="100"\nto="mail"\n[[number]]\nnumber = "9"\nto = "modem:courrier:5"',
            9,
            "number[2].to",
            "[[real_modem]] with the name",
        ),
    ],
)
def test_what_is_wrong_is_told_with_line_key_and_remedy(text: str, line: int, key: str, remedy: str):
    with pytest.raises(ConfigError) as caught:
        parse(text, FILE)
    problem = caught.value.problems[0]
    assert (problem.line, problem.key) == (line, key)
    assert remedy in problem.remedy


def test_check_config_counts_them(tmp_path: Path):
    (tmp_path / "offhook.toml").write_text(MODEM + DIRECT, encoding="utf-8")
    result = CliRunner().invoke(check_config, [str(tmp_path / "offhook.toml")])
    assert ", 1 real modem, 1 direct cable, 1 number(s) besides" in result.output


@pytest.mark.parametrize("name", ["real-modem", "direct-cable"])
def test_the_examples_are_right(name: str):
    file = EXAMPLES / f"{name}.toml"
    parse(file.read_text(encoding="utf-8"), file)


def test_the_phone_book_of_the_example_leads_to_the_modem():
    entry = PhoneBookFile(EXAMPLES / "real-modem-book.toml", DialOut.LIST).find("95551234")
    assert str(entry) == "modem:courier:5551234"
