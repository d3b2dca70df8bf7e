"""The laws of the house that import-linter and the type checker cannot see."""

import ast
import functools
import gc
import itertools
import mailbox as std_mailbox  # noqa: TID251 - that it is the standard one is what is tested
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "offhook"
WINGS = ("modem", "virtual_lines", "terminal", "mailbox")
ROOMS = sorted(
    room for wing in WINGS for room in (PACKAGE / wing).iterdir() if room.is_dir() and room.name != "__pycache__"
)
HALLS = [PACKAGE / hall for hall in ("config", "doctor", "lines", "mail_room", "mail_tables", "operations", "sorting")]
"""Rooms of no wing, whose faces are kept to as well."""
MODULES = sorted(PACKAGE.rglob("*.py"))
FORBIDDEN_NAMES = {"utils", "util", "common", "helpers", "misc", "base", "core", "manager"}
WITHOUT_REASON = re.compile(r"noqa(: ?[A-Z]+[0-9]+)*")
"""What a comment says to the linter alone."""
LONGEST = {ast.ClassDef: 250, ast.FunctionDef: 50, ast.AsyncFunctionDef: 50}


@functools.cache
def tree(module: Path) -> ast.Module:
    # CPython 3.11 counts how deep it is for all who parse together. A finalizer whose failure pytest tells parses the
    # line that failed: one that the collector runs meanwhile makes a SystemError of it.
    collects = gc.isenabled()
    gc.disable()
    try:
        return ast.parse(module.read_text(encoding="utf-8"))
    finally:
        if collects:
            gc.enable()


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("wing", WINGS)
def test_a_wing_has_rooms_and_nothing_loose_and_its_link_stands_at_the_root(wing: str):
    assert not list((PACKAGE / wing).glob("*.py"))
    link = ROOT / wing
    assert link.is_symlink()
    assert link.resolve() == PACKAGE / wing


def test_the_standard_mailbox_module_is_not_hidden_from_the_root():
    assert hasattr(std_mailbox, "Maildir")
    command = [sys.executable, "-c", "import mailbox; mailbox.Maildir"]
    subprocess.run(command, cwd=ROOT, check=True)


@pytest.mark.parametrize("room", [*ROOMS, *HALLS], ids=name)
def test_a_face_is_a_docstring_imports_and_all(room: Path):
    face = tree(room / "__init__.py")
    assert ast.get_docstring(face), "no docstring"
    imported: set[str] = set()
    exported: set[str] | None = None
    for statement in face.body[1:]:
        match statement:
            case ast.ImportFrom():
                imported |= {alias.asname or alias.name for alias in statement.names}
            case ast.Assign(targets=[ast.Name(id="__all__")]):
                exported = set(ast.literal_eval(statement.value))
            case _:
                pytest.fail(f"line {statement.lineno} is neither an import nor __all__")
    assert exported == imported


@pytest.mark.parametrize("module", MODULES, ids=name)
def test_a_module_opens_with_a_sentence_and_keeps_to_the_sizes(module: Path):
    source = module.read_text(encoding="utf-8")
    assert source.count("\n") <= 400, "a module stays under 400 lines"
    parsed = tree(module)
    assert ast.get_docstring(parsed), "no docstring"
    for node in ast.walk(parsed):
        for kind, most in LONGEST.items():
            if isinstance(node, kind):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                assert length <= most, f"{node.name} has {length} lines"


def test_a_module_of_the_tests_keeps_to_the_size_too():
    lengths = {name(each): each.read_bytes().count(b"\n") for each in (ROOT / "tests").rglob("*.py")}
    assert lengths
    assert not {each: lines for each, lines in lengths.items() if lines > 400}


def test_no_place_is_a_drawer_for_what_has_no_place():
    places = [*MODULES, *ROOMS]
    assert not [name(place) for place in places if place.stem in FORBIDDEN_NAMES]


def imports(module: Path) -> Iterator[str]:
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports name the whole path"
            yield node.module or ""
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


@pytest.mark.parametrize("module", MODULES, ids=name)
def test_rooms_meet_only_through_their_faces(module: Path):
    place = ".".join(module.relative_to(ROOT).with_suffix("").parts)
    halls = {hall.name for hall in HALLS}
    for target in imports(module):
        parts = target.split(".")
        if parts[0] != "offhook" or len(parts) < 2 or parts[1] not in halls.union(WINGS):
            continue
        room = ".".join(parts[: 2 if parts[1] in halls else 3])
        assert target == room or place.startswith(f"{room}."), f"{target} goes past the face of {room}"


@pytest.mark.parametrize("module", MODULES, ids=name)
def test_no_shell_and_no_evaluation_of_text(module: Path):
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            assert called not in {"eval", "exec", "os.system", "os.popen"}, f"line {node.lineno}"
            assert not [word for word in node.keywords if word.arg == "shell"], f"line {node.lineno}"


@pytest.mark.parametrize("module", MODULES, ids=name)
def test_what_catches_everything_says_why_beside_it(module: Path):
    lines = module.read_text(encoding="utf-8").splitlines()
    for node in ast.walk(tree(module)):
        if catches_everything(node):
            above, own = lines[node.lineno - 2].strip(), lines[node.lineno - 1]
            said = above if above.startswith("#") else own.partition("#")[2]
            assert WITHOUT_REASON.sub("", said).strip(" #-"), (
                f"line {node.lineno} catches everything and does not say why"
            )


def catches_everything(node: ast.AST) -> bool:
    match node:
        case ast.ExceptHandler(type=None):
            return True
        case ast.ExceptHandler(type=ast.Tuple(elts=kinds)):
            caught = kinds
        case ast.ExceptHandler(type=kind):
            caught = [kind]
        case ast.Call(func=ast.Name(id="suppress"), args=kinds):
            caught = kinds
        case _:
            return False
    return any(ast.unparse(kind) in ("Exception", "BaseException") for kind in caught)


def test_tests_mirror_the_wings():
    for wing in WINGS:
        for room in (ROOT / "tests" / wing).iterdir():
            if room.name not in ("conftest.py", "__pycache__"):
                assert (PACKAGE / wing / room.name).is_dir(), f"tests/{wing}/{room.name} tests no room"
    tested = {room for room in ROOMS if list((ROOT / "tests" / room.relative_to(PACKAGE)).glob("test_*.py"))}
    assert not [name(room) for room in ROOMS if room not in tested]


def test_no_test_of_a_room_sleeps():
    quick = [ROOT / "tests" / wing for wing in WINGS]
    for module in itertools.chain.from_iterable(folder.rglob("*.py") for folder in quick):
        for node in ast.walk(tree(module)):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("sleep"):
                assert ast.unparse(node) == "asyncio.sleep(0)", f"{name(module)}:{node.lineno} waits"


def test_no_file_of_the_checkout_holds_both_sides_of_a_conflict():
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    marks = re.compile(rb"^(?:<{7}|>{7}) ", re.MULTILINE)
    files = [ROOT / os.fsdecode(each) for each in tracked.split(b"\0") if each]
    assert files
    assert [name(each) for each in files if each.is_file() and marks.search(each.read_bytes())] == []
