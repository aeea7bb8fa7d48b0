"""How CSS is written: comments, blocks, declarations.

No more of it than tells whether text can be seen, and each in linear time, however it is broken. Pure.
Source: CSS Syntax 3, with its ways of going on behind errors.
"""

import re
from collections.abc import Iterator

_DECLARATION = re.compile(r"([a-z-]{2,40})\s*:\s*([^;]{1,500})")
_BRACE = re.compile(r"\"[^\"\n]*\"|'[^'\n]*'|[{};]")  # a brace in a string is none
_LONGHANDS = ("background-color", "background-image")  # that `background` sets


def declarations(text: str) -> dict[str, str]:
    """What `text`, in lower case, declares; of a property that is declared twice the last one, in the last place.

    >>> declarations("color: red; width: 1px; color: blue")
    {'width': '1px', 'color': 'blue'}
    """
    said: dict[str, str] = {}
    for name, value in _DECLARATION.findall(without_comments(text)):
        declare(said, name, value.strip())
    return said


def declare(said: dict[str, str], name: str, value: str) -> None:
    """Adds one more declaration to `said`, which wins."""
    for old in (name, *_LONGHANDS) if name == "background" else (name,):
        said.pop(old, None)
    said[name] = value


def without_comments(text: str) -> str:
    """What counts of `text`; a comment that never ends takes the rest (CSS Syntax 3, 4.3.2)."""
    before, begun, rest = text.partition("/*")
    pieces = [before]
    while begun:
        more, begun, rest = rest.partition("*/")[2].partition("/*")
        pieces.append(more)
    return "".join(pieces)


def blocks(text: str) -> Iterator[tuple[str, str]]:
    """What stands before each block of `text`, which has no comments, and what is in it.

    >>> list(blocks("@import 'x'; td, .a { color: red } @media print { p { color: blue } }"))
    [('td, .a', 'color: red'), ('@media print', 'p { color: blue }')]
    """
    start, inner, depth = 0, 0, 0
    for mark in _BRACE.finditer(text):
        if mark[0] == "{":
            depth += 1
            if depth == 1:
                inner = mark.end()
        elif mark[0] == "}" and depth:
            depth -= 1
            if depth == 0:
                yield text[start : inner - 1].strip(), text[inner : mark.start()].strip()
                start = mark.end()
        elif mark[0] == ";" and depth == 0 and text[start : mark.start()].lstrip().startswith("@"):
            start = mark.end()
    if depth:  # the end of the sheet closes what is open
        yield text[start : inner - 1].strip(), text[inner:].strip()
