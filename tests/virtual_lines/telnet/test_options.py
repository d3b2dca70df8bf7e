from collections import deque

from hypothesis import given
from hypothesis import strategies as st

from offhook.virtual_lines.telnet import Command, Negotiation, Option, Options

ALL = frozenset(range(256))
VERBS = st.sampled_from([Command.WILL, Command.WONT, Command.DO, Command.DONT])
MESSAGES = st.lists(st.builds(Negotiation, VERBS, st.sampled_from([0, 1, 3, 24, 31, 39, 255])), max_size=40)


def test_what_is_offered_and_agreed_to_is_on_and_what_is_refused_is_off():
    options = Options(frozenset({Option.ECHO}), frozenset())
    assert options.offer(Option.ECHO) == [Negotiation(Command.WILL, Option.ECHO)]
    assert options.waiting
    assert options.heard(Negotiation(Command.DO, Option.ECHO)) == []
    assert options.we_do(Option.ECHO)
    assert not options.waiting
    assert options.heard(Negotiation(Command.DONT, Option.ECHO)) == [Negotiation(Command.WONT, Option.ECHO)]
    assert not options.we_do(Option.ECHO)


def test_what_we_do_not_know_is_refused():
    options = Options(frozenset(), frozenset())
    assert options.heard(Negotiation(Command.DO, 39)) == [Negotiation(Command.WONT, 39)]
    assert options.heard(Negotiation(Command.WILL, 39)) == [Negotiation(Command.DONT, 39)]


@given(MESSAGES)
def test_a_message_that_changes_nothing_has_no_answer(messages: list[Negotiation]):
    options = Options(ALL, ALL)
    for message in messages:
        options.heard(message)
        on = message.command in (Command.WILL, Command.DO)
        ours = message.command in (Command.DO, Command.DONT)
        state = options.we_do(message.option) if ours else options.they_do(message.option)
        if state == on:
            assert options.heard(message) == []


@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.sampled_from([0, 1, 3, 24])), max_size=12), st.booleans())
def test_two_of_us_never_talk_for_ever(asked: list[tuple[bool, bool, int]], willing: bool):
    one = Options(ALL, ALL)
    other = Options(ALL if willing else frozenset(), ALL if willing else frozenset())
    wires: tuple[deque[Negotiation], deque[Negotiation]] = (deque(), deque())
    for first, offered, option in asked:
        side = one if first else other
        wires[0 if first else 1].extend(side.offer(option) if offered else side.request(option))
    for _ in range(1000):
        if wires[0]:
            wires[1].extend(other.heard(wires[0].popleft()))
        elif wires[1]:
            wires[0].extend(one.heard(wires[1].popleft()))
        else:
            break
    assert not any(wires)
    assert not one.waiting
    assert not other.waiting
    for option in (0, 1, 3, 24):
        assert one.we_do(option) == other.they_do(option)
        assert one.they_do(option) == other.we_do(option)
