import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offhook.terminal.discipline import ASCII, CHARSETS, LATIN1, UTF8, Charset, Ended, LineDiscipline, Result
from offhook.terminal.discipline.line_discipline import LONGEST_LINE, MOST_AHEAD, MOST_ECHOED


def typed(keys: bytes, charset: Charset = UTF8, *, echo: bool = True) -> Result:
    """What comes of typing `keys` into a fresh discipline; the echo is all of it."""
    discipline = LineDiscipline(charset)
    discipline.put(keys)
    return read(discipline, echo=echo)


def read(discipline: LineDiscipline, *, echo: bool = True) -> Result:
    out = b""
    while True:
        result = discipline.read_line(echo=echo)
        out += result.echo
        if result.ended or not result.echo:
            return Result(out, result.ended, result.line)


def test_a_line_is_echoed_a_byte_for_a_key_and_released_at_return():
    discipline = LineDiscipline(UTF8)
    for key in b"h 3":
        discipline.put(bytes([key]))
        assert discipline.read_line(echo=True) == Result(bytes([key]))
    discipline.put(b"\r")
    assert discipline.read_line(echo=True) == Result(b"\r\n", Ended.LINE, "h 3")


@pytest.mark.parametrize("erase", [b"\x08", b"\x7f"])
def test_both_keys_that_erase_take_a_character_back(erase: bytes):
    assert typed(b"hx" + erase + b"i\r") == Result(b"hx\b \bi\r\n", Ended.LINE, "hi")


def test_erasing_an_empty_line_shows_nothing():
    assert typed(b"\x7f\x15\x17\r") == Result(b"\r\n", Ended.LINE, "")


def test_erasing_takes_a_whole_character_however_many_bytes_and_columns_it_had():
    assert typed("aé\x7f\r".encode()).echo == "aé\b \b\r\n".encode()
    assert typed("a山\x7f\r".encode()).echo == "a山\b \b\b \b\r\n".encode()
    assert typed("e\u0301\x7f\r".encode()).line == ""


def test_erasing_takes_as_many_columns_as_the_terminal_was_shown():
    assert typed("ß\x7f\r".encode(), ASCII) == Result(b"ss\b \b\b \b\r\n", Ended.LINE, "")


def test_kill_takes_the_line_and_word_erase_a_word():
    assert typed(b"one two\x15x\r") == Result(b"one two" + b"\b \b" * 7 + b"x\r\n", Ended.LINE, "x")
    assert typed(b"one two  \x17x\r").line == "one x"
    assert typed(b"one\x17x\r").line == "x"


def test_reprint_shows_the_line_again():
    assert typed(b"abx\x7f\x12\r").echo == b"abx\b \b\r\nab\r\n"


def test_without_echo_only_the_line_end_is_shown():
    assert typed(b"secret\x7f\x12\x15s3cret\r", echo=False) == Result(b"\r\n", Ended.LINE, "s3cret")


def test_what_is_typed_ahead_is_kept_and_echoed_only_when_it_is_read():
    discipline = LineDiscipline(UTF8)
    discipline.put(b"alice\rletmein\r")
    assert discipline.line_waiting
    assert read(discipline) == Result(b"alice\r\n", Ended.LINE, "alice")
    assert read(discipline, echo=False) == Result(b"\r\n", Ended.LINE, "letmein")
    assert not discipline.line_waiting


def test_an_interrupt_discards_what_was_typed_before_it():
    discipline = LineDiscipline(UTF8)
    assert not discipline.put(b"d *\r")
    assert discipline.put(b"more\x03h\r")
    assert read(discipline).ended is Ended.INTERRUPT
    assert read(discipline) == Result(b"h\r\n", Ended.LINE, "h")


def test_an_interrupt_ends_a_half_typed_line():
    discipline = LineDiscipline(UTF8)
    discipline.put(b"half")
    read(discipline)
    discipline.put(b"\x03")
    assert read(discipline) == Result(b"\r\n", Ended.INTERRUPT)
    assert discipline.typed == ""


def test_an_interrupt_that_had_its_effect_is_forgotten():
    discipline = LineDiscipline(UTF8)
    discipline.put(b"\x03x")
    discipline.forget_interrupt()
    discipline.forget_interrupt()
    assert discipline.read_key() == Result(b"", Ended.LINE, "x")


def test_end_of_input_counts_at_the_start_of_a_line_only():
    assert typed(b"\x04").ended is Ended.END_OF_INPUT
    assert typed(b"a\x04b\r").line == "ab"


def test_flow_control_nul_and_noise_leave_no_trace():
    assert typed(b"a\x11\x13\0\xff\xfeb\x01\x1a\r", ASCII) == Result(b"ab\r\n", Ended.LINE, "ab")


