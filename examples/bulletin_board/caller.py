"""Calls a bulletin board, logs in and fetches a file by XMODEM: blocks with checksums, damaged ones asked for again."""

SOH, EOT, ACK, NAK, CAN = b"\x01", b"\x04", b"\x06", b"\x15", b"\x18"


class CallError(Exception):
    """The board could not be had, or the file did not come."""


def log_in(port, number, name, password):
    """Dial and give name and password when asked for; the prompts may be damaged, so only their ends count."""
    port.timeout = 60
    port.write(b"ATE0DT" + number.encode("ascii") + b"\r")
    while b"CONNECT" not in (line := port.read_until(b"\n")):
        if not line or b"NO " in line or b"BUSY" in line:
            raise CallError(line.decode("latin-1").strip() or "no answer")
    for prompt, answer in ((b"name: ", name), (b"password: ", password)):
        if not port.read_until(prompt).endswith(prompt):
            raise CallError(f"no {prompt.decode()}")
        port.write(answer.encode("ascii") + b"\r")


def fetch(port, tries=20):
    """The file that the board sends, with the fill of its last block."""
    content, number = b"", 1
    port.timeout = 5
    port.write(NAK)
    for _ in range(tries * 50):
        head = port.read(1)
        if head == EOT:
            port.write(ACK)
            return content
        block = port.read(131) if head == SOH else b""
        if len(block) == 131 and block[0] ^ block[1] == 0xFF and sum(block[2:130]) % 256 == block[130]:
            if block[0] == number % 256:
                content += block[2:130]
                number += 1
            port.write(ACK)
        else:
            port.timeout = 1
            while port.read(200):
                pass  # the line has to be quiet before the block is asked for again
            port.timeout = 5
            port.write(NAK)
    port.write(CAN * 2)
    raise CallError("too many errors")
