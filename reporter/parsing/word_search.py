"""Does a text hold one of many words? RE2 makes one automaton of them: one pass over the text, whatever their number.

A message with a hundred recipients is searched for thousands of forms of their addresses, each of its links is. Most
messages have one recipient and few links: an automaton would take longer to make than it saves.
"""

import re
from collections.abc import Iterable
from functools import cached_property

import re2

MAX_PATTERN_BYTES = 256 * 1024 * 1024  #: for the automaton; 400 recipients' digests need a quarter of it
MAX_COMPARED = 1_000_000  #: words times octets that are compared one by one; from there on the automaton costs less
CALL_OCTETS = 50  #: that could be compared in the time that a comparison takes to begin

_NO_BYTE = re.compile("[\ud800-\udc7f\udd00-\udfff]")  # all but those of surrogateescape (PEP 383)


class AnyOf:
    """Whether a text holds one of the words. The automaton is made once there was enough to search."""

    def __init__(self, words: Iterable[bytes]) -> None:
        self._words = sorted(set(words))
        self._compared = 0

    def __call__(self, text: bytes) -> bool:
        """In doubt, where the words are too many for an automaton, it does."""
        self._compared += len(self._words) * (len(text) + CALL_OCTETS)
        if self._compared <= MAX_COMPARED:
            return any(word in text for word in self._words)
        return self._pattern is None or self._pattern.search(text) is not None

    @cached_property
    def _pattern(self) -> "re2._Regexp | None":
        options = re2.Options()
        options.encoding = re2.Options.Encoding.LATIN1
        options.log_errors = False
        options.max_mem = MAX_PATTERN_BYTES
        try:
            return re2.compile(b"|".join(map(re2.escape, self._words)), options)
        except re2.error:
            return None


def octets(text: str) -> bytes:
    """The bytes that `text` came from; a surrogate that stands for no byte becomes a question mark."""
    return _NO_BYTE.sub("?", text).encode("utf-8", "surrogateescape")
