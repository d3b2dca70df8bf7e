"""A modem on the bench, in turned time: calls both ways, and faults made to order."""

from pathlib import Path

import pytest
import serial

from offhook.modem.hayes import Settings, State
from offhook.testing import Bench, CallerId, Cause, Modem, Quality, TurnedClock
from tests.support.line_client import LineClient


def command(port: serial.SerialBase, line: bytes) -> bytes:
    port.write(line + b"\r")
    echo = port.read_until(b"\r")
    assert echo == line + b"\r"
    return port.read_until(b"\r\n") + port.read_until(b"\r\n")


@pytest.fixture
def port(turned_clock: TurnedClock, modem: Modem) -> serial.SerialBase:
    port = modem.open()
    assert command(port, b"AT") == b"\r\nOK\r\n"
    return port


def test_a_call_that_is_dialled(turned_clock: TurnedClock, modem: Modem, port: serial.SerialBase):
    modem.far.answer(2400, after=8).send(b"login: ").expect(b"me\r").hang_up()
    began = turned_clock.monotonic()
    port.timeout = 60
    assert command(port, b"ATDT555-0100") == b"\r\nCONNECT 2400\r\n"
    assert turned_clock.monotonic() - began == pytest.approx(8, abs=0.01)
    assert port.cd
    assert port.read(7) == b"login: "
    port.write(b"me\r")
    modem.far.finish()
    assert port.read_until(b"CARRIER\r\n") == b"\r\nNO CARRIER\r\n"
    assert not port.cd
    assert modem.far.dialled == ["5550100"]
    assert "Dial(" in modem.transcript
    assert modem.state is State.IDLE


def test_ring_three_times_then_stop(turned_clock: TurnedClock, modem: Modem, port: serial.SerialBase):
    modem.far.ring(3)
    heard, rings, lit = b"", 0, False
    until = turned_clock.monotonic() + 30
    port.timeout = 0.25
    while turned_clock.monotonic() < until:
        heard += port.read(100)
        rings += port.ri and not lit
        lit = port.ri
    assert heard == b"\r\nRING\r\n" * 3
    assert rings == 3
    modem.far.finish()


def test_a_call_that_is_answered(modem: Modem, port: serial.SerialBase):
    modem.far.ring(5).send(b"hello")
    assert port.read_until(b"RING\r\n") == b"\r\nRING\r\n"
    assert command(port, b"ATA").startswith(b"\r\nCONNECT")
    assert port.read(5) == b"hello"
    port.dtr = False
    assert port.read_until(b"OK\r\n") == b"\r\nOK\r\n"
    assert not modem.far.in_call


def test_a_modem_that_is_off_hook_is_found_busy(modem: Modem, port: serial.SerialBase):
    assert command(port, b"ATH1") == b"\r\nOK\r\n"
    modem.far.ring().finish()
    assert modem.far.found_busy == 1


@pytest.mark.parametrize(
    ("cause", "result"),
    [
        (Cause.BUSY, b"BUSY"),
        (Cause.NO_ROUTE, b"NO DIALTONE"),
        (Cause.NO_ANSWER, b"NO ANSWER"),
        (Cause.UNOBTAINABLE, b"NO CARRIER"),
    ],
)
def test_a_call_that_cannot_be_had(modem: Modem, port: serial.SerialBase, cause: Cause, result: bytes):
    modem.far.refuse(cause)
    assert command(port, b"ATDT5") == b"\r\n" + result + b"\r\n"


def test_nobody_answers_a_far_end_without_a_script(turned_clock: TurnedClock, modem: Modem, port: serial.SerialBase):
    port.timeout = 100
    began = turned_clock.monotonic()
    assert command(port, b"ATS7=30DT5") == b"\r\nNO ANSWER\r\n"
    assert turned_clock.monotonic() - began == pytest.approx(30)
    assert command(port, b"ATS7=255DT5") == b"\r\nNO ANSWER\r\n"
    assert turned_clock.monotonic() - began == pytest.approx(90)
    modem.far.silence().finish()
    assert command(port, b"ATS7=30DT5") == b"\r\nNO CARRIER\r\n"


def test_send_this_and_drop_the_carrier_after_four_kilobytes(modem: Modem, port: serial.SerialBase):
    modem.far.answer(2400).drop_after(4096).send(bytes(10_000))
    assert command(port, b"ATDT5") == b"\r\nCONNECT 2400\r\n"
    port.timeout = 60
    assert port.read(10_000) == bytes(4096) + b"\r\nNO CARRIER\r\n"


