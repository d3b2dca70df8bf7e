"""pyserial on a line in memory, with a clock that is turned by waiting."""

import itertools
import threading
from collections.abc import Iterator

import pytest
import serial
from hypothesis import given, settings
from hypothesis import strategies as st

import offhook.serial_urls
from offhook.virtual_lines.pairs import LINES, CableOptions, Wire
from tests.support.hand_clock import HandClock

NUMBERS = itertools.count()


class Line:
    """A line with both ends open."""

    def __init__(self, options: CableOptions | None = None) -> None:
        self.clock = HandClock()
        self.name = f"line{next(NUMBERS)}"
        LINES.put(self.name, Wire(options, self.clock))
        self.a, self.b = (serial.serial_for_url(f"offhook://{self.name}/{end}", timeout=1) for end in "ab")

    def close(self) -> None:
        self.a.close()
        self.b.close()
        LINES.remove(self.name)


@pytest.fixture
def line() -> Iterator[Line]:
    line = Line()
    yield line
    line.close()


@pytest.fixture
def slow() -> Iterator[Line]:
    line = Line(CableOptions(rate=300))
    yield line
    line.close()


def test_each_hears_what_the_other_writes_and_sees_its_lines(line: Line):
    for near, far in ((line.a, line.b), (line.b, line.a)):
        assert near.write(b"hello") == 5
        assert far.in_waiting == 5
        assert far.read(5) == b"hello"
        for level in (False, True):
            near.dtr = level
            assert (far.dsr, far.cd, far.cts) == (level, level, True)
            near.rts = level
            assert (far.dsr, far.cd, far.cts) == (level, level, level)
            near.rts = True


def test_a_port_that_is_closed_has_its_lines_off_and_says_so(line: Line):
    line.b.close()
    assert (line.a.dsr, line.a.cd, line.a.cts) == (False, False, False)
    line.a.write(b"nobody hears this")
    line.b.open()
    assert line.b.in_waiting == 0
    line.b.close()
    for use in (line.b.read, lambda: line.b.in_waiting, lambda: line.b.write(b"x"), lambda: line.b.cd, line.b.flush):
        with pytest.raises(serial.PortNotOpenError):
            use()


def test_the_lines_at_the_opening_are_those_that_were_set_before(line: Line):
    line.b.close()
    line.b.dtr = False
    line.b.open()
    assert (line.a.dsr, line.a.cts) == (False, True)


def test_an_end_is_opened_once_and_a_line_is_forgotten_when_both_are_closed():
    url = f"offhook://line{next(NUMBERS)}"
    with serial.serial_for_url(f"{url}/a?rate=300"):
        with pytest.raises(serial.SerialException, match="in use"):
            serial.serial_for_url(f"{url}/a")
        with pytest.raises(serial.SerialException, match="other options"):
            serial.serial_for_url(f"{url}/b?rate=600")
    serial.serial_for_url(f"{url}/b?rate=600").close()


@pytest.mark.parametrize(
    ("rest", "why"),
    [
        ("", "is no line"),
        ("/c", "is no line"),
        ("/a?speed=5", "there is no option 'speed'"),
        ("/a?rate=fast", r"an option is no number: write .*rate=2400"),
        ("/a?rate=1", "rate is 50"),
        ("/a?noise=2", "noise and drop are 0 to 1"),
    ],
)
def test_a_url_that_is_wrong_says_what_would_be_right(rest: str, why: str):
    with pytest.raises(serial.SerialException, match=why):
        serial.serial_for_url(f"offhook://name{rest}")


def test_a_read_ends_when_its_time_is_over_with_what_there_is(line: Line):
    began = line.clock.time
    line.a.write(b"abc")
    assert line.b.read(5) == b"abc"
    assert line.clock.time == began + 1
    line.b.timeout = 0
    assert line.b.read(5) == b""
    assert line.clock.time == began + 1


def test_a_read_waits_for_bytes_that_come_later(line: Line):
    line.b.timeout = None
    line.clock.after(5, lambda: line.a.write(b"ab"))
    line.clock.after(7, lambda: line.a.write(b"cd"))
    assert line.b.read(4) == b"abcd"
    assert line.clock.time == 107


