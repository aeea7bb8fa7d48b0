r"""How scripts and style sheets write a text: its strings in pieces, its letters as codes, whole pages in base64.

For the search for addresses, which reads all that can be meant; where a script leads is told by evidence/scripts.py.
No script is run: what it makes by calculating, or keeps in variables, is not seen.
Sources: ECMAScript, 12.9.4 (`\x68`, `\u0068`, `\u{68}`) and B.1.2 (`\150`), 22.1.2 (String.fromCharCode(104)), B.2.1.2
(unescape(): `%u0068`); CSS Syntax 3, 4.3.7 (`\68 `); RFC 4648, 4.
"""

import re
import sys
from collections.abc import Iterator

from trapline.reporter.parsing.transfer import from_base64_run

_SEAM, _LIST_SEAM = (  # 'anna@' + "" + "mx.example"
    re.compile(rf"[\"'`]{between}(?:[\"'`]{{2}}{between}){{0,9}}[\"'`]")
    for between in (r"[\s()]{0,40}(?:\+|\.concat)[\s()]{0,40}", r"[\s()]{0,40}(?:[+,]|\.concat)[\s()]{0,40}")
)
_FROM_CODES = re.compile(
    r"String\s{0,9}\.\s{0,9}from(?:CharCode|CodePoint)\s{0,9}\(([0-9a-fx,\s]{1,4000})\)", re.IGNORECASE
)
_NUMBER = re.compile(r"0x[0-9a-f]{1,6}|\d{1,7}", re.IGNORECASE)
_CODE = re.compile(
    r"\\x([0-9a-f]{2})|[\\%]u([0-9a-f]{4})|\\u\{0{0,4}([0-9a-f]{1,5})\}|\\([0-9a-f]{2,6})\s?|\\(.)", re.IGNORECASE
)
_OCTAL = re.compile(r"\\([0-3]?[0-7]{2})")
_RUN = re.compile(r"[A-Za-z0-9+/]{16,}")  # of base64; less is no page
_SIGNS = re.compile(r"[<&%\\+=\x80-\U0010ffff]")  # of what can be written otherwise; all else is found as it stands


def joined(text: str) -> str:
    """`text` with strings that a script joins as one.

    >>> joined("'anna' + String.fromCharCode(64) + 'mx.example'")
    "'anna@mx.example'"
    """
    return _SEAM.sub("", _with_strings(text))


def all_joined(text: str) -> set[str]:
    """`text` as `joined`, and with the strings of a list as one, too, since a script may join them anywhere.

    Nothing where nothing can be joined.

    >>> sorted(all_joined("['an', 'na@', 'mx.example'].join('')"), key=len)
    ["['anna@mx.example'].join('')", "['an', 'na@', 'mx.example'].join('')"]
    """
    lists = _LIST_SEAM.sub("", _with_strings(text))
    return set() if lists == text else {lists, joined(text)}


def _with_strings(text: str) -> str:
    """`text` with strings for the codes of their letters."""
    return _FROM_CODES.sub(_string, text) if "String" in text else text


def _string(call: re.Match[str]) -> str:
    codes = (int(number, 16 if number[:2] in {"0x", "0X"} else 10) for number in _NUMBER.findall(call[1]))
    return f"'{''.join(chr(min(code, sys.maxunicode)) for code in codes)}'"


def unescaped(text: str) -> set[str]:
    """`text` with letters for their codes, as scripts and as style sheets have them; nothing where there are none."""
    if "\\" not in text and "%u" not in text:
        return set()
    return {_CODE.sub(_letter, text), _OCTAL.sub(lambda code: chr(int(code[1], 8)), text)}


def _letter(match: re.Match[str]) -> str:
    *codes, sign = match.groups()
    code = next(filter(None, codes), None)
    return sign if code is None else chr(min(int(code, 16), 0xFFFF))


def coded_pages(text: str) -> Iterator[str]:
    """What is text in each run of base64 in `text`, from the run's first letter to what is none: a page, or a script.

    >>> list(coded_pages("data:text/html;base64,PGI+JiMxMDQ7JiMxMDU7"))
    ['<b>&#104;&#105;']
    """
    for run in _RUN.findall(text):
        data = from_base64_run(run.encode("ascii"))
        try:
            page = data.decode()
        except UnicodeDecodeError as error:
            page = data[: error.start].decode()
        if _SIGNS.search(page):
            yield page
