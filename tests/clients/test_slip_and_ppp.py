"""A machine without a network gets one over the telephone: slirp behind a number, by SLIP and by PPP."""

import re
import struct
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.config_host import config_host
from tests.support.line_client import LineClient

EXAMPLE = Path(__file__).parent.parent.parent / "examples" / "slip-and-ppp.toml"
pytestmark = pytest.mark.needs("slirp")
GATEWAY, CALLER = bytes((10, 0, 2, 2)), bytes((10, 0, 2, 15))
END = b"\xc0"
FLAG = b"\x7e"
LCP = b"\xff\x03\xc0\x21"
CONFIGURE_REQUEST, CONFIGURE_ACK = 1, 2


@pytest.fixture
def modem(tmp_path: Path) -> Iterator[LineClient]:
    with config_host(tmp_path, EXAMPLE.read_text()) as host, LineClient(host.tty("modem0")) as client:
        yield client


def ones(data: bytes) -> int:
    """The checksum of the Internet (RFC 1071)."""
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total >> 16) + (total & 0xFFFF)
    return ~(total + (total >> 16)) & 0xFFFF


def echo_request(text: bytes) -> bytes:
    """An IP packet with an ICMP echo request; `text` has an even length."""
    message = struct.pack("!BBHHH", 8, 0, 0, 1, 1) + text
    message = message[:2] + struct.pack("!H", ones(message)) + message[4:]
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(message), 1, 0, 64, 1, 0) + CALLER + GATEWAY
    return head[:10] + struct.pack("!H", ones(head)) + head[12:] + message


def slip(packet: bytes) -> bytes:
    """A packet as SLIP has it (RFC 1055)."""
    return END + packet.replace(b"\xdb", b"\xdb\xdd").replace(END, b"\xdb\xdc") + END


def ppp(frame: bytes) -> bytes:
    """A frame as PPP has it on an asynchronous line (RFC 1662), every control character escaped."""
    check = 0xFFFF
    for byte in frame:
        check ^= byte
        for _ in range(8):
            check = check >> 1 ^ (0x8408 if check & 1 else 0)
    whole = frame + struct.pack("<H", check ^ 0xFFFF)
    escaped = (bytes((0x7D, each ^ 0x20)) if each < 0x20 or each in b"\x7d\x7e" else bytes((each,)) for each in whole)
    return FLAG + b"".join(escaped) + FLAG


def unescaped(frame: bytes) -> bytes:
    plain = bytearray()
    escaped = False
    for each in frame:
        if escaped or each != 0x7D:
            plain.append(each ^ 0x20 if escaped else each)
        escaped = each == 0x7D and not escaped
    return bytes(plain)


def asked_until(modem: LineClient, packet: bytes, answered: Callable[[], bool]) -> None:
    """Send a packet again until it is answered, as machines on a network do: slirp reads a moment after its banner."""
    for _ in range(30):
        modem.type(packet.decode("latin-1"))
        for _ in range(40):
            modem.silent(0.05)
            if answered():
                return
    pytest.fail(f"no answer: {modem.heard!r}")


def test_a_caller_by_slip_is_on_a_network(modem: LineClient):
    modem.dial("700")
    modem.expect("SLiRP Ready")
    answer = GATEWAY + CALLER + b"\0\0"  # from the gateway to the caller, an echo reply
    pattern = re.escape(answer.decode("latin-1")) + "(?s:.)*?offhook!" + END.decode("latin-1")
    asked_until(modem, slip(echo_request(b"offhook!")), lambda: bool(re.search(pattern, modem.heard)))


def test_a_caller_by_ppp_agrees_with_the_host_on_a_link(modem: LineClient):
    modem.dial("701")
    modem.expect("SLiRP Ready")
    magic = b"\x05\x06\x12\x34\x56\x78"
    rest = struct.pack("!BH", 7, 4 + len(magic)) + magic
    acknowledged = LCP + bytes((CONFIGURE_ACK,)) + rest
    request = ppp(LCP + bytes((CONFIGURE_REQUEST,)) + rest)
    asked_until(modem, request, lambda: acknowledged in unescaped(modem.heard.encode("latin-1")))
