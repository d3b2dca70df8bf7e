"""Password hashes as the account file holds them: argon2 for new ones, crypt(3) for those made elsewhere.

Every hash says by itself of what kind it is (`$argon2id$...`, `$6$...`, `$2y$...`, `$y$...`). Those of crypt(3) are
checked by the system's own library, which the standard library no longer reaches from Python 3.13 on. What checks is
loaded with the first check: who only asks the file for accounts does without.
"""

import hmac
import re
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from argon2 import PasswordHasher

CHECKED = frozenset({"ARGON2ID", "ARGON2I", "SHA512-CRYPT", "SHA256-CRYPT", "BLF-CRYPT", "CRYPT"})
"""Dovecot's names of the schemes whose hashes are checked; the rest match no password here."""
_ARGON2 = re.compile(r"\$argon2(?:id?|d)\$v=\d+\$[a-z0-9=,]+\$")
_CRYPT = re.compile(r"\$(?:2[aby]|5|6|7|y|gy)\$")  # not $1$ and the old ones of 13 characters: too weak
_KIND = re.compile(
    _ARGON2.pattern + r"|\$2[aby]\$\d\d\$|\$[56]\$(?:rounds=\d+\$)?|\$(?:g?y|7)\$[^$]*"  # and what it costs
)
_CRYPT_DATA = 256 * 1024
"""Bytes; more than any crypt(3) wants for its `struct crypt_data` (glibc 131,232, libxcrypt 32,768)."""
_LIBRARIES = ("libcrypt.so.1", "libcrypt.so.2", "libc.so.6")


def hasher() -> "PasswordHasher":
    """What makes new hashes: the least that OWASP advises."""
    from argon2 import PasswordHasher

    return PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


def is_checked(hash_: str) -> bool:
    """Whether a password can match this hash here."""
    return hash_.isascii() and bool(_ARGON2.match(hash_) or _CRYPT.match(hash_))


def kind_of(hash_: str) -> str:
    """What two hashes have in common that take the same time to check."""
    found = _KIND.match(hash_)
    return found[0] if found else ""


def matches(hash_: str, password: str) -> bool:
    """Whether the password is the one that was hashed; takes its time, and raises nothing."""
    octets = password.encode("utf-8", "replace")
    if not hash_.startswith("$argon2"):
        return _crypt_matches(hash_, octets)
    from argon2.exceptions import InvalidHashError, VerificationError

    try:
        return hasher().verify(hash_, octets)
    except (VerificationError, InvalidHashError, UnicodeEncodeError):  # the last: a hash that is no ASCII
        return False


def _crypt_matches(hash_: str, password: bytes) -> bool:
    crypt_r = _crypt_r()
    if crypt_r is None or not hash_.isascii() or not _CRYPT.match(hash_) or b"\0" in password:
        return False
    import ctypes

    data = ctypes.create_string_buffer(_CRYPT_DATA)
    made = crypt_r(password, hash_.encode(), data)
    return made is not None and made.startswith(b"$") and hmac.compare_digest(made, hash_.encode())


@cache
def _crypt_r() -> Any:
    """crypt_r(3), or None where there is none."""
    import ctypes

    for name in _LIBRARIES:
        try:
            function = ctypes.CDLL(name).crypt_r
        except (OSError, AttributeError):
            continue
        function.argtypes = (ctypes.c_char_p, ctypes.c_char_p, ctypes.c_char_p)
        function.restype = ctypes.c_char_p
        return function
    return None
