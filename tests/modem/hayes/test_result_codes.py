import pytest

from offhook.modem.hayes import ResultCode
from offhook.modem.hayes.result_codes import ALLOWED, degraded


@pytest.mark.parametrize("code", ResultCode, ids=lambda code: code.name)
@pytest.mark.parametrize("level", range(8))
def test_a_code_is_sent_or_degraded_and_never_lost(code: ResultCode, level: int):
    sent = degraded(code, level)
    assert sent is code or (code in ALLOWED and sent is ResultCode.NO_CARRIER)
    assert degraded(sent, level) is sent


@pytest.mark.parametrize(
    ("code", "levels"),
    [
        (ResultCode.NO_DIALTONE, {2, 4, 5, 6, 7}),
        (ResultCode.BUSY, {3, 4, 5, 6, 7}),
        (ResultCode.NO_ANSWER, {3, 4, 5, 6, 7}),
        (ResultCode.NO_CARRIER, set(range(8))),
        (ResultCode.ERROR, set(range(8))),
    ],
)
def test_each_code_is_told_at_its_levels(code: ResultCode, levels: set[int]):
    assert {level for level in range(8) if degraded(code, level) is code} == levels


def test_numbers_and_words_are_those_of_all_makers_that_have_the_code():
    assert {code.value: code.words for code in ResultCode} == {
        0: "OK",
        1: "CONNECT",
        2: "RING",
        3: "NO CARRIER",
        4: "ERROR",
        6: "NO DIALTONE",
        7: "BUSY",
        8: "NO ANSWER",
        11: "RINGING",
        32: "BLACKLISTED",
    }
