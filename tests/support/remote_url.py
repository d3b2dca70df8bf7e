"""RFC 2217 ports as pyserial opens them."""


def remote_url(name: str) -> str:
    """The URL of `rfc2217:HOST:PORT`, as offhook names it; each answer has a minute, and not three seconds."""
    return f"rfc2217://{name.removeprefix('rfc2217:')}?timeout=60"