def test_a_line_has_its_rate_both_ways(turned_clock: TurnedClock, modem: Modem, port: serial.SerialBase):
    modem.far.answer(300).send(b"x" * 60)
    command(port, b"ATDT5")
    began = turned_clock.monotonic()
    port.timeout = 60
    assert port.read(60) == b"x" * 60
    assert turned_clock.monotonic() - began == pytest.approx(2, abs=0.05)
    began = turned_clock.monotonic()
    port.write(b"y" * 60)
    modem.far.expect(b"y" * 60).finish()
    assert turned_clock.monotonic() - began == pytest.approx(2, abs=0.05)


def test_results_are_garbled_withheld_doubled_and_late(
    turned_clock: TurnedClock, modem: Modem, port: serial.SerialBase
):
    port.timeout = 2
    modem.garble("CONNECT")
    modem.far.answer().hang_up()
    assert command(port, b"ATDT5") == b"\r\nCON\xceECT 115200\r\n"
    assert port.read(1000) == b"\r\nNO CARRIER\r\n"
    modem.garble(b"OK", b"0K")
    assert command(port, b"AT") == b"\r\n0K\r\n"
    modem.withhold("\r\nOK\r\n")
    assert command(port, b"AT") == b""
    modem.double("\r\nOK\r\n")
    assert command(port, b"AT") + port.read(100) == b"\r\nOK\r\n\r\nOK\r\n"
    modem.delay("OK", 1.5)
    began = turned_clock.monotonic()
    assert command(port, b"AT") == b"\r\nOK\r\n"
    assert turned_clock.monotonic() - began == pytest.approx(1.5, abs=0.01)


@pytest.mark.parametrize(("seconds", "stays"), [(0.030, True), (0.2, False)])
def test_dtr_glitches(turned_clock: TurnedClock, modem: Modem, port: serial.SerialBase, seconds: float, stays: bool):
    modem.far.answer()
    command(port, b"ATDT5")
    modem.glitch("dtr", seconds)
    turned_clock.sleep(1)
    assert port.cd is modem.far.in_call is stays


def test_the_dtes_inputs_glitch_too(turned_clock: TurnedClock, modem: Modem, port: serial.SerialBase):
    modem.far.answer()
    command(port, b"ATDT5")
    modem.glitch("dcd", 0.5)
    assert not port.cd
    turned_clock.sleep(0.6)
    assert port.cd


def test_the_far_end_answers_what_it_hears(modem: Modem, port: serial.SerialBase):
    async def echo(call) -> None:
        while character := await call.read(1, within=5):
            call.send(character.upper())
            await call.arrived()

    modem.far.answer().play(echo).send(b"!").send_break()
    command(port, b"ATDT5")
    port.write(b"abc")
    assert port.read(4) == b"ABC!"


def test_a_script_that_fails_fails_the_test(turned_clock: TurnedClock):
    bench = Bench(turned_clock)
    modem = bench.modem()
    modem.far.answer().expect(b"password", within=5)
    port = modem.open()
    port.write(b"ATDT5\r")
    port.read(1000)
    with pytest.raises(AssertionError, match=r"b'password' did not come within 5 s; heard b''"):
        modem.far.finish()
    with pytest.raises(AssertionError, match="password"):
        bench.close()


def test_modems_on_an_exchange_call_each_other(turned_clock: TurnedClock, exchange):
    one, other = exchange.modem("101"), exchange.modem("102", Settings(init="S0=1"))
    with pytest.raises(ValueError, match="in use"):
        exchange.modem("102")
    with pytest.raises(ValueError, match="no number"):
        exchange.modem("7")
    near, far = one.open(), other.open()
    assert command(near, b"ATDT102").startswith(b"\r\nCONNECT")
    far.timeout = 1
    assert b"CONNECT" in far.read(1000)
    near.write(b"hello")
    assert far.read(5) == b"hello"
    near.dtr = False
    assert far.read_until(b"CARRIER\r\n") == b"\r\nNO CARRIER\r\n"
    assert [record.destination for record in exchange.records] == ["102"]


def test_a_far_end_at_a_number_answers_at_a_rate_and_drops_the_carrier(turned_clock: TurnedClock, exchange):
    board = exchange.far("102").answer(2400, after=8).drop_after(4096).send(bytes(10_000))
    port = exchange.modem("101").open(timeout=60)
    began = turned_clock.monotonic()
    assert command(port, b"ATDT102") == b"\r\nCONNECT 2400\r\n"
    assert turned_clock.monotonic() - began == pytest.approx(8, abs=0.1)
    assert port.read(20_000) == bytes(4096) + b"\r\nNO CARRIER\r\n"
    board.finish()
    assert (board.dialled, board.in_call) == (["102"], False)
    board.answer(1200).send(b"login: ").expect(b"me\r").hang_up()
    assert command(port, b"ATDT102") == b"\r\nCONNECT 1200\r\n"
    assert port.read_until(b": ") == b"login: "
    port.write(b"me\r")
    assert port.read_until(b"CARRIER\r\n") == b"\r\nNO CARRIER\r\n"
    board.finish()
    assert [(record.destination, record.rate, record.cause) for record in exchange.records] == [
        ("102", 2400, Cause.NORMAL),
        ("102", 1200, Cause.NORMAL),
    ]


