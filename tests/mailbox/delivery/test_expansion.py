from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.mailbox.delivery.expansion import MOST_STEPS, AddressBook, Copy, Forward
from offhook.mailbox.letters import PermanentFailure

PEOPLE = ("alice", "bob", "dash-er", "owner-staff")


def book(
    aliases: Mapping[str, tuple[str, ...]] | None = None, forwards: Mapping[str, Forward] | None = None, **more: object
) -> AddressBook:
    return AddressBook(
        frozenset({"here.org", "also.here"}),
        "here.org",
        aliases or {},
        forwards or {},
        lambda name: name in PEOPLE,
        lambda: "alice",
        **more,  # type: ignore[arg-type]
    )


def where(copies: tuple[Copy, ...]) -> list[str]:
    return [f"{copy.account}/{copy.folder}" if copy.account else copy.address for copy in copies]


@pytest.mark.parametrize(
    ("aliases", "recipient", "found"),
    [
        ({}, "alice@here.org", ["alice/"]),
        ({}, "Alice+Lists@also.here.", ["alice/Lists"]),
        ({}, "alice+@here.org", []),
        ({}, "postmaster", ["alice/"]),
        ({}, "MAILER-DAEMON", ["alice/"]),
        ({"postmaster": ("bob",)}, "mailer-daemon@here.org", ["bob/"]),
        ({"postmaster": ("mailer-daemon",)}, "postmaster", ["alice/"]),
        ({"info": ("alice", "bob", "carol@there.org")}, "info@here.org", ["alice/", "bob/", "carol@there.org"]),
        ({"info": ("alice", "ALICE@here.org", "x@there.org", "X@there.org")}, "info", ["alice/", "x@there.org"]),
        ({"info": ("sales",), "sales": ("bob+shop",)}, "info+detail", ["bob/shop"]),
        ({"alice+x": ("bob",)}, "alice+x@here.org", ["bob/"]),
        ({"alice": ("alice", "bob@there.org")}, "alice@here.org", ["alice/", "bob@there.org"]),
        ({"alice": ("\\alice", "bob@there.org")}, "alice@here.org", ["alice/", "bob@there.org"]),
        ({"alice": ("bob",)}, "\\alice@here.org", ["alice/"]),
        ({"info": ("alice", "ghost")}, "info", ["alice/"]),
        ({"staff": ("bob",)}, "owner-staff@here.org", ["owner-staff/"]),
        ({"list": ("bob",)}, "owner-list@here.org", ["alice/"]),
        ({"a": ("b", "alice"), "b": ("a",)}, "a", ["alice/"]),
    ],
)
def test_an_address_leads_to_its_copies(aliases: dict[str, tuple[str, ...]], recipient: str, found: list[str]):
    if found:
        assert where(book(aliases).copies("s@there.org", recipient)) == found
    else:
        with pytest.raises(PermanentFailure, match="no such user"):
            book(aliases).copies("s@there.org", recipient)


@pytest.mark.parametrize(
    "aliases", [{"a": ("b",), "b": ("a",)}, {"a": ("a",)}, {"a": ("b", "c"), "b": ("c",), "c": ("a",)}]
)
def test_aliases_that_lead_in_a_circle_are_found(aliases: dict[str, tuple[str, ...]]):
    with pytest.raises(PermanentFailure, match="back to itself") as why:
        book(aliases).copies("", "a")
    assert why.value.status == "5.4.6"


def test_accounts_that_forward_to_each_other_are_found_and_one_that_keeps_a_copy_ends_the_circle():
    both = {"alice": Forward(("bob",)), "bob": Forward(("alice",))}
    with pytest.raises(PermanentFailure, match="back to itself"):
        book(forwards=both).copies("", "alice")
    keeps = {"alice": Forward(("bob",)), "bob": Forward(("alice",), keep=True)}
    assert where(book(forwards=keeps).copies("", "alice")) == ["bob/"]


def test_what_leads_to_too_many_is_refused():
    chain = {f"a{n}": (f"a{n + 1}",) for n in range(MOST_STEPS + 2)}
    many = {
        "a0": (*(f"a{n}@there.org" for n in range(1, 900)), "b"),
        "b": tuple(f"b{n}@x.org" for n in range(900)),
    }
    for aliases in (chain, many):
        with pytest.raises(PermanentFailure, match="too many"):
            book(aliases).copies("", "a0")


@pytest.mark.parametrize(("keep", "found"), [(False, ["carol@there.org"]), (True, ["carol@there.org", "alice/lists"])])
def test_an_account_that_forwards_keeps_a_copy_only_if_it_is_to(keep: bool, found: list[str]):
    forwards = {"alice": Forward(("carol@there.org",), keep)}
    assert where(book(forwards=forwards).copies("s@x.org", "alice+lists@here.org")) == found


def test_the_sender_stays_is_the_owner_of_a_list_or_the_forwarding_address_and_the_null_sender_always_stays():
    aliases = {"staff": ("carol@there.org", "bob")}
    assert {copy.sender for copy in book(aliases).copies("s@x.org", "staff")} == {"owner-staff@here.org"}
    assert {copy.sender for copy in book(aliases).copies("", "staff")} == {""}
    forwards = {"alice": Forward(("carol@there.org",), keep=True)}
    assert [copy.sender for copy in book(forwards=forwards).copies("s@x.org", "alice")] == ["s@x.org"] * 2
    rewritten = book(forwards=forwards, own_sender=True).copies("s@x.org", "alice")
    assert [copy.sender for copy in rewritten] == ["alice@here.org", "s@x.org"]
    assert {copy.sender for copy in book(forwards=forwards, own_sender=True).copies("", "alice")} == {""}


@pytest.mark.parametrize("separator", ["+", "-", "=", "_", "."])
def test_the_separator_is_chosen_and_a_whole_name_goes_before_its_parts(separator: str):
    copies = book(separator=separator).copies("", f"bob{separator}x@here.org")
    assert where(copies) == ["bob/x"]
    assert where(book(separator="-").copies("", "dash-er")) == ["dash-er/"]
    with pytest.raises(PermanentFailure):
        book(separator="").copies("", f"bob{separator}x")


NAMES = ["alice", "bob", "a", "b", "c", "owner-a", "postmaster", "x@there.org", "\\bob", "\\c", "a+d", "b+d@here.org"]
BOOKS = st.dictionaries(
    st.sampled_from(["alice", "bob", "a", "b", "c", "owner-a", "postmaster", "a+d"]),
    st.lists(st.sampled_from(NAMES), min_size=1, max_size=4).map(tuple),
)
FORWARDS = st.dictionaries(
    st.sampled_from(["alice", "bob"]),
    st.builds(Forward, st.lists(st.sampled_from(NAMES), min_size=1, max_size=3).map(tuple), st.booleans()),
)


@given(
    BOOKS, FORWARDS, st.sampled_from(NAMES).filter(lambda name: "there" not in name), st.sampled_from(["", "s@x.org"])
)
def test_whatever_is_written_every_copy_has_one_place_and_its_spooled_address_leads_back_to_it_alone(
    aliases: dict[str, tuple[str, ...]], forwards: dict[str, Forward], recipient: str, sender: str
):
    made = book(aliases, forwards)
    try:
        copies = made.copies(sender, recipient)
    except PermanentFailure:
        return
    places = [(copy.account, copy.folder, copy.account or copy.address) for copy in copies]
    assert len(set(places)) == len(places)
    for copy in copies:
        if copy.account:
            [again] = made.copies(sender, copy.again)
            assert (again.account, again.folder) == (copy.account, copy.folder)
        if not sender:
            assert copy.sender == ""
