from pathlib import Path

import pytest

from offhook.config import Config, ConfigError, Problem, load, parse
from offhook.mail_tables import OTHER_TABLES, MailTables, load_mail_tables

FILE = Path("/etc/offhook.toml")


def problems(text: str) -> list[Problem]:
    with pytest.raises(ConfigError) as caught:
        parse(text, FILE)
    return caught.value.problems


def test_an_empty_file_is_a_host_with_number_100_and_nothing_listening():
    config = parse("", FILE)
    assert [(entry.number, entry.to) for entry in config.number] == [("100", "mail")]
    assert (config.telnet, config.smtp, config.lmtp, config.line) == (None, None, None, ())


def test_a_whole_file_is_read():
    config = parse(
        """
        [host]
        name = "Mail.Example.org"
        [mail]
        domains = ["example.org", "example.net"]
        aliases = { postmaster = "alice" }
        [telnet]
        listen = "127.0.0.1:2323"
        [smtp]
        listen = "[::1]:25"
        [smarthost]
        host = "relay.example.org"
        [[line]]
        name = "modem0"
        port = "pty:modem0"
        number = "201"
        mode = 0o660
        [[number]]
        number = "100"
        to = "mail"
        """,
        FILE,
    )
    assert config.host.name == "mail.example.org"
    assert config.mail.domains == ("example.org", "example.net")
    assert config.smarthost is not None
    assert config.smarthost.port == 587
    assert config.line[0].mode == 0o660


@pytest.mark.parametrize(
    ("text", "line", "key", "remedy"),
    [
        ('[host]\nnam = "x"', 2, "host.nam", 'did you mean "name"?'),
        ('[host]\n\nname = "a b"', 3, "host.name", "write a host name"),
        ("[telnet]", 1, "telnet.listen", "is missing"),
        ('[telnet]\nlisten = "2323"', 2, "telnet.listen", "HOST:PORT"),
        ('[telnet]\nlisten = "h:99999"', 2, "telnet.listen", "HOST:PORT"),
        ('[[line]]\nname = "a"\nport = "pty:a"\nnumber = 201', 4, "line[1].number", "write text in quotes"),
        (
            '[[line]]\nname="a"\nport="pty:a"\nnumber="1"\n[[line]]\nname="b"\nport="com1"\nnumber="2"',
            7,
            "line[2].port",
            "pty:PATH",
        ),
        ('[smarthost]\nhost = "h"\nuser = "u"', 1, "smarthost", "belong together"),
        ('[mail]\nmaildrops = "mail"', 2, "mail.maildrops", "{user}"),
        ('colour = "blue"', 1, "colour", "no such key"),
        ("[mail]\ndomains = []", 2, "mail.domains", "at least one is needed"),
        ("[host]\nidle_minutes = 0", 2, "host.idle_minutes", "write 1 or more"),
        ('[host]\nidle_minutes = "x"', 2, "host.idle_minutes", "write a whole number"),
        ('[[line]]\nname="a"\nport="pty:a"\nnumber="1"\nmode=0o777', 5, "line[1].mode", "from 0o600 to 0o666"),
        ('[smarthost]\nhost="h"\nsecurity="ssl"', 3, "smarthost.security", "write one of 'starttls', 'tls' or 'none'"),
        ('[telnet]\nlisten = "h:1"\nnumber = "777"', 3, "telnet.number", '"777" leads nowhere'),
        ("[host\n", 1, "", "is not TOML"),
    ],
)
def test_an_error_names_file_line_key_and_what_would_be_right(text: str, line: int, key: str, remedy: str):
    problem = problems(text)[0]
    assert (problem.file, problem.line, problem.key) == (FILE, line, key)
    assert remedy in problem.remedy
    assert str(problem).startswith(f"{FILE}:{line}: ")


def test_all_errors_are_told_at_once_in_the_order_of_the_file():
    found = problems('[host]\nidle_minutes = 0\nname = "-"\n[mail]\ndomains = []')
    assert [problem.line for problem in found] == [2, 3, 5]


@pytest.mark.parametrize(
    ("second", "line", "key", "said"),
    [
        ('name="b"\nport="pty:b"\nnumber="201"', 4, "line[1].number", 'number "201" is given twice'),
        ('name="a"\nport="pty:b"\nnumber="202"', 6, "line[2].name", '"a" is given to two lines'),
        ('name="b"\nport="pty:a"\nnumber="202"', 7, "line[2].port", '"pty:a" is given to two lines'),
    ],
)
def test_lines_do_not_share_number_name_or_port(second: str, line: int, key: str, said: str):
    problem = problems(f'[[line]]\nname="a"\nport="pty:a"\nnumber="201"\n[[line]]\n{second}')[0]
    assert (problem.line, problem.key) == (line, key)
    assert said in problem.remedy


def test_a_missing_file_an_unreadable_one_and_one_that_is_not_text_are_said_plainly(tmp_path: Path):
    binary = tmp_path / "binary.toml"
    binary.write_bytes(b"\xff\xfe")
    for file, said in ((tmp_path / "none.toml", "no such file"), (tmp_path, "cannot be read"), (binary, "not UTF-8")):
        with pytest.raises(ConfigError, match=said):
            load(file)


def test_every_key_says_what_it_is_for():
    for section in [Config, *(field for field in Config.__annotations__.values() if isinstance(field, type))]:
        for name, field in getattr(section, "model_fields", {}).items():
            assert field.description or section is Config, f"{section.__name__}.{name} has no description"


def test_the_tables_about_letters_are_read_alone_whatever_is_wrong_with_those_about_lines(tmp_path: Path):
    file = tmp_path / "offhook.toml"
    file.write_text('[telnet]\nlisten = 23\n[[line]]\nnonsense = 1\n[mail]\ndomains = ["here.org"]\n')
    assert load_mail_tables(file).mail.domains == ("here.org",)
    with pytest.raises(ConfigError):
        load(file)


@pytest.mark.parametrize("text", ["[mial]\n", "[mail]\ndomain = 1\n", "[smarthost]\nhost = 1\n", "[mail\n"])
def test_a_table_about_letters_that_is_wrong_or_misspelt_is_told_when_they_are_read_alone_too(
    tmp_path: Path, text: str
):
    file = tmp_path / "offhook.toml"
    file.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_mail_tables(file)
    assert caught.value.problems == problems_in(file)


def problems_in(file: Path) -> list[Problem]:
    with pytest.raises(ConfigError) as caught:
        load(file)
    return caught.value.problems


def test_every_table_of_the_file_is_about_letters_or_is_named_as_one_that_is_not():
    assert set(Config.model_fields) - set(MailTables.model_fields) == OTHER_TABLES
