r"""How modem and DTE hold each other up: +IFC, and &K and \Q, which are other ways to say the same (V.250 6.2.12).

+IFC is what counts: by the DTE 0 nothing, 1 XON and XOFF that are taken out, 2 RTS, 3 XON and XOFF passed on;
by the modem 0 nothing, 1 XON and XOFF, 2 CTS. &K6 is RTS and CTS, and XON and XOFF besides; +IFC cannot say that.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

IFC = "+IFC"
BOTH = 6
"""What &K is where RTS and CTS, and XON and XOFF, hold data back."""

_BY_K = MappingProxyType({0: "0,0", 3: "2,2", 4: "1,1", 5: "3,1", BOTH: "2,2"})
_BY_Q = MappingProxyType({0: "0,0", 1: "1,1", 2: "0,2", 3: "2,2"})
WAYS: Mapping[str, Mapping[int, str]] = MappingProxyType({"&K": _BY_K, "\\Q": _BY_Q})
"""The options that set +IFC, and to what; a value that is not there is none of flow control, and leaves it."""
_K_OF = MappingProxyType({"0": 0, "1": 4, "2": 3, "3": 5})
_Q_OF = MappingProxyType({"0": 0, "1": 1, "2": 3, "3": 1})


@dataclass(frozen=True, slots=True)
class Flow:
    """What holds data back: RTS the far end's, CTS the DTE's; XOFF `heard` and `said`; whether it is `passed` on."""

    rts: bool
    cts: bool
    heard: bool
    said: bool
    passed: bool


@cache  # a stalled call asks at every piece
def flow_of(ifc: str, k: int) -> Flow:
    """What +IFC and &K come to."""
    by_dte, _, by_modem = ifc.partition(",")
    both = k == BOTH
    return Flow(
        rts=by_dte == "2",
        cts=by_modem == "2",
        heard=by_dte in ("1", "3") or both,
        said=by_modem == "1" or both,
        passed=by_dte == "3",
    )


def whole(value: str, before: str) -> str:
    """Both ways of +IFC, of which only the first may have been given: the other is as before."""
    return value if "," in value else f"{value},{before.partition(',')[2] or 2}"


def options_of(ifc: str) -> dict[str, int]:
    r"""What &K and \Q are for it; what they cannot say they tell as the DTE's way."""
    by_dte, _, by_modem = ifc.partition(",")
    one_way = by_dte == "0" and by_modem == "2"
    return {"&K": _K_OF[by_dte], "\\Q": 2 if one_way else _Q_OF[by_dte]}
