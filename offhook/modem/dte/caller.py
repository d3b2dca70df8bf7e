"""Who calls, from the lines between the first two rings: by name (DATE, NMBR, ...) or as one message in hexadecimal."""

from offhook.modem.dte.replies import CallerField
from offhook.modem.hayes import CallerId

_NOT_TOLD = ("", "O", "P")
_LONGEST = 40
_SINGLE, _MULTIPLE = 0x04, 0x80
_DATE_TIME, _NUMBER, _NAME = 1, 2, 7


def with_field(caller: CallerId, told: CallerField) -> CallerId:
    """What is known of the caller, with one line more."""
    if told.kind == "MESG":
        return _with_message(caller, told.text)
    text = _plain(told.text)
    match told.kind:
        case "DATE":
            return CallerId(caller.number, caller.name, text[:4] or None, caller.time)
        case "TIME":
            return CallerId(caller.number, caller.name, caller.date, text[:4] or None)
        case "NAME":
            return CallerId(caller.number, None if text in _NOT_TOLD else text, caller.date, caller.time)
    return CallerId(None if text in _NOT_TOLD else text, caller.name, caller.date, caller.time)


def _with_message(caller: CallerId, text: str) -> CallerId:
    """A message as the exchange sends it (Bellcore's SDMF or MDMF); one that is torn tells what it still can."""
    digits = "".join(text.split())
    try:
        message = bytes.fromhex(digits[: len(digits) // 2 * 2])
    except ValueError:
        return caller
    kind, body = message[:1], message[2:]
    if kind == bytes([_SINGLE]):
        fields = [(_DATE_TIME, body[:8]), (_NUMBER, body[8 : message[1]])] if len(message) > 1 else []
    elif kind == bytes([_MULTIPLE]):
        fields = _fields(body)
    else:
        return caller
    for parameter, value in fields:
        read = _plain(value.decode("latin-1"))
        if parameter == _DATE_TIME and len(read) == 8:
            caller = with_field(with_field(caller, CallerField("DATE", read[:4])), CallerField("TIME", read[4:]))
        elif parameter in (_NUMBER, _NAME):
            caller = with_field(caller, CallerField("NMBR" if parameter == _NUMBER else "NAME", read))
    return caller


def _fields(body: bytes) -> list[tuple[int, bytes]]:
    found = []
    while len(body) >= 2:
        found.append((body[0], body[2 : 2 + body[1]]))
        body = body[2 + body[1] :]
    return found


def _plain(text: str) -> str:
    return "".join(character for character in text if " " <= character <= "~").strip()[:_LONGEST]
