"""The tables about letters: accounts, maildrops, and the ways in and out."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from offhook.mailbox.delivery import Limits, target_fault
from offhook.network_names import Address, Domain, Listener, Mode
from offhook.toml_table import Misfit, Section

_FREE = Limits()


def _maildrop_pattern(text: str) -> str:
    rest = text.removeprefix("{home}").replace("{user}", "", 1)
    if rest == text or set(rest) & set("{}\0"):
        raise ValueError('write a path with {user} in it or {home} before it, as in "mail/{user}" or "{home}/Maildir"')
    return text


def _inbox_pattern(text: str) -> str:
    return _maildrop_pattern(text) if text else text


def _targets(value: object) -> tuple[str, ...]:
    targets = (value,) if isinstance(value, str) else tuple(value) if isinstance(value, list | tuple) else ()
    if not targets or not all(isinstance(each, str) for each in targets):
        raise ValueError('write a name or address in quotes, or a list of them, as in ["alice", "bob@example.org"]')
    for each in targets:
        if fault := target_fault(each):
            raise ValueError(fault)
    return targets


Targets = Annotated[tuple[str, ...], BeforeValidator(_targets)]


def _login_pattern(text: str) -> str:
    if text.count("{user}") != 1 or not text.isprintable() or " " in text:
        raise ValueError('write {user} where the name of the account goes, as in "{user}@example.org"')
    return text


Login = Annotated[str, AfterValidator(_login_pattern)]


class Host(Section):
    """What the host calls itself."""

    name: Domain = Field("localhost", description="host name, in the greeting and in new Message-IDs")
    greeting: str = Field("", max_length=200, description="a line shown before `login: `; empty for none")
    idle_minutes: int = Field(15, ge=1, le=1440, description="a caller silent for so long is hung up on")


class Accounts(Section):
    """Where the accounts are kept, and who says whether a password is right."""

    file: str = Field("accounts", min_length=1, description="passwd-style file, made by `offhook account add`")
    backend: Literal["file", "pam", "dovecot", "imap"] = Field(
        "file", description="who checks passwords: the file, PAM, Dovecot's auth service, or the server of `[imap]`"
    )
    service: str = Field("offhook", pattern=r"^[a-z0-9_.-]{1,64}$", description="PAM service, in /etc/pam.d")
    socket: str = Field("/run/dovecot/auth-client", min_length=1, description="Unix socket of Dovecot's auth service")
    login: Login = Field("{user}", description="what Dovecot's auth service knows an account as")
    first_uid: int = Field(
        1_000, ge=0, description="with PAM: users of the system with this number or a larger one get letters here"
    )
    userdb: str = Field(
        "", description="with Dovecot: its socket auth-userdb, by which its users get letters here; empty for none"
    )


class Mail(Section):
    """Where letters are kept and for which domains they are taken."""

    domains: tuple[Domain, ...] = Field(
        ("localhost",),
        min_length=1,
        strict=False,
        description="mail domains of this host; the first is used in new addresses",
    )
    maildrops: Annotated[str, AfterValidator(_maildrop_pattern)] = Field(
        "mail/{user}", description="the mailbox of each account; {home} is the home of the account or system user"
    )
    store: Literal["maildir", "mbox", "imap"] = Field(
        "maildir", description="what mailboxes are, if the account file says no other"
    )
    inbox: Annotated[str, AfterValidator(_inbox_pattern)] = Field(
        "", description="where INBOX is, if not in the mailbox: /var/mail/{user} for mbox files"
    )
    index: str = Field(
        "index", description="folder of the mailboxes' indexes, which may be removed at any time; empty for none"
    )
    spool: str = Field("spool", min_length=1, description="folder of letters waiting to leave")
    aliases: Mapping[str, Targets] = Field(
        default_factory=dict, description="other names, each with the name, address or list it leads to"
    )
    aliases_file: str = Field("", description="more of them, in the form of /etc/aliases; read again when it changes")
    separator: str = Field("+", pattern=r"^[-+=_.]?$", description="between a name and its detail; empty for none")
    forward_sender: Literal["keep", "own"] = Field(
        "keep", description="the envelope sender of letters that go on elsewhere: as it came, or the address here"
    )
    largest_letter: int = Field(
        25_000_000, ge=65_536, le=1_000_000_000, description="bytes; larger letters are refused"
    )


class Forward(Section):
    """An account whose letters go on to other addresses."""

    account: str = Field(min_length=1, description="whose")
    to: Targets = Field(max_length=100, description="names here, or addresses")
    keep: bool = Field(False, description="keep a copy")


class Bounds(Section):
    """What the clients of a listener may take."""

    connections: int = Field(_FREE.connections, ge=1, le=10_000, description="most connections at a time")
    connections_each: int = Field(
        _FREE.connections_each, ge=1, le=10_000, description="most of them from one address; a Unix socket has none"
    )
    recipients: int = Field(_FREE.recipients, ge=1, le=1_000, description="most recipients of one letter")
    idle_seconds: float = Field(_FREE.silence, ge=1, le=3_600, description="longest silence of a client")


class Smtp(Listener, Bounds):
    """Letters from other machines, or from programs here, by SMTP."""


def _loopback(text: str) -> str:
    if text.rpartition(":")[0].strip("[]") not in ("127.0.0.1", "::1", "localhost"):
        raise ValueError("LMTP asks nobody who they are: write an address of this machine alone, 127.0.0.1 or [::1]")
    return text


class Lmtp(Bounds):
    """Letters from a mail server on this machine, by LMTP."""

    socket: str = Field("lmtp.sock", min_length=1, description="path of the Unix socket")
    mode: Mode = Field(0o600, description="who may deliver there: 0o600 the host's own user, 0o660 a group too")
    group: str = Field("", description="group of the socket, such as postfix; empty for the host's own")
    listen: Annotated[Address, AfterValidator(_loopback)] | None = Field(
        None, description="HOST:PORT of this machine to listen on besides"
    )


def _command(value: tuple[str, ...]) -> tuple[str, ...]:
    if not value[0].startswith("/") or any("\0" in each for each in value):
        raise ValueError('write the whole path of the program, as in ["/usr/sbin/sendmail"]')
    return value


class Sendmail(Section):
    """The program of a mail server on this machine that takes letters for other hosts."""

    command: Annotated[tuple[str, ...], AfterValidator(_command)] = Field(
        ("/usr/sbin/sendmail",), min_length=1, strict=False, description="the program, and options of its own"
    )
    seconds: float = Field(300, ge=1, le=3_600, description="longest that it may take with one letter")


class Smarthost(Section):
    """The mail server that takes letters for other hosts."""

    host: Domain = Field(description="its name")
    port: int = Field(587, ge=1, le=65535, description="587 for STARTTLS, 465 for TLS")
    security: Literal["starttls", "tls", "none"] = Field("starttls", description="how the connection is protected")
    user: str = Field("", max_length=200, description="name to authenticate with; empty for none")
    password_file: str = Field("", description="file with the password in its first line")

    @model_validator(mode="after")
    def _credentials(self) -> "Smarthost":
        if bool(self.user) != bool(self.password_file):
            raise ValueError("user and password_file belong together: set both or neither")
        return self


def _is_this_machine(host: str) -> bool:
    return host in ("localhost", "::1") or host.startswith("127.")


class Imap(Section):
    """The mail server that letters stay on, with `store = "imap"`, or that checks passwords."""

    host: Domain = Field(description="its name, for which its certificate must be")
    port: int = Field(143, ge=1, le=65535, description="143 for STARTTLS, 993 for TLS")
    security: Literal["starttls", "tls", "none"] = Field("starttls", description="how the connection is protected")
    in_clear: bool = Field(False, description='allow `security = "none"` to another machine')
    ca_file: str = Field("", description="certificates that are believed in place of the system's")
    login: Login = Field("{user}", description="what the server knows an account as")
    master_user: str = Field("", max_length=200, description="user who may log in as everybody; empty for none")
    password_file: str = Field("", description="file with the master user's password in its first line")

    @model_validator(mode="after")
    def _protected(self) -> "Imap":
        if bool(self.master_user) != bool(self.password_file):
            raise ValueError("master_user and password_file belong together: set both or neither")
        if self.security == "none" and not (self.in_clear or _is_this_machine(self.host)):
            raise Misfit(("security",), "passwords would go in clear to another machine: use starttls or tls")
        return self