def test_a_far_end_at_a_number_rings_three_times_and_stops_or_is_answered(turned_clock: TurnedClock, exchange):
    port = exchange.modem("101").open(timeout=30)
    assert command(port, b"AT+VCID=1") == b"\r\nOK\r\n"
    far = exchange.far("102").ring(3)
    heard = port.read(1000)
    assert heard.count(b"RING") == 3
    assert b"NMBR = 102\r\n" in heard
    far.finish()
    far.ring(number="101", caller=CallerId("5551234")).send(b"hello").expect(b"bye")
    heard = port.read_until(b"RING\r\n") + port.read_until(b"RING\r\n")
    assert b"NMBR = 5551234\r\n" in heard
    port.write(b"ATA\r")
    assert b"CONNECT" in port.read_until(b"CONNECT") + port.read_until(b"\r\n")
    assert port.read_until(b"hello").endswith(b"hello")
    port.write(b"bye")
    far.finish()
    port.dtr = False
    assert port.read_until(b"\r\n")
    assert [record.cause for record in exchange.records] == [Cause.ABANDONED, Cause.NORMAL]
    assert not far.in_call


def test_far_ends_at_several_numbers_each_have_their_script_and_refuse(turned_clock: TurnedClock, exchange):
    first = exchange.far("102").refuse(Cause.BUSY).refuse(Cause.BUSY).refuse(Cause.OUT_OF_SERVICE)
    first.answer(2400).wait(120).hang_up()
    second = exchange.far("103").refuse(Cause.NO_ANSWER).answer(1200)
    port = exchange.modem("101").open(timeout=200)
    other = exchange.modem("104").open(timeout=200)
    assert command(port, b"ATX4DT102") == b"\r\nBUSY\r\n"
    assert command(port, b"ATDT102") == b"\r\nBUSY\r\n"
    assert command(port, b"ATDT102") == b"\r\nNO CARRIER\r\n"
    assert command(port, b"ATS7=255DT103") == b"\r\nNO ANSWER\r\n"
    assert command(port, b"ATDT102") == b"\r\nCONNECT 2400\r\n"
    assert command(other, b"ATDT102") == b"\r\nBUSY\r\n"
    assert command(other, b"ATDT103") == b"\r\nCONNECT 1200\r\n"
    second.hang_up()
    first.finish()
    second.finish()
    assert [record.cause for record in exchange.records if record.destination == "103"][:1] == [Cause.NO_ANSWER]
    assert len(exchange.records) == 7


def test_a_carrier_falls_behind_so_many_bytes_however_slow_the_line_is(turned_clock: TurnedClock, modem: Modem):
    modem.far.answer(300).drop_after(4096).send(bytes(4096))
    port = modem.open(timeout=200)
    assert command(port, b"ATDT5550100") == b"\r\nCONNECT\r\n"
    assert port.read_until(b"CARRIER\r\n") == bytes(4096) + b"\r\nNO CARRIER\r\n"
    assert not modem.far.in_call


def test_a_far_end_that_calls_a_modem_in_a_call_finds_it_busy(turned_clock: TurnedClock, exchange):
    port = exchange.modem("101").open(timeout=60)
    exchange.far("102").answer(2400)
    third = exchange.far("103")
    assert command(port, b"ATDT102") == b"\r\nCONNECT 2400\r\n"
    third.ring(3).finish()
    assert third.found_busy == 1


def test_a_number_may_go_out_of_service_while_it_rings_and_is_back_for_the_next_call(turned_clock, exchange):
    far = exchange.far("102").wait(8).refuse(Cause.OUT_OF_SERVICE)
    port = exchange.modem("101").open(timeout=120)
    assert command(port, b"ATDT102") == b"\r\nNO CARRIER\r\n"
    far.finish()
    far.answer(2400).hang_up()
    assert command(port, b"ATDT102") == b"\r\nCONNECT 2400\r\n"


def test_what_a_far_end_on_an_exchange_cannot_do_is_told(turned_clock: TurnedClock, line_bench):
    exchange = line_bench.exchange()
    far = exchange.far("102")
    with pytest.raises(ValueError, match="in use"):
        exchange.modem("102")
    with pytest.raises(ValueError, match="in use"):
        exchange.far("102")
    with pytest.raises(ValueError, match="no number of this exchange"):
        exchange.far("7")
    with pytest.raises(ValueError, match="on an exchange"):
        far.silence()
    with pytest.raises(ValueError, match="BUSY, NO_ANSWER, OUT_OF_SERVICE"):
        far.refuse(Cause.NO_ROUTE)
    with pytest.raises(AssertionError, match="whom does it ring"):
        far.ring(3).finish()
    with pytest.raises(AssertionError, match="111 cannot be called: out of service"):
        exchange.far("103").ring(number="111").finish()
    with pytest.raises(AssertionError, match="on and off"):
        exchange.far("104").ring(number="111", on=1.0).finish()
    with pytest.raises(AssertionError, match="the far end"):
        line_bench.close()
    line_bench._made.clear()


