import pytest

from offhook.modem.rs232 import parse_framing


@pytest.mark.parametrize(
    ("text", "bits"), [("8N1", 10), ("7e1", 10), ("8N2", 11), ("7N1", 9), ("8O1.5", 11.5), ("5N1", 7)]
)
def test_a_framing_is_read_as_people_write_it_and_counts_its_bits(text: str, bits: float):
    framing = parse_framing(text)
    assert framing.bits == bits
    assert str(framing) == text.upper()


@pytest.mark.parametrize("text", ["", "8N", "9N1", "8X1", "8N3", "8N1 "])
def test_what_is_no_framing_says_what_would_be(text: str):
    with pytest.raises(ValueError, match="8N1 or 7E1"):
        parse_framing(text)
