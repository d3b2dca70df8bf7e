r"""Line ends as terminals send them: CR, LF, CR LF and CR NUL are each one end of a line."""


class Newlines:
    r"""Makes one "\n" of each line end, however the bytes are cut."""

    def __init__(self) -> None:
        self._after_cr = False

    def fold(self, data: bytes) -> bytes:
        r"""`data` with every line end as a single "\n"; the mate of a CR seen before is swallowed."""
        if not data:
            return data
        if self._after_cr and data[:1] in (b"\n", b"\0"):
            data = data[1:]
            self._after_cr = False
            if not data:
                return data
        self._after_cr = data.endswith(b"\r")
        return data.replace(b"\r\n", b"\n").replace(b"\r\0", b"\n").replace(b"\r", b"\n")
