r"""Whether a text has one of many phrases: patterns of RE2, looked for all at once and in linear time.

For text in lower case with single blanks (`plain`). In a pattern \w is any sign that words are made of.
"""

from collections.abc import Iterable

import re2

from trapline.reporter.parsing.words import lowered

READ_CHARS = 20_000  #: of each text, blanks included

_WORD_SIGN = r"[^\s.,;:!?]"  # what \w is in a pattern; RE2's own is ASCII


class AnyOf:
    """Whether one of many patterns matches. RE2 looks for the words in them first, all at once."""

    def __init__(self, patterns: Iterable[str]) -> None:
        options = re2.Options()
        options.log_errors = False  # that a text needs more memory than is quick: it is read all the same
        self._patterns = re2.Filter()
        for pattern in patterns:
            self._patterns.Add(pattern.replace(r"\w", _WORD_SIGN), options)
        self._patterns.Compile()

    def __call__(self, text: str) -> bool:
        """Whether `text` has one of them."""
        return self._patterns.Match(text.encode("utf-8", "replace")) is not None  # a lone surrogate is no text


def plain(text: str) -> str:
    """The first READ_CHARS of `text` as phrases are looked for: in lower case, with single blanks."""
    return " ".join(lowered(text[:READ_CHARS]).split())