def test_cursor_keys_and_the_answers_of_terminals_do_not_get_into_the_line():
    assert typed(b"h\x1b[A\x1bOP\x1b[?62;1c\r") == Result(b"h\r\n", Ended.LINE, "h")


def test_a_tab_or_a_hard_blank_is_a_blank():
    assert typed("a\tb\xa0c\r".encode()).line == "a b c"


def test_a_character_cut_between_two_reads_is_one():
    discipline = LineDiscipline(UTF8)
    for octet in "é\r".encode():
        discipline.put(bytes([octet]))
    assert read(discipline).line == "é"


def test_a_terminal_that_said_nothing_may_still_type_utf_8():
    assert typed("é\r".encode(), ASCII) == Result(b"e\r\n", Ended.LINE, "é")


def test_the_charset_may_change_in_the_middle_of_a_call():
    discipline = LineDiscipline(ASCII)
    discipline.set_charset(LATIN1)
    discipline.put(b"\xe9\r")
    assert read(discipline) == Result(b"\xe9\r\n", Ended.LINE, "é")


def test_a_line_has_a_longest_length_and_what_is_beyond_is_not_echoed():
    result = typed(b"x" * (LONGEST_LINE + 10) + b"\r")
    assert len(result.line) == LONGEST_LINE
    assert len(result.echo) == LONGEST_LINE + 2


def test_what_is_typed_ahead_is_bounded():
    discipline = LineDiscipline(ASCII)
    for _ in range(3):
        discipline.put(b"x" * MOST_AHEAD)
    assert discipline.waiting == MOST_AHEAD


def test_a_pasted_page_is_echoed_in_pieces():
    discipline = LineDiscipline(ASCII)
    discipline.put(b"y" * 3000)
    assert len(discipline.read_line(echo=True).echo) == MOST_ECHOED


def test_a_key_is_read_alone_and_line_ends_are_keys():
    discipline = LineDiscipline(UTF8)
    discipline.put(b"\x11q\r\nx")
    assert [discipline.read_key().line for _ in range(4)] == ["q", "\n", "x", ""]


@pytest.mark.parametrize("key", [b"\x03", b"\x04"])
def test_interrupt_and_end_of_input_both_give_up_where_a_key_is_wanted(key: bytes):
    discipline = LineDiscipline(UTF8)
    discipline.put(key)
    assert discipline.read_key().ended is Ended.INTERRUPT


def test_what_is_put_back_is_read_first():
    discipline = LineDiscipline(UTF8)
    discipline.put(b"4\r")
    discipline.put_back("12")
    assert read(discipline).line == "124"


KEYS = st.binary(max_size=60) | st.text(st.sampled_from("aé山\x08\x15\x17\x12\r\n\x03\x04\x1b[A\0 "), max_size=60).map(
    str.encode
)


@given(KEYS, st.integers(1, 5), st.sampled_from(list(CHARSETS.values())))
@settings(max_examples=200, deadline=None)
def test_it_does_not_matter_how_the_keys_are_cut_as_long_as_nobody_reads(keys: bytes, size: int, charset: Charset):
    whole, cut = LineDiscipline(charset), LineDiscipline(charset)
    whole.put(keys)
    for at in range(0, len(keys), size):
        cut.put(keys[at : at + size])
    while (one := read(whole)).ended or one.echo:
        assert read(cut) == one


@given(KEYS, st.sampled_from(list(CHARSETS.values())))
@settings(max_examples=300, deadline=None)
def test_the_echo_holds_no_control_but_line_ends_and_rubbing_out(keys: bytes, charset: Charset):
    echo = typed(keys, charset).echo.replace(b"\r\n", b"").replace(b"\b \b", b"")
    assert not [byte for byte in echo if byte < 32 or byte == 127]


@given(st.lists(st.sampled_from(list("ab é山ß€")), max_size=30), st.sampled_from(list(CHARSETS.values())))
def test_rubbing_out_all_that_was_typed_brings_the_cursor_back(keys: list[str], charset: Charset):
    discipline = LineDiscipline(charset)
    discipline.put("".join(keys).encode(charset.codec if charset is not ASCII else "utf-8", "ignore"))
    shown = read(discipline).echo
    discipline.put(b"\x7f" * len(keys))
    rubbed = read(discipline).echo
    wide = sum(2 if each == "山" else 1 for each in shown.decode(charset.codec))
    assert rubbed == b"\b \b" * wide
    assert discipline.typed == ""


@pytest.mark.parametrize(
    ("keys", "held"), [(b"\x13", True), (b"x\x13", True), (b"\x13\x11", False), (b"\x13x", False), (b"\x13\x03", False)]
)
def test_output_is_held_by_one_key_and_let_go_by_any_other(keys: bytes, held: bool):
    whole, cut = LineDiscipline(ASCII), LineDiscipline(ASCII)
    whole.put(keys)
    for key in keys:
        cut.put(bytes([key]))
    assert whole.held == cut.held == held
