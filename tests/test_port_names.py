from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.modem.ports import Ip232Port, PortError, PtyPort, PtyWatch, SerialPort, TcpPort
from offhook.port_names import make_port, memory_name, short_name, split_address
from offhook.virtual_lines.remote_ports import ReachedPort, Rfc2217Port

HERE = Path("/here")


@pytest.mark.parametrize(
    ("text", "kind", "name"),
    [
        ("pty:./modem0", PtyPort, "/here/modem0"),
        ("pty:/run/modem0", PtyPort, "/run/modem0"),
        ("tcp:127.0.0.1:2300", TcpPort, "tcp:127.0.0.1:2300"),
        ("tcp:[::1]:2300", TcpPort, "tcp:[::1]:2300"),
        ("tcp:127.0.0.1:2300?connect", ReachedPort, "tcp:127.0.0.1:2300?connect"),
        ("rfc2217:localhost:2217", Rfc2217Port, "rfc2217:localhost:2217"),
        ("ip232:127.0.0.1:25232", Ip232Port, "ip232:127.0.0.1:25232"),
        ("serial:/dev/ttyUSB0", SerialPort, "/dev/ttyUSB0"),
        ("serial:/dev/ttyS0?rate=9600&flow=rtscts&dtr=dcd&invert=dtr,dsr", SerialPort, "/dev/ttyS0"),
        ("serial:/dev/ttyS0?autobaud=9600,1200&ri=rts&rts=none&dcd=dtr", SerialPort, "/dev/ttyS0"),
    ],
)
def test_a_port_is_its_kind_and_where_it_is(text: str, kind: type, name: str):
    port = make_port(text, HERE, PtyWatch())
    assert isinstance(port, kind)
    assert port.name == name


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("modem0", "write one of pty:PATH"),
        ("usb:x", "no ports of the kind 'usb'"),
        ("pty:", "is no port"),
        ("/dev/ttyUSB0", "write serial:/dev/ttyUSB0"),
        ("./modem0", "write pty:./modem0, for a device serial:./modem0"),
        ("127.0.0.1:4000", "write tcp:127.0.0.1:4000"),
        ("[::1]:4000", r"write tcp:\[::1\]:4000"),
        ("tcp:host", "write HOST:PORT"),
        ("tcp:host:99999", "write HOST:PORT"),
        ("tcp:host:1?listen", "there is no 'listen': known is connect"),
        ("tcp:host:1?", "there is no '': known is connect"),
        ("tcp:host?connect", "write HOST:PORT"),
        ("serial:/dev/x?speed=9600", "there is no 'speed': known are rate"),
        ("serial:/dev/x?rate", "rate wants a value, as in rate=9600"),
        ("serial:/dev/x?rate=fast", "a rate is a number"),
        ("serial:/dev/x?rate=9600&autobaud=1200", "rate or autobaud"),
        ("serial:/dev/x?flow=dsr", "flow is one of none"),
        ("serial:/dev/x?dcd=cts", "dcd is one of dtr, rts, none"),
        ("serial:/dev/x?ri=dtr", "two tasks"),
        ("serial:/dev/x?ri=rts&flow=rtscts", "two tasks"),
        ("serial:/dev/x?invert=x", "invert is one of"),
    ],
)
def test_what_is_no_port_is_told_with_what_would_be_one(text: str, said: str):
    with pytest.raises(PortError, match=said):
        make_port(text, HERE, PtyWatch())


@given(st.text(max_size=40))
def test_no_text_raises_anything_else(text: str):
    for prefix in ("", "pty:", "tcp:", "serial:", "serial:/dev/x?", "rfc2217:", "ip232:"):
        with suppress(PortError):
            make_port(prefix + text, HERE, PtyWatch())


@pytest.mark.parametrize(("text", "address"), [("a:1", ("a", 1)), ("[::1]:2", ("::1", 2)), (":3", None), ("a:", None)])
def test_an_address_is_host_and_port(text: str, address: tuple[str, int] | None):
    if address is None:
        with pytest.raises(PortError):
            split_address(text)
    else:
        assert split_address(text) == address


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("pty:./modem0", "modem0"),
        ("serial:/dev/ttyUSB0?rate=9600", "ttyUSB0"),
        ("tcp:127.0.0.1:23", "tcp-127-0-0-1-23"),
    ],
)
def test_a_line_is_called_after_its_port(text: str, name: str):
    assert short_name(text) == name


def test_a_modems_memory_has_one_name_however_its_port_is_written():
    assert memory_name("pty:./modem0", HERE) == memory_name("pty:/here/x/../modem0", HERE) == "pty-here-modem0.toml"
    assert memory_name("serial:/dev/ttyUSB0?rate=9600", HERE) == memory_name("serial:/dev/ttyUSB0", HERE)


@given(st.text(max_size=300).filter(lambda text: "\0" not in text))
def test_a_memory_is_always_a_file_of_its_folder(text: str):
    name = memory_name(f"pty:{text}", HERE)
    assert "/" not in name
    assert name.isascii()
    assert len(name) < 256
    assert name not in (".", "..")
