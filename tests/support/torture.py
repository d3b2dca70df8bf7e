"""How hard the tests try that kill, cut and race: small in `make test`, and as much more as OFFHOOK_TORTURE says."""

import os

SCALE = max(1, int(os.environ.get("OFFHOOK_TORTURE", "1")))
"""1 in `make test`; counts of kills, letters and cuts are multiples of it."""
