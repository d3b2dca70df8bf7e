"""An alarm panel: reports events to a monitoring centre by modem, in messages with a checksum, as Contact ID has them.

A message is sixteen digits: account (4), 18, qualifier (1), event (3), partition (2), zone (3) and a digit that makes
the sum of all divisible by 15, a 0 counting as 10. The centre says `ACK` to each, or `NAK` to one it could not read.
"""

import time

ACK, NAK = b"\x06", b"\x15"


def message(account, event, zone, qualifier=1, partition=1):
    """The digits that are sent."""
    digits = f"{account:04}18{qualifier}{event:03}{partition:02}{zone:03}"
    total = sum(int(digit) or 10 for digit in digits)
    return (digits + "0123456789BCDEF"[-total % 15]).encode("ascii")


class Panel:
    """Reports on `port` to the first of `numbers` that takes it."""

    def __init__(self, port, numbers, account, clock=time):
        self.port = port
        self.numbers = numbers
        self.account = account
        self.clock = clock
        self.queue = []

    def alarm(self, event, zone):
        """An event that has to be reported, whatever it takes."""
        self.queue.append(message(self.account, event, zone))

    def report(self, rounds=4):
        """Try each number in turn until the queue is empty; whether it is."""
        for _ in range(rounds):
            for number in self.numbers:
                if self.connect(number):
                    self.deliver()
                self.hang_up()
                if not self.queue:
                    return True
            self.clock.sleep(10)
        return False

    def connect(self, number):
        self.port.reset_input_buffer()
        self.port.timeout = 45
        self.port.write(b"ATE0S7=40DT" + number.encode("ascii") + b"\r")
        while line := self.port.read_until(b"\n"):
            if b"CONNECT" in line:
                return True
            if line.strip() in (b"BUSY", b"NO CARRIER", b"NO ANSWER", b"NO DIALTONE", b"ERROR"):
                return False
        return False

    def deliver(self):
        """Send what is queued, each up to four times; an event leaves the queue when it is acknowledged."""
        self.port.timeout = 2
        while self.queue and self.port.cd:
            for _ in range(4):
                self.port.write(self.queue[0])
                answer = self.port.read(1)
                if answer == ACK:
                    self.queue.pop(0)
                    break
            else:
                return

    def hang_up(self):
        self.port.dtr = False
        self.clock.sleep(1)
        self.port.dtr = True
        self.clock.sleep(1)