def test_a_pause_between_bytes_ends_a_read(line: Line):
    line.b.timeout, line.b.inter_byte_timeout = 10, 0.5
    line.clock.after(3, lambda: line.a.write(b"ab"))
    line.clock.after(3.4, lambda: line.a.write(b"c"))
    line.clock.after(4, lambda: line.a.write(b"d"))
    assert line.b.read(100) == b"abc"
    assert line.clock.time == pytest.approx(103.9)


def test_lines_are_read_in_the_time_of_the_line(line: Line):
    for number in range(20):
        line.clock.after(number * 0.3, lambda: line.a.write(b"x"))
    assert line.b.read_until(b"\r") == b"xxxxx"
    assert line.clock.time == pytest.approx(101.2)
    line.a.write(b"one\rtwo\r")
    assert line.b.read_until(b"\r").endswith(b"one\r")


def test_a_read_is_cancelled(line: Line):
    line.b.timeout = None
    line.clock.after(2, line.b.cancel_read)
    assert line.b.read(4) == b""
    assert line.clock.time == 102


def test_closing_ends_a_read(line: Line):
    line.b.timeout = None
    line.clock.after(2, line.b.close)
    with pytest.raises(serial.PortNotOpenError):
        line.b.read()


def test_characters_take_their_time_and_framing_counts(slow: Line):
    slow.b.timeout = 100
    for settings_, seconds in (({}, 1), ({"bytesize": 7, "parity": "E"}, 1), ({"stopbits": 2}, 1.1)):
        for port in (slow.a, slow.b):
            port.apply_settings({"bytesize": 8, "parity": "N", "stopbits": 1} | settings_)
        began = slow.clock.time
        slow.a.write(b"x" * 30)
        assert slow.b.read(30) == b"x" * 30
        assert slow.clock.time - began == pytest.approx(seconds, abs=0.02)


def test_what_has_not_left_can_be_counted_waited_for_and_taken_back(slow: Line):
    slow.a.write(b"x" * 30)
    assert slow.a.out_waiting == 30
    slow.clock.time += 0.5
    assert slow.a.out_waiting == 15
    slow.a.reset_output_buffer()
    assert slow.a.out_waiting == 0
    slow.clock.time += 0.5
    assert slow.b.in_waiting == 15
    slow.b.reset_input_buffer()
    assert slow.b.in_waiting == 0
    slow.a.write(b"y" * 30)
    slow.a.flush()
    assert slow.b.in_waiting == 30


def test_a_write_that_does_not_fit_waits_and_gives_up_in_time(slow: Line):
    slow.a.write_timeout = 2
    began = slow.clock.time
    with pytest.raises(serial.SerialTimeoutException):
        slow.a.write(bytes(5000))
    assert slow.clock.time == began + 2
    slow.a.reset_output_buffer()
    slow.a.write_timeout = 0
    assert slow.a.write(bytes(5000)) == 4096
    slow.a.write_timeout = None
    slow.clock.after(1, slow.a.cancel_write)
    assert 20 <= slow.a.write(bytes(1000)) < 100


def test_a_program_that_does_not_read_holds_the_other_and_nothing_is_lost(line: Line):
    line.a.write_timeout = 1
    with pytest.raises(serial.SerialTimeoutException):
        line.a.write(bytes(200_000))
    waiting = line.b.in_waiting
    assert 65536 <= waiting <= 65536 + 2 * 4096
    assert line.b.read(waiting) == bytes(waiting)
    assert line.b.in_waiting > 0


def test_cts_holds_what_is_written_with_rtscts(line: Line):
    line.a.rtscts = True
    line.b.rts = False
    line.a.write(b"held")
    assert (line.b.in_waiting, line.a.out_waiting) == (0, 4)
    line.b.rts = True
    assert line.b.read(4) == b"held"
    line.b.rts = False
    line.a.write(b"more")
    line.a.rtscts = False
    assert line.b.read(4) == b"more"


def test_xoff_holds_what_is_written_with_xonxoff_and_is_not_read(line: Line):
    line.a.xonxoff = True
    line.b.write(b"wa\x13it")
    line.a.write(b"held")
    assert (line.b.in_waiting, line.a.out_waiting) == (0, 4)
    line.b.write(b"\x13\x11")
    assert line.b.read(4) == b"held"
    line.b.write(b"\x13")
    line.a.write(b"more")
    line.a.xonxoff = False
    assert line.b.read(4) == b"more"
    line.b.write(b"\x11")
    assert line.a.read(5) == b"wait\x11"


