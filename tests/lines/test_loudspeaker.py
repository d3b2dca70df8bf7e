import asyncio
import wave
from pathlib import Path

import pytest

from offhook.lines import Loudspeaker, WavFile, open_loudspeaker
from offhook.modem.hayes import LetHear
from offhook.modem.ports import PortError


class Kept:
    """An output that keeps what it is given."""

    def __init__(self) -> None:
        self.samples = b""
        self.came = asyncio.Event()
        self.closed = False

    def write(self, samples: bytes) -> None:
        self.samples += samples
        self.came.set()

    def close(self) -> None:
        self.closed = True


async def test_a_sound_is_made_and_when_it_is_over_nobody_wakes_up():
    output = Kept()
    loudspeaker = Loudspeaker(output)
    loudspeaker.heard("1", LetHear("dial tone", 0.04))
    async with asyncio.timeout(60):
        await output.came.wait()
        while loudspeaker._timer is not None:  # noqa: ASYNC110  # there is nothing to wait for but time
            await asyncio.sleep(0)
    assert len(output.samples) == 800
    assert any(output.samples)
    loudspeaker.close()
    assert output.closed


async def test_two_lines_are_heard_together_and_silence_needs_no_clock():
    output = Kept()
    loudspeaker = Loudspeaker(output)
    loudspeaker.heard("2", LetHear("silence"))
    assert loudspeaker._timer is None
    loudspeaker.heard("1", LetHear("dial tone"))
    alone = output.samples
    loudspeaker.heard("2", LetHear("busy"))
    output.came.clear()
    async with asyncio.timeout(60):
        await output.came.wait()
    assert output.samples[800:] != alone
    loudspeaker.close()


def test_a_wav_file_can_be_played_and_grows_no_longer_than_allowed(tmp_path: Path):
    file = WavFile(tmp_path / "call.wav")
    file.write(b"\1\0" * 400)
    file._left = 10
    file.write(b"\1\0" * 400)
    file.close()
    file.close()
    file.write(b"\1\0")
    with wave.open(str(tmp_path / "call.wav"), "rb") as sound:
        assert (sound.getframerate(), sound.getnframes(), sound.getsampwidth()) == (8000, 400, 2)


def test_a_program_gets_the_samples_and_one_that_ends_costs_only_the_sound(tmp_path: Path):
    output = open_loudspeaker(f"exec:sh -c 'cat > {tmp_path / 'heard'}'")._output
    output.write(b"\1\0" * 400)
    output.close()
    output.close()
    assert (tmp_path / "heard").read_bytes() == b"\1\0" * 400
    gone = open_loudspeaker("exec:true")._output
    for _ in range(1000):
        gone.write(b"\1\0" * 4000)
    gone.close()


@pytest.mark.parametrize(
    "text", ["", "wav:", "wav:/nowhere/at/all.wav", "exec:", "exec:/no/such/program", "exec:'", "x"]
)
def test_what_is_no_loudspeaker_is_told(text: str):
    with pytest.raises(PortError, match="loudspeaker"):
        open_loudspeaker(text)
