"""Links by which one leaves a list, as their captions say ("Unsubscribe", "Hier abmelden"), wherever they lead.

Only what says nothing else counts: not "Cancel your subscription", which lures to fake shops. Where a caption merely
points ("here"), what it is for stands beside it, in the same sentence. It is told of elements one by one, as html.py
reads a page.
"""

import re
import unicodedata
from dataclasses import dataclass

from trapline.reporter.evidence.leaving_words import BESIDE, LEAVE, REMOVE, UNSPACED_BESIDE, UNSPACED_LEAVE, WISH
from trapline.reporter.parsing.words import lowered

MAX_CAPTION_CHARS = 80  #: of a link that may be one to leave by
MAX_BESIDE_CHARS = 120  #: of the text before and behind such a link

_SAYS_SO = re.compile(rf"(?:(?:{BESIDE})\W{{1,3}}){{0,8}}(?:{LEAVE}|{REMOVE})(?:\W{{1,3}}(?:{BESIDE})){{0,8}}")
_POINTS = re.compile(rf"(?:{BESIDE})(?:\W{{1,3}}(?:{BESIDE})){{0,8}}")
_LEADS_TO_IT = re.compile(rf"(?:\A|\W)(?:{LEAVE})\W.{{0,60}}\Z")
_GOES_ON = re.compile(rf"\W{{0,3}}(?:(?:{BESIDE}|{WISH})\W{{1,3}}){{0,8}}(?:{LEAVE})(?:\W|\Z)")
_UNSPACED_LEAVE = re.compile(UNSPACED_LEAVE)
_UNSPACED_BESIDE = re.compile(UNSPACED_BESIDE)
_PICTURE = "\ufffc"
_WORD = re.compile(r"\w")
_BLANKS = re.compile(r"\s+")
_ENDS = re.compile(r"[.!?\u3002]+(?=\s|\Z)|[\u3002\uff01\uff1f]+")  # of a sentence, in NFKC or not


@dataclass(slots=True)
class Passage:
    """A link's caption, and the text around it."""

    link: str
    before: str
    caption: str = ""
    after: str = ""

    def says_to_leave(self) -> bool:
        """Whether one leaves a list by the link, and it is there for nothing else."""
        caption = _plain(self.caption)
        if len(caption) > MAX_CAPTION_CHARS:
            return False
        if _says_so(caption):
            return True
        return _points(caption) and (_leads_to_it(_plain(self.before)) or _goes_on(_plain(self.after)))


def says_to_leave(caption: str) -> bool:
    """Whether `caption` says that one leaves a list by its link, and nothing else.

    >>> says_to_leave("Click here to unsubscribe."), says_to_leave("Unsubscribe and get your money back")
    (True, False)
    """
    return Passage("", "", caption).says_to_leave()


def _plain(text: str) -> str:
    return lowered(unicodedata.normalize("NFKC", " ".join(text.split())))


def _says_so(words: str) -> bool:
    return _SAYS_SO.fullmatch(_stripped(words)) is not None or _is_unspaced_leave(words)


def _points(words: str) -> bool:
    """Whether the caption merely says that this is the link: "click here"."""
    if _POINTS.fullmatch(_stripped(words)):
        return True
    return _WORD.search(words) is not None and not _UNSPACED_BESIDE.sub("", words)


def _leads_to_it(before: str) -> bool:
    """Whether the sentence that has come so far says what the link is for: "To unsubscribe from our list click"."""
    sentence = f"{_ENDS.split(before)[-1]} "
    return _LEADS_TO_IT.search(sentence) is not None or _is_unspaced_leave(sentence)


def _goes_on(after: str) -> bool:
    """Whether the sentence says so behind the link: "to unsubscribe"."""
    sentence = _ENDS.split(after)[0]
    return _GOES_ON.match(sentence) is not None or _is_unspaced_leave(sentence)


def _is_unspaced_leave(words: str) -> bool:
    return _UNSPACED_LEAVE.fullmatch(_UNSPACED_BESIDE.sub("", words)) is not None


def _stripped(words: str) -> str:
    return words.strip(" .,:;!|<>[]()\u00bb\u203a\u2192\u25b6\u25ba\u2709-")


def _joined(before: str, text: str) -> str:
    """Both, with one blank between them at most, so that blanks without end take no room."""
    return before + (text[1:] if before[-1:] == " " == text[:1] else text)


class LeavingLinks:
    """Which links of a page lead there alone, by all their captions."""

    def __init__(self) -> None:
        self._leaving: set[str] = set()
        self._others: set[str] = set()
        self._before = ""  # the text since the last link
        self._last: Passage | None = None  # the last link: what follows it may still come
        self._is_open = False

    def start(self, tag: str, link: str | None) -> None:
        """An element begins; a picture in a link says something else."""
        if tag == "a":
            self._settle()
            if link is not None:
                self._last, self._is_open = Passage(link, self._before), True
            self._before = ""
        elif tag == "img" and self._is_open:
            self.text(_PICTURE)

    def text(self, text: str) -> None:
        """Text comes, seen or not."""
        text = _BLANKS.sub(" ", text)
        last = self._last
        if last is not None and self._is_open:
            if len(last.caption) <= MAX_CAPTION_CHARS:
                last.caption = _joined(last.caption, text)
            return
        self._before = _joined(self._before, text)[-MAX_BESIDE_CHARS:]
        if last is not None and len(last.after) < MAX_BESIDE_CHARS:
            last.after = _joined(last.after, text)

    def end(self, tag: str) -> None:
        """An element ends."""
        if tag == "a":
            self._is_open = False

    def found(self) -> frozenset[str]:
        """The links, as they are written."""
        self._settle()
        return frozenset(self._leaving - self._others)

    def _settle(self) -> None:
        if self._last is not None:
            (self._leaving if self._last.says_to_leave() else self._others).add(self._last.link)
        self._last, self._is_open = None, False
