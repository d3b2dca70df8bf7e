"""A leg delivers in order, once, whatever the two ends do to it and from within what."""

from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from offhook.virtual_lines.exchange import Leg, join


class Holder:
    """Writes down what comes; `react` is called on each chunk, from within."""

    def __init__(self, leg: Leg) -> None:
        self.leg = leg
        self.heard: list[bytes | str] = []
        self.told_to_pause = False
        self.inside = False
        self.react: Callable[[bytes], None] = lambda data: None
        self.on_pause: Callable[[], None] = lambda: None

    def far_sent(self, data: bytes) -> None:
        assert data
        assert not self.inside, "entered twice"
        assert "closed" not in self.heard, "bytes after the end"
        self.heard.append(data)
        self.inside = True
        self.react(data)
        self.inside = False

    def far_break(self) -> None:
        self.heard.append("break")

    def far_closed(self) -> None:
        assert "closed" not in self.heard, "closed twice"
        self.heard.append("closed")

    def pause_sending(self) -> None:
        assert not self.told_to_pause, "paused twice"
        assert "closed" not in self.heard
        self.told_to_pause = True
        self.on_pause()

    def resume_sending(self) -> None:
        assert self.told_to_pause, "resumed without a pause"
        assert "closed" not in self.heard
        self.told_to_pause = False

    @property
    def bytes(self) -> bytes:
        return b"".join(what for what in self.heard if isinstance(what, bytes))


def held() -> tuple[Holder, Holder]:
    one, other = (Holder(leg) for leg in join())
    one.leg.attach(one)
    other.leg.attach(other)
    return one, other


def test_what_is_sent_on_one_leg_arrives_at_once_at_the_other():
    one, other = held()
    one.leg.send(b"abc")
    other.leg.send(b"def")
    assert (one.heard, other.heard) == ([b"def"], [b"abc"])


def test_nothing_is_no_chunk():
    one, other = held()
    one.leg.send(b"")
    assert other.heard == []


def test_what_arrives_before_a_holder_waits_for_it_with_the_end_behind():
    near, far = join()
    near.send(b"early")
    near.close()
    holder = Holder(far)
    far.attach(holder)
    assert holder.heard == [b"early", "closed"]


def test_a_pause_before_the_far_holder_came_is_told_to_it_first():
    near, far = join()
    near.attach(Holder(near))
    near.pause()
    holder = Holder(far)
    far.attach(holder)
    assert holder.told_to_pause
    near.resume()
    assert not holder.told_to_pause


def test_a_pause_that_ended_before_the_far_holder_came_is_not_told():
    near, far = join()
    near.pause()
    near.resume()
    holder = Holder(far)
    far.attach(holder)
    assert not holder.told_to_pause


def test_a_second_holder_is_told_of_the_pause_too():
    one, other = held()
    one.leg.pause()
    second = Holder(other.leg)
    other.leg.attach(second)
    assert second.told_to_pause


def test_what_is_sent_into_a_pause_comes_before_the_sender_is_told_to_go_on():
    one, other = held()
    one.leg.pause()
    other.leg.send(b"a")
    other.leg.send(b"b")
    assert one.heard == []
    one.react = lambda data: one.heard.append(f"paused={other.told_to_pause}")
    one.leg.resume()
    assert one.heard == [b"a", "paused=True", b"b", "paused=True"]
    assert not other.told_to_pause


def test_a_pause_from_within_a_chunk_holds_the_next_one():
    one, other = held()
    one.leg.pause()
    other.leg.send(b"a")
    other.leg.send(b"b")
    one.react = lambda data: one.leg.pause()
    one.leg.resume()
    assert one.heard == [b"a"]
    assert other.told_to_pause
    one.leg.resume()
    assert one.heard == [b"a", b"b"]


def test_a_pause_and_a_resume_from_within_a_chunk_leave_the_sender_going():
    one, other = held()

    def hesitate(data: bytes) -> None:
        one.leg.pause()
        one.leg.resume()

    one.react = hesitate
    other.leg.send(b"a")
    assert not other.told_to_pause
    other.leg.send(b"b")
    assert one.heard == [b"a", b"b"]


def test_a_pause_taken_back_while_it_is_told_leaves_the_sender_going():
    one, other = held()
    other.on_pause = one.leg.resume
    one.leg.pause()
    assert not other.told_to_pause


def test_answers_from_within_keep_their_order():
    one, other = held()
    other.react = lambda data: other.leg.send(data.upper())
    one.react = lambda data: one.leg.send(b"more") if data == b"A" else None
    one.leg.send(b"a")
    one.leg.send(b"b")
    assert other.bytes == b"amoreb"
    assert one.bytes == b"AMOREB"


