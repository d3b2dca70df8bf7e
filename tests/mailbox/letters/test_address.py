import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offhook.mailbox.letters import Address, is_valid_address, parse_addresses, quote_name, same_address
from offhook.mailbox.letters.address import MAX_ADDRESSES


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("bob@example.org", [("", "bob@example.org")]),
        ("Bob Roe <bob@example.org>", [("Bob Roe", "bob@example.org")]),
        ('"Roe, Bob" <bob@example.org>, al@b', [("Roe, Bob", "bob@example.org"), ("", "al@b")]),
        ('"a \\"b\\" c" <d@e>', [('a "b" c', "d@e")]),
        ("bob@example.org (Bob (the) Roe)", [("Bob (the) Roe", "bob@example.org")]),
        ("(comment) bob@example.org", [("comment", "bob@example.org")]),
        ("Friends: a@b, C <c@d>;, e@f", [("", "a@b"), ("C", "c@d"), ("", "e@f")]),
        ("undisclosed-recipients:;", []),
        ("bob", [("", "bob")]),
        ("Bob bob@example.org", [("Bob", "bob@example.org")]),
        ("bob @ example.org", [("", "bob@example.org")]),
        ('"john doe"@example.org', [("", '"john doe"@example.org')]),
        ("x <@relay,@other:bob@example.org>", [("x", "bob@example.org")]),
        ("<bob@[IPv6:::1]>", [("", "bob@[IPv6:::1]")]),
        ("a@[127.0.0.1]", [("", "a@[127.0.0.1]")]),
        ("=?utf-8?q?a=2C_b_=3Cx=40y=3E?= <c@d>", [("a, b <x@y>", "c@d")]),
        ("a@b; c@d", [("", "a@b"), ("", "c@d")]),
        ("a@b,,, ,c@d,", [("", "a@b"), ("", "c@d")]),
        ('"never closed <a@b>', [("never closed", "a@b")]),
        ("<a@b", [("", "a@b")]),
        ("<>", []),
        ("Just A Name", []),
        ("a\r\n\tb@c", [("a", "b@c")]),
        ("", []),
        ("\\", [("", "\\")]),
    ],
)
def test_a_list_is_read_as_people_write_it(value: str, found: list[tuple[str, str]]):
    assert [(each.name.strip('" '), each.address) for each in parse_addresses(value)] == found


def test_raw_bytes_in_a_name_are_decoded():
    assert parse_addresses(b"J\xe9 <a@b>") == parse_addresses("Jé <a@b>".encode()) == (Address("Jé", "a@b"),)


def test_a_list_is_read_up_to_its_bound():
    assert len(parse_addresses("a@b," * 5000)) == MAX_ADDRESSES


@settings(max_examples=300)
@given(st.text('ab@.<>()",;:\\[] \n=?', max_size=40) | st.text(max_size=40))
def test_any_text_is_an_address_list(value: str):
    for each in parse_addresses(value):
        assert each.address
        assert "\n" not in each.name


names = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Zs", "Zl", "Zp", "Cs"]), max_size=20)


@settings(max_examples=200)
@given(st.lists(names.filter(lambda name: "=?" not in name), max_size=5))
def test_a_printed_list_reads_back_as_it_was(people: list[str]):
    addresses = tuple(Address(name, "a@b.example") for name in people)
    assert parse_addresses(", ".join(map(str, addresses))) == addresses


@pytest.mark.parametrize(
    "address",
    ["bob@example.org", "b.o+b@x", '"a b"@c.d', "a@[127.0.0.1]", "a@[IPv6:::1]", "a'b!#$%&*/=?^_`{|}~-@c-d.e", "a@b."],
)
def test_an_address_fit_for_an_envelope(address: str):
    assert is_valid_address(address)


@pytest.mark.parametrize(
    "address",
    [
        "", "@", "a@", "@b", "bob", "a b@c", "a@b c", "a@b\n", "a@b\r\nRCPT TO:<c@d>", "a\0@b", "-oQ@b", "-x@b.c",
        "a@-b.c", "a@b-.c", ".a@b", "a.@b", "a..b@c", "a@b..c", "<a@b>", "a,b@c", "ä@b", "a@ä", '"a\n"@b', '"a"b@c',
        "a@[x y]", "a" * 65 + "@b", "a@" + "b" * 64, "a@" + ".".join(["b" * 60] * 5), "a@b>", "a@b,c", 'a"@b', "a@b@c",
    ],
)  # fmt: skip
def test_an_address_unfit_for_an_envelope(address: str):
    assert not is_valid_address(address)


def test_a_bare_local_name_is_valid_only_where_no_domain_is_needed():
    assert is_valid_address("bob", need_domain=False)
    assert not is_valid_address("bob\n", need_domain=False)
    assert not is_valid_address("-bob", need_domain=False)


def test_names_are_quoted_when_they_must_be():
    assert quote_name("Bob Roe") == "Bob Roe"
    assert quote_name("Roe, Bob") == '"Roe, Bob"'
    assert quote_name('a"\\b') == '"a\\"\\\\b"'


def test_letter_case_does_not_make_another_person():
    assert same_address("Bob@Example.ORG", "bob@example.org")
    assert not same_address("bob@example.org", "rob@example.org")
