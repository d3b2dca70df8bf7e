import re
from pathlib import Path

import pytest

from tests.support.generated_docs import DOCUMENTS, ROOT

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


@pytest.mark.parametrize("path", sorted(DOCUMENTS))
def test_a_generated_document_is_what_the_code_says(path: str):
    assert (ROOT / path).read_text(encoding="utf-8") == DOCUMENTS[path](), "run make fix"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_between_the_documents_lead_somewhere(page: Path):
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (page.parent / target).exists(), target


def test_the_rooms_that_the_architecture_names_are_the_rooms_there_are():
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    named = set(re.findall(r"^\| `((?:modem|virtual_lines|terminal|mailbox)/\w+)`", text, re.MULTILINE))
    rooms = {str(face.parent.relative_to(ROOT / "offhook")) for face in (ROOT / "offhook").glob("*/*/__init__.py")}
    assert named == rooms


def test_the_architecture_tells_what_every_place_outside_the_wings_is():
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    cells = "".join(re.findall(r"^\| ([^|]+) \|", text, re.MULTILINE))
    named = {each.removesuffix("/").removesuffix(".py") for each in re.findall(r"`(\w+(?:/|\.py))`", cells)}
    loose = {each.stem for each in (ROOT / "offhook").glob("*.py")} - {"__init__", "__main__"}
    assert named == loose | {face.parent.name for face in (ROOT / "offhook").glob("*/__init__.py")}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_page_has_the_marks_of_two_versions_that_were_never_made_one(page: Path):
    assert not re.findall(r"^(?:<{7}|={7}|>{7})(?: .*)?$", page.read_text(encoding="utf-8"), re.MULTILINE)
