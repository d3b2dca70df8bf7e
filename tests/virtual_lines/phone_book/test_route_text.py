import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.virtual_lines.exchange import Route, Transport
from offhook.virtual_lines.phone_book import parse_route


@pytest.mark.parametrize(
    ("text", "route"),
    [
        ("bbs.example.org", Route(Transport.TELNET, "bbs.example.org", 23)),
        ("bbs.example.org:6400", Route(Transport.AUTO, "bbs.example.org", 6400)),
        ("telnet:bbs.example.org:2323", Route(Transport.TELNET, "bbs.example.org", 2323)),
        ("telnet://bbs.example.org/", Route(Transport.TELNET, "bbs.example.org", 23)),
        ("RAW:10.0.0.1:7", Route(Transport.RAW, "10.0.0.1", 7)),
        ("tcp:host:7", Route(Transport.RAW, "host", 7)),
        ("tls:host", Route(Transport.TLS, "host", 992)),
        ("telnets:host:23", Route(Transport.TLS, "host", 23)),
        ("[::1]:23", Route(Transport.TELNET, "::1", 23)),
        ("raw:[fe80::1%eth0]:9", Route(Transport.RAW, "fe80::1%eth0", 9)),
    ],
)
def test_a_route_is_transport_host_and_port(text: str, route: Route):
    assert parse_route(text) == route


@pytest.mark.parametrize(
    "text",
    [
        "",
        ":",
        "host:0",
        "host:65536",
        "ho st",
        "gopher:host:70",
        "raw::7",
        "-x",
        "a" * 301,
        "host:\u0662\u0663",
    ],
)
def test_what_is_no_route_is_told_with_what_would_be_right(text: str):
    with pytest.raises(ValueError, match=r"write|port|transport"):
        parse_route(text)


@given(st.text(max_size=60))
def test_no_text_raises_anything_else(text: str):
    try:
        route = parse_route(text)
    except ValueError:
        return
    assert route.host.isprintable()
    assert 1 <= route.port <= 65535
