"""The words of a text as texts are compared.

Lower case is one; links, addresses, numbers and signs differ from one recipient to the next.
"""

import re

_CAPITAL_DOTTED_I = "\u0130"  # the one letter that is two in lower case

_LINK = re.compile(r"https?://\S{1,8000}", re.IGNORECASE)
_ADDRESS = re.compile(r"\S{1,200}@\S{1,200}")
_WORD = re.compile(r"[^\W\d_]+")


def words_of(text: str) -> list[str]:
    """The words of `text`, in order.

    >>> words_of("Dear anna@mx.example, win $100: https://pills.com/?a=b")
    ['Dear', 'win']
    """
    plain = _LINK.sub(" ", text)
    return _WORD.findall(_ADDRESS.sub(" ", plain) if "@" in plain else plain)


def lowered(text: str) -> str:
    """`text` in lower case, each character at its place.

    A pattern of many words finds them there several times as fast as with re.IGNORECASE, which can't skip to a letter
    that one of them begins with.

    >>> lowered("\u0130LET\u0130")
    'ileti'
    """
    return text.replace(_CAPITAL_DOTTED_I, "I").lower()
