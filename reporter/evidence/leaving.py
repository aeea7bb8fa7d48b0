"""Links whose caption says that one leaves a list by them ("Unsubscribe", "Hier abmelden"), wherever they lead.

Only what says nothing else counts: not "Cancel your subscription", which lures to fake shops, nor "click here" behind
such words. It is told of elements one by one, as html.py reads a page.
"""

import re
import unicodedata

from trapline.reporter.evidence.leaving_words import BESIDE, LEAVE, UNSPACED_BESIDE, UNSPACED_LEAVE
from trapline.reporter.parsing.words import lowered

MAX_CAPTION_CHARS = 80  #: of a link that may be one to leave by

_SAYS_SO = re.compile(rf"(?:(?:{BESIDE})\W{{1,3}}){{0,8}}(?:{LEAVE})(?:\W{{1,3}}(?:{BESIDE})){{0,8}}")
_UNSPACED_SAYS_SO = re.compile(UNSPACED_LEAVE)
_UNSPACED_BESIDE = re.compile(UNSPACED_BESIDE)


def says_to_leave(caption: str) -> bool:
    """Whether `caption` says that one leaves a list by its link, and nothing else.

    >>> says_to_leave("Click here to unsubscribe."), says_to_leave("Unsubscribe and get your money back")
    (True, False)
    """
    plain = " ".join(caption.split())
    if len(plain) > MAX_CAPTION_CHARS:
        return False
    words = lowered(unicodedata.normalize("NFKC", plain))
    return (
        _SAYS_SO.fullmatch(words.strip(" .,:;!|<>[]()\u00bb\u203a\u2192\u25b6\u25ba\u2709-")) is not None
        or _UNSPACED_SAYS_SO.fullmatch(_UNSPACED_BESIDE.sub("", words)) is not None
    )


class LeavingLinks:
    """Which links of a page lead there alone, by all their captions."""

    def __init__(self) -> None:
        self._leaving: set[str] = set()
        self._others: set[str] = set()
        self._open: str | None = None  # the link whose caption comes
        self._caption: list[str] = []
        self._chars = 0

    def start(self, tag: str, link: str | None) -> None:
        """An element begins; a picture in a link says something else."""
        if tag == "a":
            self._settle()
            self._open = link
        elif tag == "img" and self._open is not None:
            self._caption.append("\ufffc")

    def text(self, text: str) -> None:
        """Text comes, seen or not."""
        if self._open is not None and self._chars <= MAX_CAPTION_CHARS:
            self._caption.append(text)
            self._chars += len(text.strip())

    def end(self, tag: str) -> None:
        """An element ends."""
        if tag == "a":
            self._settle()

    def found(self) -> frozenset[str]:
        """The links, as they are written."""
        self._settle()
        return frozenset(self._leaving - self._others)

    def _settle(self) -> None:
        if self._open is not None:
            (self._leaving if says_to_leave("".join(self._caption)) else self._others).add(self._open)
        self._open, self._caption, self._chars = None, [], 0
