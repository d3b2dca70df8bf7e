import pytest

from offhook.modem.hayes import HAYES, ResultCode
from offhook.modem.hayes.result_codes import ALLOWED, connect_number, connect_words, degraded


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


def test_numbers_and_words_are_those_all_makers_agree_on():
    assert {code.value: code.words for code in ResultCode} == {
        0: "OK",
        1: "CONNECT",
        2: "RING",
        3: "NO CARRIER",
        4: "ERROR",
        6: "NO DIALTONE",
        7: "BUSY",
        8: "NO ANSWER",
    }


def test_a_number_of_connect_is_that_of_no_other_code_and_of_one_rate():
    numbers = [number for rate, number in HAYES.connect.items() if rate != 300]
    assert len(numbers) == len(set(numbers))
    assert not set(numbers) & {code.value for code in ResultCode}


@pytest.mark.parametrize(("rate", "number"), [(300, 1), (1200, 5), (2400, 10), (9600, 12), (19200, 14), (57600, 18)])
def test_connect_is_numbered_as_hayes_did(rate: int, number: int):
    assert connect_number(rate, 4, HAYES) == number
    assert connect_number(rate, 0, HAYES) == 1


def test_a_bare_connect_means_300():
    assert connect_words(300, 4) == connect_words(9600, 0) == "CONNECT"
    assert connect_words(9600, 4) == "CONNECT 9600"
