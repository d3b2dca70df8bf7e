"""Who answers learns what is known of the caller's terminal, and each change of it."""

from offhook.modem.hayes import CallerId
from offhook.virtual_lines.switchboard import CallFacts, TerminalFacts

CALLER = CallerId("201", "modem0")


def test_nothing_is_known_of_a_terminal_at_first():
    assert CallFacts("modem0", "100", CALLER).terminal == TerminalFacts(None, None, None, None)


def test_watchers_hear_of_each_change_and_only_of_changes():
    facts = CallFacts("modem0", "100", CALLER, TerminalFacts("vt100", 80, 24))
    told: list[TerminalFacts] = []
    facts.watch(told.append)
    facts.learned(TerminalFacts("vt100", 80, 24))
    facts.learned(TerminalFacts("vt100", 132, 24))
    assert told == [TerminalFacts("vt100", 132, 24)]
    assert facts.terminal == told[0]


def test_a_watcher_may_add_another_while_it_is_told():
    facts = CallFacts("modem0", "100", CALLER)
    told: list[TerminalFacts] = []
    facts.watch(lambda terminal: facts.watch(told.append))
    facts.learned(TerminalFacts(columns=40))
    facts.learned(TerminalFacts(columns=80))
    assert told == [TerminalFacts(columns=80)]
