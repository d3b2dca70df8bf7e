"""Tests in a virtual machine run by `make vm` alone: they download a kernel the first time."""

import os

import pytest

from tests.support.programs import path_of

collect_ignore_glob = [] if os.environ.get("OFFHOOK_VM") else ["test_*.py"]


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Fail, not skip, when a program that the test says it needs is missing."""
    for marker in item.iter_markers("needs"):
        for program in marker.args:
            path_of(program)
