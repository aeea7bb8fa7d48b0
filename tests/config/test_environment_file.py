"""Environment files are read as systemd and `.env` loaders read them, and doubts are errors."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trapline.config.environment_file import parse, read
from trapline.config.errors import ConfigError

FILE = Path("old.env")


def values(text: str) -> dict[str, str]:
    return {variable.name: variable.value for variable in parse(FILE, text)}


def refused(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        parse(FILE, text)
    return str(caught.value)


def test_names_and_values_stand_around_the_first_equals_sign() -> None:
    assert values("A=1\n B = x=y \nexport C=3\r\nD=\n") == {"A": "1", "B": "x=y", "C": "3", "D": ""}


def test_quotes_around_a_value_are_not_part_of_it() -> None:
    assert values("A=\"a b\"\nB='c'\nC=\"half\nD=''") == {"A": "a b", "B": "c", "C": '"half', "D": ""}


def test_comments_and_blank_lines_are_skipped_and_lines_counted() -> None:
    (variable,) = parse(FILE, "# A=1\n; B=2\n\n  # C=3\nD=4\n")
    assert (variable.name, variable.value, variable.line) == ("D", "4", 5)


def test_a_variable_with_two_values_is_an_error_since_nobody_knows_which_one_held() -> None:
    message = refused("A=canary\nB=2\nA=canary2\n")
    assert message.startswith("old.env:3: A has another value in line 1")
    assert "canary" not in message
    assert values("A=1\nA=1\n") == {"A": "1"}


def test_all_lines_that_are_none_are_named_and_not_shown() -> None:
    message = refused("A=1\ncanary\n=canary\n2B=canary\n")
    assert [line.split(": ")[0] for line in message.splitlines()] == ["old.env:2", "old.env:3", "old.env:4"]
    assert "canary" not in message


def test_no_repr_shows_a_value() -> None:
    assert "canary" not in repr(parse(FILE, "A=canary"))


def test_a_file_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="absent: cannot read"):
        read(tmp_path / "absent")
    (tmp_path / "latin").write_bytes(b"A=1\nB=\xe9\n")
    with pytest.raises(ConfigError, match="latin:2: not UTF-8"):
        read(tmp_path / "latin")
    (tmp_path / "large").write_bytes(b"#" * 1_000_001)
    with pytest.raises(ConfigError, match="larger than"):
        read(tmp_path / "large")


def test_a_byte_order_mark_is_no_part_of_the_first_name(tmp_path: Path) -> None:
    (tmp_path / "windows").write_bytes(b"\xef\xbb\xbfA=1\r\n")
    assert [variable.name for variable in read(tmp_path / "windows")] == ["A"]


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused_with_its_line(text: str) -> None:
    message = ""
    try:
        found = parse(FILE, text)
        assert len({variable.name for variable in found}) == len(found)
    except ConfigError as error:
        message = str(error)
    assert all(line.startswith("old.env:") for line in message.splitlines())
