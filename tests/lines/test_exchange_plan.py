"""A configuration's numbers, groups, cadences and qualities as the exchange has them."""

import os
import pwd
from pathlib import Path

import pytest

from offhook.config import ConfigError, check_surroundings, load, parse
from offhook.lines import directory_of, greetings_of, hot_lines_of, idle_texts_of, programs_of
from offhook.modem.hayes import CallsByItself
from offhook.virtual_lines.exchange import (
    CADENCES,
    Directory,
    GroupDestination,
    HuntOrder,
    LineDestination,
    Program,
    Quality,
    Route,
    ServiceDestination,
    Subscription,
    Transport,
    Treatment,
    Vacant,
)
from offhook.virtual_lines.phone_book import DialOut, PhoneBook
from offhook.virtual_lines.switchboard import Greetings

FILE = Path("/etc/offhook.toml")
OURS = "nobody" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
TEXT = """\
[exchange]
cadence = "uk"
ring_seconds = 30
own_prefixes = ["555"]
outside_prefixes = ["9"]

[[line]]
name = "a"
port = "pty:a"
number = "201"
caller_name = "Alice"
withheld = true
quality = "slow"

[[line]]
name = "b"
port = "pty:b"
number = "202"

[[group]]
name = "pool"
number = "300"
lines = ["a", "b"]
order = "least recently used"

[[number]]
number = "100"
to = "mail"

[[number]]
number = "212"
to = "line:b"
cadence = "double"
ring_seconds = 12
quality = "viewdata"

[[number]]
number = "301"
to = "group:pool"

[[number]]
number = "400"
to = "telnet:bbs.example.org:2323"

[[number]]
number = "500"
to = "exec:game"

[[number]]
number = "600"
to = "not in service"

[[program]]
name = "game"
command = ["/usr/games/adventure"]
user = "OURS"

[[quality]]
name = "slow"
rate = 300
noise = 1e-4

[[quality]]
name = "viewdata"
rate = "1200/75"
dropout_ms = 250
retrain_seconds = 2
latency_ms = 40
seed = 5
"""
POOL = GroupDestination("pool", ("a", "b"), HuntOrder.LEAST_RECENTLY_USED)


@pytest.fixture
def directory() -> Directory:
    return directory_of(parse(TEXT.replace("OURS", OURS), FILE), PhoneBook((), DialOut.YES))


@pytest.mark.parametrize(
    ("number", "destination"),
    [
        ("100", ServiceDestination("mail")),
        ("201", LineDestination("a")),
        ("555-0201", None),
        ("555201", LineDestination("a")),
        ("*67212", LineDestination("b")),
        ("300", POOL),
        ("301", POOL),
        ("400", Route(Transport.TELNET, "bbs.example.org", 2323)),
        ("500", Program("game")),
        ("600", Vacant()),
        ("999", None),
        ("9127000000001", Route(Transport.TELNET, "127.0.0.1", 23)),
    ],
)
def test_every_number_leads_where_the_file_says(directory: Directory, number: str, destination: object):
    assert directory.find(number) == destination


def test_a_number_rings_in_its_own_cadence_or_in_that_of_all(directory: Directory):
    usual = directory.look_up("202").treatment
    assert usual == Treatment(CADENCES["uk"], 30, None)
    viewdata = Quality(rate=1200, back_rate=75, dropout=0.25, retrain=2, latency=0.04, seed=5)
    assert directory.look_up("212").treatment == Treatment(CADENCES["double"], 12, viewdata)


def test_a_line_has_its_name_and_its_wire(directory: Directory):
    assert directory.subscription("a") == Subscription("Alice", True, Quality(rate=300, noise=1e-4))
    assert directory.look_up("201").treatment.quality is None
    assert directory.caller_id("b").name == "b"


@pytest.mark.parametrize(
    ("text", "line", "key", "said"),
    [
        ('[[number]]\nnumber="1"\nto="line:x"', 3, "number[1].to", 'no [[line]] with the name "x"'),
        ('[[number]]\nnumber="1"\nto="group:x"', 3, "number[1].to", 'no [[group]] with the name "x"'),
        ('[[number]]\nnumber="1"\nto="exec:x"', 3, "number[1].to", 'no [[program]] with the name "x"'),
        ('[[number]]\nnumber="1"\nto="exec:/bin/sh"', 3, "number[1].to", 'write a name, as in "exec:a"'),
        ('[[number]]\nnumber="1"\nto="gopher:x:70"', 3, "number[1].to", '"telnet:HOST:PORT"'),
        ('[[number]]\nnumber="1"\nto="post"', 3, "number[1].to", 'write "mail"'),
        ('[[number]]\nnumber="1"\nto="mail"\ncadence="jazz"', 4, "number[1].cadence", "north america"),
        (
            '[[number]]\nnumber="1"\nto="mail"\nquality="bad"',
            4,
            "number[1].quality",
            'no [[quality]] with the name "bad"',
        ),
        ('[[group]]\nname="g"\nnumber="1"\nlines=["x"]', 4, "group[1].lines", 'no [[line]] with the name "x"'),
        ('[[group]]\nname="g"\nnumber="1"\nlines=[]', 4, "group[1].lines", "at least one"),
        ('[[group]]\nname="g"\nnumber="1"\nlines=["a"]\norder="any"', 5, "group[1].order", "least recently used"),
        ('[[quality]]\nname="q"\nrate=20', 3, "quality[1].rate", "from 50 to 115200"),
        ('[[quality]]\nname="q"\nrate="1/2/3"', 3, "quality[1].rate", '"1200/75"'),
        ('[[quality]]\nname="q"\n[[quality]]\nname="q"', 4, "quality[2].name", "given to two"),
        ('[exchange]\nwithhold="abc"', 2, "exchange.withhold", '"*67"'),
        ('[[program]]\nname="p"\ncommand=["ls"]\nuser="OURS"', 1, "program[1]", "the whole path"),
        (
            '[[program]]\nname="p"\ncommand=["/bin/ls"]\nuser="OURS"\nenvironment={"A B"="x"}',
            1,
            "program[1]",
            "no name for a",
        ),
        ('[[line]]\nname="a"\nport="pty:a"\nnumber="1"\n[[group]]\nname="g"\nnumber="1"\nlines=["a"]', 4, "", "twice"),
    ],
)
def test_what_is_wrong_is_told_with_its_line_and_a_remedy(text: str, line: int, key: str, said: str):
    with pytest.raises(ConfigError) as caught:
        parse(text.replace("OURS", OURS), FILE)
    problem = caught.value.problems[0]
    assert problem.line == line
    assert problem.key == key or not key
    assert said in problem.remedy


