import json

from offhook.mailbox.clerks.limits import Limits
from offhook.mailbox.clerks.reader import ORDINARY, limits_here
from offhook.mailbox.letters import render


def test_an_ordinary_letter_is_well_within_the_limits_of_any_machine():
    found = limits_here()
    assert found.cpu >= Limits().cpu
    assert (found.memory, found.batch) == (Limits().memory, Limits().batch)
    assert len(json.dumps(render(ORDINARY).body)) > 50_000
