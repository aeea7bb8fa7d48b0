"""How CSS is written: comments, strings, escapes, blocks, declarations.

Only what is needed to tell whether text can be seen, and all of it in linear time, however broken the CSS is. Pure.
Source: CSS Syntax 3, with its rules for going on after an error.
"""

import re
import sys
from collections.abc import Iterator

UNKNOWN = "?"  #: the value of a property that depends on more than the element
ESCAPED = "\ufffd"  #: stands for an escaped sign of ASCII that is neither letter nor digit: `.sm\\:wide`

_UNPLAIN = re.compile(
    r"/\*.*?(?:\*/|\Z)"  # a comment that never ends takes the rest (4.3.2)
    r"|(?P<url>url\(\s*[^\s\"'()][^\"'()]*)"  # in which nothing begins a comment
    r"|(?P<string>\"(?:[^\"\\\n]|\\.)*+\"?|'(?:[^'\\\n]|\\.)*+'?)"
    r"|\\(?:(?P<code>[0-9a-f]{1,6})\s?|(?P<sign>.))",
    re.DOTALL | re.IGNORECASE,
)
_DECLARATION = re.compile(r"(?<![^\s;])([a-z-]{2,40})\s*:\s*([^;]{1,500})")  # not `*display`, which is no property
_BRACE = re.compile(r"[{};]")
_STATEMENT = re.compile(r"\s*+@")
_LONGHANDS = ("background-color", "background-image")  # that `background` sets


def declarations(text: str) -> dict[str, str]:
    """What `text`, in lower case, declares; of a property that is declared twice the last one, in the last place.

    >>> declarations("color: red; width: 1px; color: blue")
    {'width': '1px', 'color': 'blue'}
    """
    said: dict[str, str] = {}
    for name, value in _DECLARATION.findall(plain(text)):
        declare(said, name, value.strip())
    return said


def declare(said: dict[str, str], name: str, value: str) -> None:
    """Adds one more declaration to `said`, which wins."""
    for old in (name, *_LONGHANDS) if name == "background" else (name,):
        said.pop(old, None)
    said[name] = value


def plain(text: str) -> str:
    """`text` without its comments, what is in its strings, and its escapes.

    >>> plain("a/* b */{content: '}'} b{}")
    "a {content: ''} b{}"
    """
    if "/*" not in text and "\\" not in text and '"' not in text and "'" not in text:
        return text
    return _UNPLAIN.sub(_plain, text)


def _plain(found: re.Match[str]) -> str:
    if found["url"]:
        return "url("
    if found["string"]:
        return 2 * found["string"][0]
    if found[0].startswith("/"):
        return " "  # so that what is around it makes no new one
    code = int(found["code"], 16) if found["code"] else ord(found["sign"])
    sign = chr(code) if code <= sys.maxunicode else ESCAPED
    return sign.lower() if sign.isalnum() or sign in "-_" or not sign.isascii() else ESCAPED


def blocks(text: str) -> Iterator[tuple[str, str]]:
    """What stands before each block of `text`, which is plain, and what is in it.

    >>> list(blocks("@import ''; td, .a { color: red } @media print { p { color: blue } }"))
    [('td, .a', 'color: red'), ('@media print', 'p { color: blue }')]
    """
    start, inner, depth = 0, 0, 0
    is_statement = _STATEMENT.match(text) is not None
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
                is_statement = _STATEMENT.match(text, start) is not None
        elif mark[0] == ";" and depth == 0 and is_statement:
            start = mark.end()
            is_statement = _STATEMENT.match(text, start) is not None
    if depth:  # the end of the sheet closes what is open
        yield text[start : inner - 1].strip(), text[inner:].strip()
