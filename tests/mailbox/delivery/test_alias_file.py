import logging
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.mailbox.delivery import AliasFile, AliasFileError
from offhook.mailbox.delivery.alias_file import LARGEST_FILE, parse_aliases, target_fault

USUAL = """\
# See man 5 aliases for format
postmaster:    root
Root:  alice, \\bob,
       carol@there.org   # not a comment: Postfix has none at the end of a line
"odd name":"dave q"@here.org

 # indented
info : alice
"""


def test_the_usual_form_is_read():
    aliases, problems = parse_aliases(USUAL.replace("   # not a comment: Postfix has none at the end of a line", ""))
    assert problems == ()
    assert aliases == {
        "postmaster": (2, ("root",)),
        "root": (3, ("alice", "\\bob", "carol@there.org")),
        "odd name": (5, ('"dave q"@here.org',)),
        "info": (8, ("alice",)),
    }


@pytest.mark.parametrize(
    ("entry", "remedy"),
    [
        ('x: "|/usr/bin/procmail -d y"', "only names and addresses"),
        ("x: |prog", "only names and addresses"),
        ("x: /var/mail/x", "only names and addresses"),
        ("x: :include:/etc/list", "only names and addresses"),
        ("x: a, b c", "neither a name here nor an address"),
        ("x: -oQ/tmp@y.org", "neither a name here nor an address"),
        ("x:", "leads nowhere"),
        ("x: ,", "leads nowhere"),
        ("alice", "write name: target"),
        (": y", "write name: target"),
        ("x: y\nX: z", "is given twice"),
        ("x: " + ",".join(f"a{n}" for n in range(1001)), "more than 1000"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(entry: str, remedy: str):
    _, problems = parse_aliases(f"ok: y\n\n{entry}\n")
    assert remedy in problems[0].remedy
    assert problems[0].line == (4 if "twice" in remedy else 3)


@given(st.text(alphabet='ab:,"\\ \t\n#|@/', max_size=60))
def test_no_text_is_too_strange_and_what_is_taken_is_harmless(text: str):
    aliases, problems = parse_aliases(text)
    for name, (line, targets) in aliases.items():
        assert line >= 1
        assert name
        assert targets
        assert not any(map(target_fault, targets))
    assert all(each.remedy and each.line >= 1 for each in problems)


def test_the_file_is_read_again_when_it_changes_and_one_gone_wrong_leaves_the_last_good_one(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    path = tmp_path / "aliases"
    path.write_text("x: alice\n")
    file = AliasFile(path)
    assert file.current() == {"x": ("alice",)}
    path.write_text("x: alice, bob\n")
    assert file.current() == {"x": ("alice", "bob")}
    path.write_text("x: |command\n")
    with caplog.at_level(logging.ERROR):
        for _ in range(3):
            assert file.current() == {"x": ("alice", "bob")}
    assert caplog.text.count("left as they were") == 1
    path.unlink()
    assert file.current() == {"x": ("alice", "bob")}
    path.write_text("y: bob\n")
    assert file.current() == {"y": ("bob",)}


def test_a_file_that_never_was_good_is_an_error_each_time(tmp_path: Path):
    path = tmp_path / "aliases"
    file = AliasFile(path)
    with pytest.raises(FileNotFoundError):
        file.current()
    path.write_bytes(b"x: \xff\n")
    for _ in range(2):
        with pytest.raises(AliasFileError, match="UTF-8"):
            file.current()
    path.write_text("a: b\n" * 2)
    with pytest.raises(AliasFileError, match=r"aliases:2: a: is given twice"):
        file.current()
    os.truncate(path, LARGEST_FILE + 1)
    with pytest.raises(AliasFileError, match="larger"):
        file.current()
