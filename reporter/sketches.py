"""Are two texts nearly the same? Told by the runs of words that they share, from a small sketch of each.

What differs from recipient to recipient (links, addresses, numbers) does not count. Source: Broder, On the resemblance
and containment of documents (1997): the smallest hashes of a text's runs of words ("shingles") are a sample of them.
"""

from collections.abc import Iterable
from zlib import crc32

from trapline.reporter.parsing.words import words_of

READ_CHARS = 20_000  #: of each text
SIZE = 48  #: hashes in a sketch
DIGITS = 8  #: hexadecimal, of one hash
WORDS = 3  #: in a run
ALIKE = 0.6  #: the share of their runs that nearly identical texts have in common


def sketch(texts: Iterable[str]) -> str:
    """The sketch of a message's texts, as people see them, in hexadecimal; "" where there is none."""
    words = words_of(" ".join(text[:READ_CHARS] for text in texts).lower())
    runs = (" ".join(words[place : place + WORDS]) for place in range(max(1, len(words) - WORDS + 1)))
    hashes = sorted({crc32(run.encode("utf-8", "surrogateescape")) for run in runs if run})
    return "".join(f"{one:0{DIGITS}x}" for one in hashes[:SIZE])


def alike(one: str, other: str) -> bool:
    """Whether two sketches are of nearly the same text; no text is like no text."""
    first, second = hashes_of(one), hashes_of(other)
    if not first or not second:
        return first == second
    smallest = sorted(first | second)[:SIZE]
    return sum(value in first and value in second for value in smallest) >= ALIKE * len(smallest)


def hashes_of(sketch: str) -> set[str]:
    """The hashes that a sketch is made of, each in hexadecimal."""
    return {sketch[place : place + DIGITS] for place in range(0, len(sketch), DIGITS)}
