from hypothesis import given, settings
from hypothesis import strategies as st

from offhook.mailbox.letters import Flag
from offhook.mailbox.maildir.names import is_letter, letters_of, read_name, unique_base

file_names = st.text(st.characters(exclude_characters="/\0"), min_size=1, max_size=60)
flag_sets = st.frozensets(st.sampled_from(Flag))


@settings(max_examples=200)
@given(file_names, flag_sets, flag_sets)
def test_a_flag_change_keeps_base_unknown_letters_and_the_rest(file_name: str, add: frozenset[Flag], remove):
    before = read_name(file_name)
    after = read_name(before.with_letters(letters_of(add), letters_of(remove)))
    known = {flag.value for flag in Flag}
    assert (after.base, after.rest) == (before.base, before.rest)
    assert set(after.letters) - known == set(before.letters) - known
    assert after.flags == before.flags - remove | add


@given(file_names)
def test_a_name_of_any_kind_is_read(file_name: str):
    name = read_name(file_name)
    assert name.size is None or name.size >= 0
    assert name.arrived is None or name.arrived >= 0
    assert is_letter(file_name) != file_name.startswith((".", ":"))


@given(st.text(max_size=100))
def test_a_unique_base_is_a_file_name_whatever_the_host_is_called(host: str):
    base = unique_base(1_700_000_000.5, 7, 3, "ff", host)
    assert not set("/:,\0\n ") & set(base)
    assert base.isascii()
    assert len(base) < 200
    assert read_name(base).arrived == 1_700_000_000.5


def test_a_size_is_read_only_where_it_is_one():
    assert read_name("1.a.b,S=12,W=13:2,S").size == 12
    assert read_name("1.a.b,S=12x").size is None
    assert read_name("1.a.b,S=").size is None


def test_letters_stand_once_each_and_in_order():
    assert read_name("x:2,SSFba").with_letters("D", "") == "x:2,DFSab"
