"""These tests run in the virtual machine that `tests/vm/test_over_nfs.py` starts, and nowhere else."""

import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.nfs import MOUNTS, SERVED

collect_ignore_glob = [] if os.environ.get("OFFHOOK_OVER_NFS") else ["test_*.py"]


@dataclass(frozen=True, slots=True)
class Sides:
    """One folder: as the mail server has it, and as our host has it by NFS."""

    there: Path
    here: Path


@pytest.fixture(params=list(MOUNTS))
def sides(request: pytest.FixtureRequest) -> Sides:
    """A folder of the test's own, over each version of NFS."""
    name = "".join(letter for letter in request.node.name if letter.isalnum())
    (SERVED / name).mkdir(mode=0o755)
    return Sides(SERVED / name, MOUNTS[request.param] / name)
