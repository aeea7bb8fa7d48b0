"""What somebody else wrote never plays with a terminal, and takes no more room than it is given."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trapline.config.printable import printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Grüße", "Grüße"),
        ("two\nlines", "two?lines"),
        ("\x1b[2J\x07", "?[2J?"),
        ("right\u202eleft", "right?left"),
        ("", ""),
    ],
)
def test_what_a_terminal_would_obey_is_a_question_mark(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_what_is_too_long_is_cut_and_says_so() -> None:
    assert printable("abcdef", 6) == "abcdef"
    assert printable("abcdefg", 6) == "abcde…"
    assert printable("a\ncdefg", 6) == "a?cde…"


@given(st.text(), st.integers(1, 20))
def test_whatever_it_is_it_is_printable_and_within_its_length(text: str, length: int) -> None:
    assert printable(text).isprintable()
    assert len(printable(text)) == len(text)
    assert printable(text, length).isprintable()
    assert len(printable(text, length)) <= length
