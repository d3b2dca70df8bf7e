"""Prefixes of the numbering plan, and what they leave of a number."""

import pytest

from offhook.virtual_lines.exchange import NumberingPlan, Reading

PLAN = NumberingPlan("*67", "*82", own=("555", "1555"), away=("9",))


@pytest.mark.parametrize(
    ("dialled", "numbers", "outside", "shown"),
    [
        ("201", ("201", "201"), "201", None),
        ("*67201", ("*67201", "201"), "201", False),
        ("*82 201", ("*82201", "201"), "201", True),
        ("555-0201", ("5550201", "5550201", "0201"), "555-0201", None),
        ("*671555201", ("*671555201", "1555201", "201"), "1555201", False),
        ("95551234", ("95551234",), "5551234", None),
        ("*6795551234", ("*6795551234",), "5551234", False),
        ("*67", ("*67", "*67"), "*67", None),
        ("9", ("9", "9"), "9", None),
        ("bbs.example.org", ("bbs.example.org",), "bbs.example.org", None),
        ("", ("", ""), "", None),
    ],
)
def test_what_was_dialled_is_read(dialled: str, numbers: tuple[str, ...], outside: str, shown: bool | None):
    assert PLAN.read(dialled) == Reading(numbers, outside, shown)


def test_a_plan_without_prefixes_takes_numbers_as_they_are():
    assert NumberingPlan().read("*67201") == Reading(("*67201", "*67201"), "*67201")