def test_the_end_comes_after_all_bytes_even_when_they_waited():
    one, other = held()
    one.leg.pause()
    other.leg.send(b"last words")
    other.leg.close()
    assert one.heard == []
    one.leg.resume()
    assert one.heard == [b"last words", "closed"]


def test_the_end_from_within_a_chunk_comes_after_the_chunk():
    one, other = held()
    one.react = lambda data: other.leg.close()
    other.leg.send(b"a")
    assert one.heard == [b"a", "closed"]


def test_who_waits_to_send_goes_on_when_the_far_end_closes():
    one, other = held()
    one.leg.pause()
    other.leg.pause()
    one.leg.send(b"type-ahead")
    assert other.told_to_pause
    one.leg.close()
    assert not other.told_to_pause, "a sender left waiting would never read on and learn of the end"
    other.leg.send(b"into nothing")
    other.leg.resume()
    assert other.heard == [b"type-ahead", "closed"]


def test_after_closing_nothing_is_sent_and_nothing_comes():
    one, other = held()
    one.leg.close()
    one.leg.close()
    one.leg.send(b"late")
    other.leg.send(b"late too")
    one.leg.pause()
    one.leg.resume()
    assert one.leg.closed
    assert (one.heard, other.heard) == ([], ["closed"])
    other.leg.close()
    assert one.heard == []


MOVES = st.sampled_from(["send", "send", "pause", "resume", "attach", "close"])


@settings(max_examples=300, deadline=None)
@given(
    moves=st.lists(st.tuples(st.booleans(), MOVES), max_size=40),
    within=st.lists(st.tuples(st.booleans(), MOVES), max_size=12),
)
def test_bytes_arrive_once_and_in_order_under_any_interleaving(
    moves: list[tuple[bool, str]], within: list[tuple[bool, str]]
):
    legs = join()
    holders = [Holder(leg) for leg in legs]
    attached = [False, False]
    sent: list[list[bytes]] = [[], []]
    left = list(within)
    count = iter(range(1000))

    def move(side: int, what: str) -> None:
        leg = legs[side]
        if what == "send":
            if not leg.closed and not legs[1 - side].closed:
                chunk = f"<{next(count)}>".encode()
                sent[side].append(chunk)
                leg.send(chunk)
        elif what == "attach":
            if not attached[side]:
                attached[side] = True
                leg.attach(holders[side])
        else:
            getattr(leg, what)()

    def react(data: bytes = b"") -> None:
        if left:
            side, what = left.pop()
            move(side, what)

    for holder in holders:
        holder.react = react
        holder.on_pause = react
    for side, what in moves:
        move(side, what)
    closed = [leg.closed for leg in legs]
    left.clear()
    for side in (0, 1):
        move(side, "attach")
        move(side, "resume")
    for side in (0, 1):
        holder, all_sent = holders[side], b"".join(sent[1 - side])
        if closed[side]:
            assert all_sent.startswith(holder.bytes)
        else:
            assert holder.bytes == all_sent
            assert ("closed" in holder.heard) == closed[1 - side]
            assert not holder.told_to_pause, "nobody pauses any longer"


def test_a_break_overtakes_bytes_that_wait_and_is_ignored_after_the_end():
    one, other = held()
    other.leg.pause()
    one.leg.send(b"abc")
    one.leg.send_break()
    other.leg.resume()
    assert other.heard == ["break", b"abc"]
    other.leg.close()
    one.leg.send_break()
    assert other.heard == ["break", b"abc"]


def test_a_break_before_the_far_end_is_held_is_ignored():
    one, other = join()
    one.send_break()
    assert not other.closed


def test_a_call_that_is_cut_ends_for_both_once_and_nothing_passes_any_more():
    one, other = held()
    one.leg.send(b"before")
    one.leg.cut()
    one.leg.cut()
    one.leg.send(b"after")
    other.leg.send_break()
    assert (one.heard, other.heard) == (["closed"], [b"before", "closed"])
    one.leg.close()
    other.leg.close()
    assert (one.heard, other.heard) == (["closed"], [b"before", "closed"])


def test_a_holder_that_takes_no_bytes_hears_of_the_cut_all_the_same():
    one, other = held()
    other.leg.pause()
    one.leg.send(b"never read")
    one.leg.cut()
    assert other.heard == ["closed"]
    other.leg.resume()
    assert other.heard == ["closed"]


def test_what_was_sent_is_counted_while_it_can_arrive():
    one, other = held()
    one.leg.send(b"12345")
    other.leg.close()
    one.leg.send(b"6")
    assert (one.leg.sent, other.leg.sent) == (5, 0)
    assert one.leg.far_left
    assert not other.leg.far_left
