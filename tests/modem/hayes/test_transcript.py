from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.modem.hayes import (
    CallerId,
    Dial,
    DialString,
    DteSent,
    DteSignals,
    FarAnswered,
    Note,
    RingBegan,
    SetSignals,
    Tick,
    format_entry,
    parse_entry,
)
from offhook.modem.rs232 import Signals
from tests.support.replay import replay

TRANSCRIPTS = sorted((Path(__file__).parent.parent.parent / "transcripts").glob("*.txt"))


SHORT = st.text(max_size=9)


@given(
    st.floats(0, 1e6).map(lambda time: round(time, 6)),
    st.one_of(
        st.binary(max_size=40).map(DteSent),
        st.integers(0, 63).map(lambda bits: SetSignals(Signals(bits))),
        st.integers(0, 63).map(lambda bits: DteSignals(Signals(bits))),
        st.text(max_size=20).map(Note),
        st.builds(RingBegan, st.builds(CallerId, st.none() | st.text(max_size=9), st.none() | st.text(max_size=9))),
        st.builds(
            Dial, st.builds(DialString, st.text(max_size=9), st.text(max_size=9), st.integers(0, 9), st.booleans())
        ),
        st.builds(FarAnswered, st.none() | st.integers(300, 115200)),
        st.just(Tick()),
    ),
)
def test_an_entry_written_and_read_is_the_same(time: float, thing):
    assert parse_entry(format_entry(time, thing)) == (time, thing)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "1.0 > Tick",
        "1.0 > Tick()()",
        "x > Tick()",
        "1.0 ? Tick()",
        "1.0 > SendToDte(data=b'')",
        "1.0 < Tick()",
        "1.0 > open('/etc/passwd')",
        "1.0 > DteSent(data=__import__('os'))",
        "1.0 > CallerId()",
        "1.0 > DteSent(x=1)",
        "1.0 > DteSent(data=5)",
        "1.0 > DteSent(data='text')",
        "1.0 > DteSent()",
        "1.0 > DteSent(**{'data': b''})",
        "1.0 > RingBegan(caller=201)",
        "1.0 > FarAnswered(rate='9600')",
        "1.0 < SetSignals(on=3)",
        "nan > Tick()",
        "inf > Tick()",
        "1.0 > DteSent(data=" + "-" * 100_000 + "1)",
        "1.0 > DteSent(data=" + "(" * 1000 + ")" * 1000 + ")",
    ],
)
def test_what_is_no_entry_is_refused_and_nothing_is_evaluated(line: str):
    with pytest.raises(ValueError, match=r"transcript|unpack|float"):
        parse_entry(line)


@pytest.mark.parametrize("transcript", TRANSCRIPTS, ids=lambda path: path.stem)
def test_a_recorded_conversation_goes_the_same_way_again(transcript: Path):
    assert replay(transcript.read_text(encoding="ascii").splitlines())


def test_there_are_transcripts_to_replay():
    assert len(TRANSCRIPTS) >= 3
