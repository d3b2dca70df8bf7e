import threading

import pytest
from caller import ACK, EOT, NAK, SOH, CallError, fetch, log_in

from offhook.testing import PERSONALITIES, Cause, Settings

FILE = bytes(range(256)) * 8


async def send_file(call):
    """What a board does: the caller begins with a NAK, and then has each block until it is acknowledged."""
    while await call.read(1) not in (NAK, b""):
        pass
    for number, at in enumerate(range(0, len(FILE), 128), 1):
        block = FILE[at : at + 128]
        await deliver(call, SOH + bytes([number, 255 - number]) + block + bytes([sum(block) % 256]))
    await deliver(call, EOT)


async def deliver(call, message):
    answer = NAK
    while call.up and answer != ACK:
        call.send(message)
        await call.arrived()
        answer = await call.read(1, within=20)


def test_a_caller_logs_in_and_fetches_a_file(turned_clock, modem):
    port = modem.open()
    modem.far.answer(2400).send(b"Your name: ").expect(b"ann\r").send(b"Your password: ").expect(b"secret\r")
    modem.far.play(send_file).hang_up()
    log_in(port, "5550100", "ann", "secret")
    assert fetch(port) == FILE
    modem.far.finish()


def test_a_file_comes_whole_over_a_bad_line(turned_clock, line_bench):
    call = line_bench.dialled_call(rate=2400, noise=2e-4, seed=3)
    call.far.play(send_file)
    assert fetch(call.port) == FILE


def test_a_board_that_is_busy_is_told(turned_clock, modem):
    modem.far.refuse(Cause.BUSY)
    with pytest.raises(CallError, match="BUSY"):
        log_in(modem.open(), "5550100", "ann", "secret")


def test_a_carrier_that_falls_in_the_middle_ends_the_fetching(turned_clock, dialled_call):
    dialled_call.far.drop_after(1000).play(send_file)
    with pytest.raises(CallError, match="too many errors"):
        fetch(dialled_call.port, tries=1)


@pytest.mark.parametrize("make", PERSONALITIES, ids=lambda make: make.name)
def test_a_caller_with_a_modem_of_any_make_gets_in(turned_clock, exchange, make):
    board = exchange.modem("102", Settings(init="S0=1")).open()
    port = exchange.modem("101", Settings(personality=make)).open()
    answers = threading.Thread(target=play_board, args=(board,))
    answers.start()
    log_in(port, "102", "ann", "secret")
    answers.join(10)
    assert port.read(8) == b"welcome!"


def play_board(board):
    """The other program, in a thread of its own."""
    board.timeout = 60
    for heard, said in ((b"CONNECT", b"name: "), (b"ann\r", b"password: "), (b"secret\r", b"welcome!")):
        board.read_until(heard)
        board.write(said)
