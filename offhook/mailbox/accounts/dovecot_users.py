"""What Dovecot knows of its users: a question to its socket `auth-userdb`, as dovecot-lda asks it.

Both sides tell their version; then `USER id name service=...` is answered by `USER` with the user's fields, `NOTFOUND`
or `FAIL` (Dovecot's documentation: authentication protocol, master side).
"""

import socket
from pathlib import Path

from offhook.mailbox.accounts.subscribers import Account, AccountError

PATIENCE = 5.0
"""Seconds that one call to the socket may take."""
LARGEST_ANSWER = 65_536
_UNKNOWN_PLACES = {"mail_location", "mail_driver", "mail_path", "mail_inbox_path"}
"""Settings in place of `mail`: whoever overlooks them puts letters where nobody reads them."""
_ESCAPES = {"0": "\0", "1": "\1", "t": "\t", "r": "\r", "n": "\n"}


class DovecotUsers:
    """A `Lookup`: asks the userdb socket at `path`; `login` makes of a name what Dovecot knows."""

    def __init__(self, path: Path, login: str = "{user}") -> None:
        self._path = path
        self._login = login

    def __call__(self, name: str) -> Account | None:
        """The user of that name, with the home, the owner and the place of letters that Dovecot says."""
        try:
            fields = self._ask(self._login.replace("{user}", name))
        except (OSError, ValueError) as error:
            why = error.strerror or "it does not answer" if isinstance(error, OSError) else str(error)
            raise AccountError(f"Dovecot cannot be asked at {self._path}: {why}.") from error
        if fields is None:
            return None
        said = dict(field.partition("=")[::2] for field in map(_unescaped, fields))
        if not said.keys().isdisjoint(_UNKNOWN_PLACES):
            raise AccountError(f"Dovecot says where the letters of {name} are in a way that is not known here.")
        ids = [int(said[key]) for key in ("uid", "gid") if said.get(key, "").isdecimal() and len(said[key]) < 11]
        owner = (ids[0], ids[1]) if len(ids) == 2 else None
        if owner is not None and 0 in owner:
            raise AccountError(f"Dovecot says that {name} is root, who gets no letters here: write an alias for it.")
        return Account(name, "", home=said.get("home", ""), mail=said.get("mail", ""), owner=owner)

    def _ask(self, login: str) -> list[str] | None:
        """The fields of the answer, None if there is no such user. Raises `OSError`, `ValueError`."""
        with socket.socket(socket.AF_UNIX) as wire:
            wire.settimeout(PATIENCE)
            wire.connect(str(self._path))
            wire.sendall(f"VERSION\t1\t1\nUSER\t1\t{login}\tservice=offhook\n".encode())
            answer = b""
            while len(answer) < LARGEST_ANSWER:
                piece = wire.recv(4096)
                if not piece:
                    break
                answer += piece
                for line in answer.split(b"\n")[:-1]:
                    command, *fields = line.decode("utf-8", "replace").split("\t")
                    if command == "VERSION" and fields[:1] != ["1"]:
                        raise ValueError("it speaks another version of the protocol")
                    match command, fields[:1]:
                        case "USER", ["1"]:
                            return fields[2:]
                        case "NOTFOUND", ["1"]:
                            return None
                        case "FAIL", ["1"]:
                            raise ValueError("it cannot tell at present, or not to this user")
        raise ValueError("it does not speak its protocol")


def _unescaped(field: str) -> str:
    first, *rest = field.split("\1")
    return first + "".join(_ESCAPES.get(each[:1], each[:1]) + each[1:] for each in rest)
