"""Whether a text holds one of many words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trapline.reporter.parsing import word_search
from trapline.reporter.parsing.word_search import AnyOf

_WORDS = st.lists(st.binary(min_size=1, max_size=4), max_size=5)


@given(_WORDS, st.binary(max_size=30))
def test_a_word_is_found_wherever_it_stands_and_whatever_its_bytes_mean_elsewhere(
    words: list[bytes], text: bytes
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(word_search, "MAX_COMPARED", 0)
        assert AnyOf(words)(text) == any(word in text for word in words)


@given(_WORDS, st.lists(st.binary(max_size=30), min_size=3))
def test_the_answer_is_the_same_before_and_after_the_automaton_is_made(words: list[bytes], texts: list[bytes]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(word_search, "MAX_COMPARED", 2 * len(words) * word_search.CALL_OCTETS)
        search = AnyOf(words)
        assert [search(text) for text in texts] == [any(word in text for word in words) for text in texts]


def test_of_more_words_than_there_is_memory_for_any_text_counts_as_holding_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(word_search, "MAX_PATTERN_BYTES", 2_000)
    assert AnyOf(b"%d" % number for number in range(1_000))(b"none of them" * 100)


def test_no_word_is_in_no_text() -> None:
    assert not AnyOf([])(b"text")
