"""A leg whose far end is played by hand: keys are typed, what is sent is collected, pauses are given and seen."""

import asyncio

from offhook.terminal.teletype import Receiver


class HandLeg:
    """A `Leg`. With `holds` bytes sent it asks for a pause, as a slow line does, until `drain`."""

    def __init__(self, holds: int | None = None) -> None:
        self.sent = bytearray()
        self.typing_paused = False
        self.closed = False
        self.answers: dict[bytes, bytes] = {}
        """What the caller types as soon as something is sent, once each."""
        self._holds = holds
        self._held = 0
        self._receiver: Receiver | None = None
        self._waiting: list[bytes] = []

    @property
    def receiver(self) -> Receiver:
        """Who holds the leg."""
        assert self._receiver is not None
        return self._receiver

    def attach(self, receiver: Receiver) -> None:
        self._receiver = receiver

    def send(self, data: bytes) -> None:
        self.sent += data
        self._held += len(data)
        if self._holds is not None and self._held >= self._holds:
            self.receiver.pause_sending()
        for text in [each for each in self.answers if each in self.sent]:
            asyncio.get_running_loop().call_soon(self.type, self.answers.pop(text))

    def pause(self) -> None:
        assert not self.typing_paused
        self.typing_paused = True

    def resume(self) -> None:
        assert self.typing_paused
        self.typing_paused = False
        waiting, self._waiting = self._waiting, []
        for data in waiting:
            self.type(data)

    def close(self) -> None:
        self.closed = True

    def drain(self) -> None:
        """The far end has taken everything."""
        self._held = 0
        self.receiver.resume_sending()

    def type(self, keys: bytes) -> None:
        """Keys of the caller; while a pause is asked for they wait."""
        if self.typing_paused:
            self._waiting.append(keys)
        else:
            self.receiver.far_sent(keys)

    def hang_up(self) -> None:
        """The caller is gone."""
        self.receiver.far_closed()
