import asyncio
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.lines import ModemKeeper, memory_text, read_memory
from offhook.modem.hayes import EXTENDED, OPTIONS, REGISTERS, DteSent, HayesModem, Profile, Settings, Stored
from offhook.phone_book_file import PhoneBookFile
from offhook.toml_table import ConfigError


def profiles() -> st.SearchStrategy[Profile]:
    options = st.fixed_dictionaries({each.name: st.sampled_from(each.values) for each in OPTIONS})
    registers = st.fixed_dictionaries(
        {each.number: st.integers(each.lowest, each.highest) for each in REGISTERS if not each.read_only}
    )
    chosen = [each for each in EXTENDED if each.factory is not None and each.values]
    extended = st.fixed_dictionaries({each.name: st.sampled_from(each.values) for each in chosen})

    def made(parts: tuple[dict[str, int], dict[int, int], dict[str, str]]) -> Profile:
        profile = Profile()
        profile.options.update(parts[0])
        profile.registers.update(parts[1])
        profile.extended.update(parts[2])
        return profile

    return st.tuples(options, registers, extended).map(made)


@given(
    st.builds(
        Stored,
        st.dictionaries(st.integers(0, 1), profiles()),
        st.integers(0, 1),
        st.dictionaries(st.integers(0, 19), st.sampled_from(["T100", "bbs.example.com:23", '"a\\22b"'])),
    )
)
def test_what_is_written_is_read_again(tmp_path_factory: pytest.TempPathFactory, stored: Stored):
    path = tmp_path_factory.mktemp("memory") / "modem.toml"
    path.write_text(memory_text(stored), encoding="utf-8")
    assert read_memory(path) == stored


def test_nothing_stored_is_a_short_file_and_no_file_is_nothing_stored(tmp_path: Path):
    assert read_memory(tmp_path / "none.toml") == Stored()
    assert len(memory_text(Stored()).splitlines()) == 2
    assert "S7 = 33" in memory_text(HayesModem(Settings(stored=stored_by(b"ATS7=33&W\r"))).stored)


def stored_by(line: bytes) -> Stored:
    modem = HayesModem()
    modem.handle(DteSent(line), 1.0)
    return modem.stored


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("power_up = 2", "memory.toml:1: power_up"),
        ("power_up = 0\n[profile.0.options]\nE = 7\n", "memory.toml:3: profile.0.options.E: this modem has no ATE7"),
        ("[profile.0.registers]\nS99 = 7\n", "memory.toml:2: .*has no ATS99=7"),
        ("[profile.0.extended]\n'+IPR' = '7'\n", "memory.toml:2: .*has no AT+IPR=7"),
        ("[profile.2]\n", "from 0 to 1"),
        ("[numbers]\n20 = 'T1'\n", "from 0 to 19"),
        ("[numbers]\n2 = 'x!y'\n", "is no dial string"),
        ("power", "is not TOML"),
    ],
)
def test_a_wrong_file_is_told_with_its_place_and_remedy(tmp_path: Path, text: str, said: str):
    path = tmp_path / "memory.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=said.replace("+", r"\+")) as raised:
        read_memory(path)
    assert "memory.toml" in str(raised.value)


async def test_profiles_and_numbers_of_a_line_outlast_a_restart(tmp_path: Path):
    path = tmp_path / "deep" / "modem.toml"
    keeper = ModemKeeper({"a": path}, None)
    keeper.start(lambda line, slot, text: None)
    stored = stored_by(b"ATS7=33&W1&Y1&Z2=T5\r")
    keeper.keep_profiles("a", Stored())
    keeper.keep_number("a", 2, "T5", stored)
    keeper.close()
    assert ModemKeeper({"a": path}, None).stored("a") == stored
    assert path.stat().st_mode & 0o777 == 0o600


async def test_what_cannot_be_written_is_logged_and_nothing_stops(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    (tmp_path / "file").touch()
    keeper = ModemKeeper({"a": tmp_path / "file" / "modem.toml"}, None)
    keeper.start(lambda line, slot, text: None)
    keeper.keep_profiles("a", Stored())
    keeper.close()
    assert "what the modem a stores could not be written" in caplog.text


class Lines:
    """The other lines: they remember what they are told, and can be waited for."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, int, str]] = []
        self._news = asyncio.Event()

    def tell(self, line: str, slot: int, text: str) -> None:
        self.heard.append((line, slot, text))
        self._news.set()

    async def told(self, line: str, slot: int, text: str) -> None:
        async with asyncio.timeout(60):
            while (line, slot, text) not in self.heard:
                self._news.clear()
                await self._news.wait()


async def test_numbers_are_shared_by_the_phone_book_with_the_other_lines_and_with_people(tmp_path: Path):
    book = tmp_path / "book.toml"
    book.write_text('# mine\n[[entry]]\nnumber = "5"\nto = "raw:host:7"\nslot = 1\n', encoding="utf-8")
    lines = Lines()
    keeper = ModemKeeper({"a": tmp_path / "a.toml"}, PhoneBookFile(book))
    assert keeper.stored("a").numbers == {1: "5"}
    keeper.start(lines.tell)
    keeper.keep_number("a", 3, "T7", Stored())
    assert lines.heard == [("a", 3, "T7")]
    await keeper.written()
    assert book.read_text(encoding="utf-8").startswith("# mine\n[[entry]]")
    text = book.read_text(encoding="utf-8").replace('"T7"', '"T8"')
    book.write_text(text, encoding="utf-8")
    await lines.told("", 3, "T8")
    book.write_text("wrong", encoding="utf-8")
    book.write_text(text.replace('"T8"', '"T9"'), encoding="utf-8")
    await lines.told("", 3, "T9")
    keeper.keep_number("a", 3, "", Stored())
    keeper.close()
    assert "T9" not in book.read_text(encoding="utf-8")
    assert ModemKeeper({}, PhoneBookFile(book)).stored("a").numbers == {1: "5"}


@pytest.mark.parametrize("options", ['"&K" = 4', '"\\\\Q" = 1'])
def test_flow_control_written_in_one_way_is_so_in_the_others(tmp_path: Path, options: str):
    path = tmp_path / "modem.toml"
    path.write_text(f"[profile.0.options]\n{options}\n", encoding="utf-8")
    profile = read_memory(path).profiles[0]
    assert (profile.options["&K"], profile.options["\\Q"], profile.extended["+IFC"]) == (4, 1, "1,1")
