"""A payment terminal: asks a host by modem, seven bits and even parity, for leave to charge a card.

The host says ENQ. Each side sends STX, text, ETX and the exclusive-or of text and ETX; the other side says ACK or NAK.
If the line is lost between the request and the answer nobody knows whether the card was charged: the terminal keeps a
reversal, and sends it first in the next call.
"""

import time
from functools import reduce

STX, ETX, EOT, ENQ, ACK, NAK = b"\x02", b"\x03", b"\x04", b"\x05", b"\x06", b"\x15"


class LineLost(Exception):
    """The conversation cannot be carried on."""


def framed(text):
    """A message on the line."""
    body = text + ETX
    return STX + body + bytes([reduce(lambda one, other: one ^ other, body)])


class Terminal:
    """On `port`, which it sets to 7E1; `number` is the host's."""

    def __init__(self, port, number, clock=time):
        self.port = port
        self.port.apply_settings({"bytesize": 7, "parity": "E"})
        self.number = number
        self.clock = clock
        self.reversal = None

    def charge(self, card, cents):
        """Whether the host allows it: "approved", "declined", or "offline" when it cannot be asked."""
        try:
            self.connect()
            if self.reversal:
                self.ask(b"REV " + self.reversal)
                self.reversal = None
            request = f"{card} {cents}".encode("ascii")
            self.reversal = request
            answer = self.ask(b"PAY " + request)
            self.reversal = None
            self.port.write(EOT)
            return "approved" if answer.startswith(b"00") else "declined"
        except LineLost:
            return "offline"
        finally:
            self.port.flush()
            self.port.dtr = False
            self.clock.sleep(1)
            self.port.dtr = True
            self.clock.sleep(1)

    def connect(self):
        self.port.reset_input_buffer()
        self.port.timeout = 60
        self.port.write(b"ATE0DT" + self.number.encode("ascii") + b"\r")
        while b"CONNECT" not in (line := self.port.read_until(b"\n")):
            if not line or line.strip() in (b"BUSY", b"NO CARRIER", b"NO ANSWER", b"NO DIALTONE"):
                raise LineLost(line)
        self.port.timeout = 10
        if self.port.read(1) != ENQ:
            raise LineLost("the host says nothing")

    def ask(self, text):
        for _ in range(3):
            self.port.write(framed(text))
            if (answer := self.port.read(1)) == ACK:
                return self.answer()
            if answer != NAK:
                break
        raise LineLost("the host does not take the request")

    def answer(self):
        for _ in range(3):
            message = self.port.read_until(ETX) + self.port.read(1)
            text = message[1:-2]
            if len(message) >= 3 and message == framed(text):
                self.port.write(ACK)
                return text
            if not message:
                break
            self.port.write(NAK)
        raise LineLost("no answer")
