"""One question to PAM, asked in a process of its own: run by `PamPasswords`, never imported.

Standard input is three lines of base64 (service, user, password), standard output one word: `yes`, `no`, or `cannot`
and why. A module of PAM that waits, crashes or leaks does so here, and nothing else in the host runs with its rights.
"""

import base64
import sys

REFUSALS = frozenset({"AUTH_ERR", "USER_UNKNOWN", "ACCT_EXPIRED", "PERM_DENIED", "MAXTRIES", "NEW_AUTHTOK_REQD"})
"""Codes of PAM that speak of the user; the rest speak of the system."""


def main() -> str:
    """The answer."""
    try:
        import pam
    except ImportError:
        return "cannot python-pam is not installed: pip install 'offhook[pam]'"
    lines = sys.stdin.buffer.read(8192).split(b"\n")
    service, user, password = (base64.b64decode(line, validate=True) for line in lines[:3])
    if not user or b"\0" in user + password:
        return "no"
    asked = pam.PamAuthenticator()
    if asked.authenticate(user, password, service, resetcreds=False):  # it calls pam_acct_mgmt too
        return "yes"
    if asked.code in {getattr(pam, f"PAM_{name}") for name in REFUSALS}:
        return "no"
    return f"cannot PAM says {asked.code}"


if __name__ == "__main__":
    print(main())
