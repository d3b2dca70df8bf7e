"""Who has a pty open: the count of its clients, kept by events and found out anew when events were lost."""

from collections.abc import Callable, Sequence
from typing import Protocol

from offhook.modem.ports.pty_pair import Pty
from offhook.modem.ports.pty_watch import PtyWatch


class AttachedTo(Protocol):
    """A port that wants to know."""

    def client_came(self) -> None:
        """The terminal was open to nobody and now is to somebody."""

    def client_left(self, another_follows: bool) -> None:
        """The last client has gone; with `another_follows` the next one is known to be there already."""

    def settings_waiting(self) -> None:
        """A change of settings can be read from the master without touching its bytes."""

    def failed(self, error: OSError) -> None:
        """The pty is of no more use."""


class Attachment:
    """Watches one pty from the making to `close`. Making it may raise OSError."""

    def __init__(self, pty: Pty, watch: PtyWatch, port: AttachedTo) -> None:
        self._pty = pty
        self._watch = watch
        self._port = port
        self._watched = watch.add(pty.tty, self)
        self._closed = False
        self._counted = True  # False: events were lost, and `clients` says only whether anybody is there
        self.clients = 0
        """How many have the terminal open; 1 if that is not known exactly."""

    def close(self) -> None:
        """Watch no more."""
        self._closed = True
        self.clients = 0
        self._watch.leave_settings(self._pty.master)
        self._watch.remove(self._watched)

    def openings(self, came: Sequence[bool]) -> None:
        """Clients came (True) and went (False), in this order."""
        for at, opened in enumerate(came):
            if self._closed:
                return
            if opened:
                self.clients += 1
                if self.clients == 1:
                    self._port.client_came()
            elif not self._counted:
                self.openings_unknown()
                return
            elif self.clients:
                self.clients -= 1
                if not self.clients:
                    self._port.client_left(another_follows=True in came[at:])

    def followed(self) -> bool:
        """Whether another client may be there already, who has not been counted yet."""
        return self._watch.opened(self._watched)

    def openings_unknown(self) -> None:
        """Find out whether anybody has the terminal open: let go of it ourselves and see whether it hangs up."""
        if self._closed:
            return
        before = self.clients
        try:
            self._counted = self._renew()
        except OSError as error:
            self._port.failed(error)
            return
        self.clients = 0 if self._counted else 1
        if before and not self.clients:
            self._port.client_left(another_follows=False)
        elif self.clients and not before:
            self._port.client_came()

    def settings_waiting(self) -> None:
        """Heard by the watch while the master is not read."""
        self._port.settings_waiting()

    def tend(self, work: Callable[[Pty], None]) -> None:
        """Do what needs our own descriptor of the client's side; if it cannot be done, the pty has failed."""
        try:
            if self._pty.hung_up():
                self._renew()
            work(self._pty)
        except OSError as error:
            self._port.failed(error)

    def hear_settings(self, wanted: bool) -> None:
        """Have changes of settings told while the master is not read, or no more."""
        if wanted:
            self._watch.hear_settings(self._pty.master, self)
        else:
            self._watch.leave_settings(self._pty.master)

    def _renew(self) -> bool:
        """Whether nobody else has the terminal open. Our own close and open go unheard. Raises OSError."""
        self._watch.remove(self._watched)
        alone = self._pty.renew()
        self._watched = self._watch.add(self._pty.tty, self)
        return alone
