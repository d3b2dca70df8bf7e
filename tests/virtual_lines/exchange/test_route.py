from hypothesis import given
from hypothesis import strategies as st

from offhook.virtual_lines.exchange import Route, Transport
from offhook.virtual_lines.phone_book import parse_route

BY_MODEM = st.builds(
    lambda name, number: Route(Transport.MODEM, name, 0, number=number),
    st.from_regex(r"[a-z][a-z0-9_-]{0,30}", fullmatch=True),
    st.from_regex(r"[0-9*#,]{1,40}", fullmatch=True),
)
ROUTES = BY_MODEM | st.builds(
    Route,
    st.sampled_from([each for each in Transport if each is not Transport.MODEM]),
    st.from_regex(r"[a-z0-9][a-z0-9.-]{0,30}", fullmatch=True) | st.ip_addresses().map(str),
    st.integers(1, 65535),
)


def test_a_route_is_written_as_a_dial_string_has_it():
    assert str(Route(Transport.TELNET, "bbs.example.org", 23)) == "telnet:bbs.example.org:23"
    assert str(Route(Transport.MODEM, "courier", 0, number="5551234")) == "modem:courier:5551234"
    assert str(Route(Transport.RAW, "::1", 6400)) == "raw:[::1]:6400"


@given(ROUTES)
def test_what_is_written_reads_as_the_same_route(route: Route):
    assert parse_route(str(route)) == route
