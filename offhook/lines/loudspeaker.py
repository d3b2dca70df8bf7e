"""The loudspeaker of a host's modems: what they let be heard, in real time, into a program that plays it or a WAV file.

Samples are 16 bits, little endian, one channel, 8,000 a second. While nothing is to be heard nothing is made and nobody
wakes up. A player that is slow, or gone, costs the sound and never the call.
"""

import asyncio
import logging
import os
import shlex
import subprocess
import sys
import wave
from array import array
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from offhook.modem.hayes import LetHear
from offhook.modem.ports import PortError
from offhook.modem.sounds import RATE, Part, Player, Tone, mixed

log = logging.getLogger(__name__)

STEP = 0.05
"""Seconds of sound made at a time."""
LONGEST_FILE = 3600
"""Seconds of sound after which a WAV file grows no more."""
APLAY = "aplay -q -t raw -f S16_LE -c 1 -r 8000"


class Output(Protocol):
    """Where samples go. A write never waits, and never raises."""

    def write(self, samples: bytes) -> None:
        """Take samples, or leave them."""

    def close(self) -> None:
        """Play what there is and end; idempotent."""


class WavFile:
    """Sound as a file; the silences between sounds are left out."""

    def __init__(self, path: Path) -> None:
        """Raises `OSError`."""
        self._file: wave.Wave_write | None = wave.open(str(path), "wb")  # noqa: SIM115  # closed by `close`
        self._file.setparams((1, 2, RATE, 0, "NONE", "not compressed"))
        self._left = LONGEST_FILE * RATE * 2

    def write(self, samples: bytes) -> None:
        """Add samples, up to the longest file."""
        if self._file is None or self._left < len(samples):
            return
        self._left -= len(samples)
        try:
            self._file.writeframes(samples)
        except OSError as error:
            log.warning("the loudspeaker is off: its file cannot be written: %s", error.strerror)
            self.close()

    def close(self) -> None:
        """Finish the file."""
        file, self._file = self._file, None
        if file is not None:
            with suppress(OSError):  # what it holds was written, but for its length in the header
                file.close()


class PlayingProgram:
    """Sound into the standard input of a program, started without a shell."""

    def __init__(self, command: str) -> None:
        """Raises `OSError` if it cannot be started, `ValueError` for quotes that do not match."""
        self._process = subprocess.Popen(
            shlex.split(command), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        assert self._process.stdin is not None
        self._pipe: int | None = self._process.stdin.fileno()
        os.set_blocking(self._pipe, False)

    def write(self, samples: bytes) -> None:
        """Write what the program takes; the rest is lost, as sound is."""
        if self._pipe is None:
            return
        try:
            os.write(self._pipe, samples)
        except BlockingIOError:
            return
        except OSError:
            log.warning("the loudspeaker is off: the program that plays has ended")
            self.close()

    def close(self) -> None:
        """Let the program play what it has, and end."""
        if self._pipe is None:
            return
        self._pipe = None
        assert self._process.stdin is not None
        with suppress(OSError):
            self._process.stdin.close()
        try:
            self._process.wait(1)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class Loudspeaker:
    """An `Ear` for all lines of a host: their sounds together."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._players: dict[str, Player] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._made_until = 0.0

    def heard(self, line: str, sound: LetHear) -> None:
        """Play what the modem of `line` lets be heard."""
        player = self._players.setdefault(line, Player())
        part = Part(Tone(sound.tone), sound.seconds, sound.digits, sound.pulse, sound.each, sound.volume)
        player.play(part, behind=sound.behind)
        if self._timer is None and not player.silent:
            self._made_until = asyncio.get_running_loop().time()
            self._make()

    def close(self) -> None:
        """Be silent; idempotent."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._output.close()

    def _make(self) -> None:
        self._timer = None
        sounding = [player for player in self._players.values() if not player.silent]
        if not sounding:
            return
        samples = array("h", mixed([player.samples(int(STEP * RATE)) for player in sounding]))
        if sys.byteorder == "big":
            samples.byteswap()
        self._output.write(samples.tobytes())
        self._made_until += STEP
        loop = asyncio.get_running_loop()
        self._made_until = max(self._made_until, loop.time())  # a host that was held up does not catch up
        self._timer = loop.call_at(self._made_until, self._make)


def open_loudspeaker(text: str) -> Loudspeaker:
    """The one that `text` names: `wav:FILE`, `aplay`, or `exec:COMMAND` for another program. Raises `PortError`."""
    kind, _, what = text.partition(":")
    try:
        match kind:
            case "wav" if what:
                return Loudspeaker(WavFile(Path(what)))
            case "aplay" if not what:
                return Loudspeaker(PlayingProgram(APLAY))
            case "exec" if what.strip():
                return Loudspeaker(PlayingProgram(what))
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        if kind == "aplay" and isinstance(error, FileNotFoundError):
            why = "it is not installed (Debian: apt-get install alsa-utils)"
        raise PortError(f"the loudspeaker {text!r} cannot be had: {why}") from error
    raise PortError(f"{text!r} is no loudspeaker: write aplay, wav:FILE or exec:COMMAND")
