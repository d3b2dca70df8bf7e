"""Options come to rest, whoever is on the other side (RFC 1143)."""

from collections import deque

from hypothesis import given, settings
from hypothesis import strategies as st

from offhook.virtual_lines.telnet.codec import Command, Negotiation
from offhook.virtual_lines.telnet.options import Options

VERBS = st.sampled_from([Command.WILL, Command.WONT, Command.DO, Command.DONT])
NUMBERS = st.integers(0, 3)
SETS = st.frozensets(NUMBERS)


def test_what_is_allowed_is_agreed_to_and_what_is_not_is_refused():
    options = Options(frozenset({1}), frozenset({24}))
    assert options.heard(Negotiation(Command.DO, 1)) == [Negotiation(Command.WILL, 1)]
    assert options.heard(Negotiation(Command.WILL, 24)) == [Negotiation(Command.DO, 24)]
    assert options.heard(Negotiation(Command.DO, 24)) == [Negotiation(Command.WONT, 24)]
    assert options.heard(Negotiation(Command.WILL, 1)) == [Negotiation(Command.DONT, 1)]
    assert (options.we_do(1), options.they_do(24), options.we_do(24), options.they_do(1)) == (True, True, False, False)


def test_an_answer_is_not_answered():
    options = Options(frozenset({1}), frozenset({24}))
    assert options.offer(1) == [Negotiation(Command.WILL, 1)]
    assert options.request(24) == [Negotiation(Command.DO, 24)]
    assert options.waiting
    assert options.heard(Negotiation(Command.DO, 1)) == []
    assert options.heard(Negotiation(Command.WONT, 24)) == []
    assert not options.waiting
    assert (options.we_do(1), options.they_do(24)) == (True, False)


def test_what_is_on_already_is_not_asked_for_or_agreed_to_again():
    options = Options(frozenset({1}), frozenset())
    options.heard(Negotiation(Command.DO, 1))
    assert options.offer(1) == []
    assert options.heard(Negotiation(Command.DO, 1)) == []


def test_the_end_of_an_option_is_confirmed_once():
    options = Options(frozenset({1}), frozenset())
    options.heard(Negotiation(Command.DO, 1))
    assert options.heard(Negotiation(Command.DONT, 1)) == [Negotiation(Command.WONT, 1)]
    assert options.heard(Negotiation(Command.DONT, 1)) == []


def test_a_refusal_of_what_never_was_on_needs_no_word():
    options = Options(frozenset({1}), frozenset())
    for option in range(256):
        assert options.heard(Negotiation(Command.WONT, option)) == []
        assert options.heard(Negotiation(Command.DONT, option)) == []


@settings(max_examples=300, deadline=None)
@given(SETS, SETS, st.lists(st.tuples(VERBS, NUMBERS), max_size=60))
def test_a_hostile_peer_gets_at_most_one_word_for_each_of_its_own(
    ours: frozenset[int], theirs: frozenset[int], words: list[tuple[Command, int]]
):
    options = Options(ours, theirs)
    for option in ours:
        options.offer(option)
    for option in theirs:
        options.request(option)
    for verb, option in words:
        answers = options.heard(Negotiation(verb, option))
        assert len(answers) <= 1
        assert all(answer.option == option for answer in answers)
    for option in range(4):
        assert options.we_do(option) <= (option in ours)
        assert options.they_do(option) <= (option in theirs)


@settings(max_examples=300, deadline=None)
@given(
    st.tuples(SETS, SETS),
    st.tuples(SETS, SETS),
    st.lists(st.tuples(st.booleans(), st.booleans(), NUMBERS), max_size=20),
    st.lists(st.booleans(), max_size=40),
)
def test_two_of_our_own_fall_silent_and_agree_whatever_they_want_and_however_their_words_cross(
    one: tuple[frozenset[int], frozenset[int]],
    other: tuple[frozenset[int], frozenset[int]],
    wishes: list[tuple[bool, bool, int]],
    order: list[bool],
):
    ends = (Options(*one), Options(*other))
    allowed = (one, other)
    lines: tuple[deque[Negotiation], deque[Negotiation]] = (deque(), deque())
    turns = deque(order)

    def hear(side: int) -> None:
        lines[1 - side].extend(ends[side].heard(lines[side].popleft()))

    for right, ours, option in wishes:
        side = int(right)
        if option in allowed[side][0 if ours else 1]:
            lines[1 - side].extend((ends[side].offer if ours else ends[side].request)(option))
        if turns and lines[turn := int(turns.popleft())]:
            hear(turn)
    said = 0
    while any(lines):
        said += 1
        assert said < 500, "they do not fall silent"
        hear(int(turns.popleft()) if turns and all(lines) else int(bool(lines[1])))
    for option in range(4):
        assert ends[0].we_do(option) == ends[1].they_do(option)
        assert ends[1].we_do(option) == ends[0].they_do(option)
    assert not ends[0].waiting
    assert not ends[1].waiting
