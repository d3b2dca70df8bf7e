"""The page for those who come from tcpser names options that there are."""

import re
from pathlib import Path

import pytest

from offhook.cli.modem import modem
from offhook.modem.ports import PtyWatch
from offhook.port_names import make_port

PAGE = (Path(__file__).parent.parent / "docs/from-tcpser.md").read_text(encoding="utf-8")
TCPSER = "ptlLnVdvsSIaAcCNBTiD"
"""The letters of tcpser's options."""


def test_every_option_of_tcpser_is_on_the_page():
    table = PAGE.split("## Options")[1].split("## What")[0]
    assert set(re.findall(r"`-(\w)", table)) == set(TCPSER)


def test_every_option_of_ours_on_the_page_is_one():
    known = {name for parameter in modem.params for name in parameter.opts} | {"--version"}
    named = set(re.findall(r"--[a-z][a-z-]+", PAGE))
    assert named <= known
    assert "--listen" in named


@pytest.mark.parametrize(
    "port", sorted(set(re.findall(r"(?:serial|tcp|rfc2217|pty):[^ `]+", PAGE.split("## Options")[0])))
)
def test_the_ports_of_the_example_are_ports(port: str):
    make_port(port, Path("/"), PtyWatch())
