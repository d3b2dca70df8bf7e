"""A dialler: makes a call by a modem, tries again when it fails, and says why it gave up."""

import time

RESULTS = ("CONNECT", "BUSY", "NO CARRIER", "NO ANSWER", "NO DIALTONE", "ERROR")


class CallFailed(Exception):
    """The call did not come about."""


class Dialler:
    """Dials on `port`, a pyserial object; `clock` is anything with `monotonic` and `sleep`."""

    def __init__(self, port, clock=time, carrier_wait=60.0, attempts=3, pause=30.0):
        self.port = port
        self.clock = clock
        self.carrier_wait = carrier_wait
        self.attempts = attempts
        self.pause = pause

    def call(self, number):
        """The speed of the call, in bit/s; raises CallFailed with the last reason."""
        reason = "never tried"
        for attempt in range(self.attempts):
            if attempt:
                self.clock.sleep(self.pause)
            self.command("ATZ", 2.0)
            self.command("ATE0V1S7=255", 2.0)
            reason = self.command(f"ATDT{number}", self.carrier_wait)
            if reason.startswith("CONNECT"):
                return int(reason.split()[1]) if " " in reason else 300
            self.give_up()
            if reason == "NO DIALTONE":
                break
        raise CallFailed(reason)

    def command(self, line, patience):
        """The result code of a command line, or "" if none comes in time."""
        self.port.reset_input_buffer()
        self.port.write(line.encode("ascii") + b"\r")
        self.port.timeout = 0.5
        until = self.clock.monotonic() + patience
        while self.clock.monotonic() < until:
            said = self.port.read_until(b"\r\n").decode("latin-1").strip()
            if said == "OK" or said.startswith(RESULTS):
                return said
        return ""

    def give_up(self):
        """Whatever the modem does, it is to stop: a key ends dialling, DTR ends a call."""
        self.port.write(b"\r")
        self.port.dtr = False
        self.clock.sleep(0.5)
        self.port.dtr = True
        self.clock.sleep(0.5)