def test_a_break_passes_takes_its_time_and_reads_as_a_nul(line: Line):
    began = line.clock.time
    line.a.send_break(0.5)
    assert line.clock.time == began + 0.5
    assert line.b.read(1) == b"\0"
    assert line.b.breaks == 1
    assert not line.a.break_condition


def test_seven_bits_carry_the_parity_in_the_eighth(line: Line):
    line.a.bytesize, line.a.parity = 7, "E"
    line.a.write(b"a\xe1")
    assert line.b.read(2) == b"\xe1\xe1"
    line.b.bytesize = 7
    line.a.write(b"a")
    assert line.b.read(1) == b"a"
    line.a.parity = "S"
    line.a.write(b"a\xe1")
    assert line.b.read(2) == b"aa"


def test_ri_is_what_a_test_says(line: Line):
    url = f"offhook://{line.name}/b"
    assert not line.b.ri
    offhook.serial_urls.set_ring_indicator(url, True)
    assert line.b.ri
    assert not line.a.ri
    offhook.serial_urls.set_ring_indicator(url, None)
    assert not line.b.ri


def test_ri_of_a_line_that_nobody_has_open_cannot_be_set():
    with pytest.raises(ValueError, match="open it first"):
        offhook.serial_urls.set_ring_indicator(f"offhook://line{next(NUMBERS)}/a", True)


def test_threads_that_open_and_close_the_same_ends_always_meet():
    url = f"offhook://line{next(NUMBERS)}"
    met: list[bytes] = []

    def answer() -> None:
        for _ in range(200):
            with serial.serial_for_url(f"{url}/b", timeout=60) as b:
                met.append(b.read(1))
                b.write(b"y")
                b.read(1)

    thread = threading.Thread(target=answer)
    thread.start()
    for _ in range(200):
        with serial.serial_for_url(f"{url}/a", timeout=0.001) as a:
            heard = b""
            while not heard and thread.is_alive():
                a.write(b"x")
                heard = a.read(1)
            a.write(b"z")
    thread.join(120)
    assert not thread.is_alive()
    assert len(met) == 200
    assert set(met) <= {b"x", b"z"}


def test_the_same_seed_makes_the_same_errors():
    heard = []
    for seed in (1, 1, 2):
        line = Line(CableOptions(noise=0.01, seed=seed))
        line.a.write(bytes(2000))
        heard.append(line.b.read(2000))
        line.close()
    assert heard[0] == heard[1] != heard[2]


def test_threads_share_a_port_and_nothing_is_lost():
    url = f"offhook://line{next(NUMBERS)}"
    sent = bytes(range(256)) * 400
    with serial.serial_for_url(f"{url}/a", timeout=60) as a, serial.serial_for_url(f"{url}/b", timeout=60) as b:
        back: list[bytes] = []
        echo = threading.Thread(target=lambda: b.write(b.read(len(sent))))
        reader = threading.Thread(target=lambda: back.append(a.read(len(sent))))
        for thread in (echo, reader):
            thread.start()
        a.write(sent)
        for thread in (echo, reader):
            thread.join(120)
        assert back == [sent]


def test_a_thread_that_reads_is_stopped_by_another():
    url = f"offhook://line{next(NUMBERS)}"
    with serial.serial_for_url(f"{url}/a") as a:
        read: list[bytes] = []
        thread = threading.Thread(target=lambda: read.append(a.read(10)))
        thread.start()
        a.cancel_read()
        thread.join(60)
        assert read == [b""]


@settings(deadline=None)
@given(
    st.sampled_from([None, 300, 9600]),
    st.lists(st.one_of(st.binary(min_size=1, max_size=300), st.integers(1, 200)), max_size=20),
)
def test_all_that_is_written_is_read_once_and_in_order(rate: int | None, story: list[bytes | int]):
    line = Line(CableOptions(rate=rate))
    read = b""
    for step in story:
        if isinstance(step, bytes):
            assert line.a.write(step) == len(step)
        else:
            read += line.b.read(step)
    line.b.timeout = 1000
    line.a.flush()
    read += line.b.read(line.b.in_waiting)
    line.close()
    assert read == b"".join(step for step in story if isinstance(step, bytes))
