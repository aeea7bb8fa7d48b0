"""Cutting the words that name a recipient out of a text, in whatever disguise they do.

parsing/recipient_forms.py says whether a piece of text names one; the shortest run of words that does is found by
halving, so that a text that names nobody costs little. A link is kept up to the part before the one that names; other
words are replaced.
"""

import re
from collections.abc import Callable, Iterator

from trapline.reporter.parsing.recipient_forms import Mentions

INSTEAD = "[redacted]"
MAX_CUTS = 200  #: in one text; what is behind the last of them is left out as a whole
WINDOW_WORDS = 200  #: that are looked at together; a disguise is not spread over more

_WORD = re.compile(r"[^\s<>\"']+")
_LINK_BORDER = re.compile(r"[/?&;#=]")


def without_mentions(text: str, mentions: Mentions, instead: str = INSTEAD) -> str:
    """`text`, cut until it `mentions` nobody. What is spread over too many words stays: the caller looks again."""
    spans = [match.span() for match in _WORD.finditer(text)]
    kept: list[str] = []
    done = 0
    for first, last in _telling(text, spans, mentions):
        start, end = spans[first][0], spans[last][1]
        kept += [text[done:start], _less(text[start:end], mentions) or instead]
        done = end
        if len(kept) >= 2 * MAX_CUTS:
            return "".join([*kept, "\n", instead, "\n"])
    return "".join([*kept, text[done:]])


def _telling(text: str, spans: list[tuple[int, int]], mentions: Mentions) -> Iterator[tuple[int, int]]:
    """The first and the last word of each run that names somebody, as short as it can be."""
    place = 0
    while place < len(spans):
        end = min(place + WINDOW_WORDS, len(spans))
        if not mentions(text[spans[place][0] : spans[end - 1][1]]):
            place = max(place + 1, end - WINDOW_WORDS // 4) if end < len(spans) else end
            continue
        last = _least(place, end - 1, lambda one: mentions(text[spans[place][0] : spans[one][1]]))  # noqa: B023
        first = -_least(-last, -place, lambda one: mentions(text[spans[-one][0] : spans[last][1]]))  # noqa: B023
        yield first, last
        place = last + 1


def _least(low: int, high: int, holds: Callable[[int], bool]) -> int:
    """The least number from `low` to `high` for which `holds`; it does for `high`, and from the least one on."""
    while low < high:
        middle = (low + high) // 2
        if holds(middle):
            high = middle
        else:
            low = middle + 1
    return low


def _less(words: str, mentions: Mentions) -> str:
    """A link up to the part before the one that tells; "" where nothing can be kept."""
    scheme = words.find("://")
    if scheme < 0 or len(words.split()) != 1:
        return ""
    end = _least(0, len(words), lambda one: mentions(words[:one]))
    start = -_least(-end, 0, lambda one: mentions(words[-one:end]))
    borders = [match.start() for match in _LINK_BORDER.finditer(words, scheme + 3, start + 1)]
    kept = words[: borders[-1] + 1] if borders else ""
    return "" if mentions(kept) else kept