@pytest.mark.parametrize(
    ("own", "more", "why"),
    [
        (0, "", "name the user it runs as"),
        (0, 'user="root"', "as_root = true"),
        (0, 'user="root"\nas_root=true', None),
        (0, 'user="no-such-one"', "there is no user"),
        (1, 'user="nobody"', "only root may run a program as nobody"),
        (1, "", None),
    ],
)
def test_who_runs_the_host_decides_whom_a_program_may_run_as(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, own: int, more: str, why: str | None
):
    file = tmp_path / "offhook.toml"
    file.write_text(f'[[program]]\nname="p"\ncommand=["/bin/ls"]\n{more}\n', encoding="utf-8")
    monkeypatch.setattr(os, "geteuid", lambda: own)
    config = load(file)
    if why is None:
        check_surroundings(config, file)
        assert programs_of(config)[0].user.uid == own
        return
    with pytest.raises(ConfigError, match=why) as caught:
        check_surroundings(config, file)
    assert caught.value.problems[0].key == "program[1].user"
    with pytest.raises(PermissionError, match=why):
        programs_of(config)


def test_files_and_programs_that_are_not_there_are_told(tmp_path: Path):
    file = tmp_path / "offhook.toml"
    (tmp_path / "long").write_bytes(bytes(65_537))
    file.write_text(
        '[[line]]\nname="a"\nport="pty:a"\nnumber="1"\ncaller_file="none"\ncalled_file="long"\nidle_file="none"\n'
        f'[[program]]\nname="p"\ncommand=["/no/such"]\nuser="{OURS}"\n',
        encoding="utf-8",
    )
    with pytest.raises(ConfigError) as caught:
        check_surroundings(load(file), file)
    told = {(problem.key, problem.line) for problem in caught.value.problems}
    assert told == {
        ("line[1].caller_file", 5),
        ("line[1].called_file", 6),
        ("line[1].idle_file", 7),
        ("program[1].command", 10),
    }


def test_what_lines_say_first_and_whom_they_call_is_read(tmp_path: Path):
    (tmp_path / "hello").write_bytes(b"Hello\r\n")
    config = parse(
        '[[line]]\nname="a"\nport="pty:a"\nnumber="1"\ncaller_file="hello"\ncalls="T100"\ncalls_again=5\nidle_file="hello"\n'
        '[[line]]\nname="b"\nport="pty:b"\nnumber="2"\n',
        FILE,
    )
    assert greetings_of(config, tmp_path)["a"] == Greetings(to_caller=b"Hello\r\n")
    assert hot_lines_of(config) == {"a": CallsByItself("T100", 5)}
    assert idle_texts_of(config, tmp_path) == {"a": b"Hello\r\n"}
    with pytest.raises(ConfigError, match="what follows ATD"):
        parse('[[line]]\nname="a"\nport="pty:a"\nnumber="1"\ncalls="\\u0007"\n', FILE)


def test_the_example_is_correct_and_its_numbers_lead_somewhere():
    file = Path(__file__).parent.parent.parent / "examples" / "exchange.toml"
    found = directory_of(load(file), PhoneBook((), DialOut.NO))
    assert found.find("555-100") == ServiceDestination("mail")
    assert found.find("500") == Program("echo")
    assert found.find("300") == GroupDestination("office", ("alice", "bob"), HuntOrder.LEAST_RECENTLY_USED)
    assert found.look_up("212").treatment.cadence == CADENCES["double"]
    assert found.subscription("bob").quality == Quality(rate=2400, noise=1e-6, retrains=0.2, seed=1)


WIRED = """\
[[line]]
name = "a"
port = "pty:a"
number = "201"
leased_to = "b"

[[line]]
name = "b"
port = "pty:b"
number = "202"
{b}

[[line]]
name = "c"
port = "pty:c"
number = "203"
{c}
"""


@pytest.mark.parametrize("b", ["", 'leased_to = "a"'])
def test_a_wire_between_two_lines_has_two_ends_whichever_says_so(b: str):
    directory = directory_of(parse(WIRED.format(b=b, c=""), FILE), PhoneBook((), DialOut.NO))
    assert [directory.subscription(line).partner for line in "abc"] == ["b", "a", None]


@pytest.mark.parametrize(
    ("b", "c", "said"),
    [
        ('leased_to = "c"', "", "a line has one wire"),
        ("", 'leased_to = "a"', "a line has one wire"),
        ("", 'leased_to = "c"', "no other"),
        ("", 'leased_to = "x"', "no other"),
    ],
)
def test_a_wire_that_cannot_be_is_refused_with_its_key(b: str, c: str, said: str):
    with pytest.raises(ConfigError) as refused:
        parse(WIRED.format(b=b, c=c), FILE)
    assert said in str(refused.value)
    assert "leased_to" in str(refused.value)
