"""The words of a text: without links, addresses, numbers and signs, which differ from one recipient to the next."""

import re

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
