from cmath import exp
from dataclasses import replace
from math import pi

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.modem.sounds import RATE, Part, Player, Tone, mixed

PARTS = st.builds(
    Part,
    st.sampled_from(Tone),
    st.none() | st.floats(0, 0.2),
    st.text("0123456789ABCD*#w", max_size=3),
    st.booleans(),
    st.floats(0.01, 0.1),
)


def played(*parts: Part, seconds: float = 0.2, volume: int = 3) -> list[int]:
    player = Player()
    for part in parts:
        player.play(replace(part, volume=volume), behind=True)
    return player.samples(int(seconds * RATE))


def strength(samples: list[int], frequency: float) -> float:
    """How much of this frequency there is, 0 to about 1."""
    turned = sum(each * exp(-2j * pi * frequency * at / RATE) for at, each in enumerate(samples))
    return 2 * abs(turned) / len(samples) / 16383


@pytest.mark.parametrize(
    ("part", "there", "elsewhere"),
    [
        (Part(Tone.DIAL_TONE), (350, 440), 900),
        (Part(Tone.RINGBACK), (440, 480), 900),
        (Part(Tone.BUSY), (480, 620), 900),
        (Part(Tone.ANSWER), (2100,), 900),
        (Part(Tone.DIGITS, digits="5", each=0.2), (770, 1336), 1000),
        (Part(Tone.DIGITS, digits="#", each=0.2), (941, 1477), 1100),
    ],
)
def test_a_tone_is_where_it_should_be(part: Part, there: tuple[float, ...], elsewhere: float):
    samples = played(part)
    assert all(strength(samples, each) > 0.4 for each in there)
    assert strength(samples, elsewhere) < 0.1


def test_busy_comes_and_goes():
    samples = played(Part(Tone.BUSY), seconds=1.0)
    assert any(samples[: RATE // 2])
    assert not any(samples[RATE // 2 :])


def test_digits_are_as_long_silent_as_sounding_and_then_the_next_part_is_heard():
    digits = Part(Tone.DIGITS, digits="12", each=0.1)
    samples = played(digits, Part(Tone.DIAL_TONE), seconds=0.6)
    assert not any(samples[int(0.1 * RATE) + 1 : int(0.2 * RATE)])
    assert strength(samples[int(0.4 * RATE) :], 350) > 0.4


def test_a_pulsed_digit_clicks_twice_for_each_pulse():
    samples = played(Part(Tone.DIGITS, digits="3", pulse=True), seconds=1.2)
    clicks = sum(1 for before, after in zip([0, *samples], samples, strict=False) if after and not before)
    assert clicks == 6


def test_what_is_louder_has_a_greater_volume_and_a_new_sound_ends_the_last():
    peaks = [max(played(Part(Tone.DIAL_TONE), volume=volume)) for volume in range(4)]
    assert peaks == sorted(peaks)
    assert peaks[0] < peaks[3] / 4
    player = Player()
    player.play(Part(Tone.RINGBACK))
    assert not player.silent
    player.play(Part(Tone.SILENCE))
    assert player.silent
    assert not any(player.samples(100))


@given(st.lists(PARTS, max_size=4), st.integers(-1, 9), st.lists(st.integers(0, 700), max_size=6))
def test_how_a_sound_is_cut_does_not_matter(parts: list[Part], volume: int, cuts: list[int]):
    whole, cut = Player(), Player()
    for player in (whole, cut):
        for part in parts:
            player.play(replace(part, volume=volume), behind=True)
    pieces: list[int] = []
    for count in cuts:
        pieces.extend(cut.samples(count))
    assert pieces == whole.samples(sum(cuts))


def test_mixed_sounds_are_cut_where_they_are_too_loud():
    loud = [32767, -32768, 100]
    assert mixed([loud, loud, [1]]) == [32767, -32768, 200]
    assert mixed([loud]) is loud