def test_a_far_end_on_an_exchange_lives_in_real_time_too(exchange):
    far = exchange.far("102").answer(9600).send(b"hello").hang_up()
    port = exchange.modem("101").open(timeout=60)
    assert command(port, b"ATDT102") == b"\r\nCONNECT 9600\r\n"
    assert port.read_until(b"CARRIER\r\n") == b"hello\r\nNO CARRIER\r\n"
    far.finish()


def test_an_exchange_may_have_numbers_of_the_tests_own_some_of_them_vacant(turned_clock: TurnedClock, line_bench):
    exchange = line_bench.exchange(numbers=["555-1234", "112"], vacant=["5550000"], line=Quality(rate=2400))
    alarm = exchange.modem("555-1234", Settings(init="W2"))
    police = exchange.modem("112", Settings(init="S0=1")).open()
    with pytest.raises(ValueError, match="they are 555-1234, 112"):
        exchange.modem("101")
    port = alarm.open()
    assert command(port, b"ATDT5550000") == b"\r\nNO CARRIER\r\n"
    assert command(port, b"ATDT112") == b"\r\nCONNECT 2400\r\n"
    port.dtr = False
    port.timeout = 1
    port.read(100)
    port.dtr = True
    assert command(port, b"ATDT100") == b"\r\nCONNECT 2400\r\n", "the line that is free"
    assert [record.cause.value for record in exchange.records] == ["out of service", "normal"]
    assert police.read_until(b"NO CARRIER").count(b"CONNECT") == 1


def test_an_exchange_may_have_the_number_of_the_group_for_its_own(turned_clock: TurnedClock, line_bench):
    exchange = line_bench.exchange(numbers=["100", "200"])
    called = exchange.modem("100", Settings(init="S0=1")).open()
    assert command(exchange.modem("200").open(), b"ATDT100").startswith(b"\r\nCONNECT")
    assert called.cd


def test_a_dialled_call_is_up(dialled_call):
    assert dialled_call.connect == "CONNECT 115200"
    dialled_call.far.send(b"hi")
    assert dialled_call.port.read(2) == b"hi"


def test_a_flaky_line_makes_the_same_errors_each_time(turned_clock: TurnedClock, line_bench: Bench, flaky_line):
    heard = []
    for call in (flaky_line, line_bench.dialled_call(rate=2400, noise=1e-3, drop=2e-3, seed=1)):
        call.far.send(bytes(2000))
        call.port.timeout = 30
        heard.append(call.port.read(2000))
    assert heard[0] == heard[1] != bytes(2000)
    assert 1980 < len(heard[0]) < 2000


def test_a_line_that_trains_anew_stands_still_and_loses_nothing(turned_clock: TurnedClock, line_bench: Bench):
    call = line_bench.dialled_call(rate=2400, retrains=20, retrain=4, seed=1)
    began = turned_clock.monotonic()
    call.far.send(b"x" * 4800)
    call.port.timeout = 200
    assert call.port.read(4800) == b"x" * 4800
    assert turned_clock.monotonic() - began > 24


def test_without_a_turned_clock_a_modem_is_there_in_real_time(modem: Modem):
    modem.far.answer(2400).send(b"hello")
    port = modem.open()
    assert command(port, b"ATDT5") == b"\r\nCONNECT 2400\r\n"
    assert port.read(5) == b"hello"
    modem.far.hang_up().finish(60)
    assert port.read_until(b"CARRIER\r\n") == b"\r\nNO CARRIER\r\n"


def test_a_modem_on_a_tty_is_there_for_any_program(tty_modem: Modem):
    tty_modem.far.answer(2400, after=0.2).send(b"hello").expect(b"bye").hang_up()
    with LineClient(tty_modem.url) as program:
        program.command("ATE0")
        program.type("ATDT5550100\r")
        program.expect("CONNECT 2400\r\n")
        program.expect("hello")
        program.type("bye")
        program.expect("NO CARRIER")
    tty_modem.far.ring(3)
    with tty_modem.open() as port:
        assert port.read_until(b"RING\r\n").endswith(b"\r\nRING\r\n")
    with pytest.raises(ValueError, match="no lines"):
        tty_modem.glitch("dcd", 1)


def test_a_tty_has_no_turned_time(turned_clock: TurnedClock, line_bench: Bench, tmp_path: Path):
    with pytest.raises(ValueError, match="real time"):
        line_bench.tty_modem(tmp_path / "modem")
