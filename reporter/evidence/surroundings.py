"""What is around the place in a page that is just being read: a link, a quote, what hides it, a script.

It is told of elements one by one, as html.py reads them, and knows by its depth which of them ends.
"""

from collections.abc import Mapping

from trapline.reporter.evidence.looks import Looks
from trapline.reporter.evidence.quotes import is_quote
from trapline.reporter.evidence.style_sheets import StyleSheets

#: Elements whose text is never shown as such.
UNSEEN = frozenset({"script", "style", "title", "head", "template", "noframes"})

# What may stand in a head; any other element ends it (HTML Living Standard, 13.2.6.4.4), known to the parser or not.
_IN_HEAD = frozenset({"base", "basefont", "bgsound", "link", "meta", "noscript"}) | UNSEEN

#: Elements around which the parser closes a link, and browsers do not.
CLOSING = frozenset({"table", "td", "th", "fieldset"})

_LINKS = frozenset({"a", "v:roundrect", "v:rect", "v:oval", "v:shape"})  # whose text is the caption of the link


class Surroundings:
    """Of the elements that are open, what matters to the text and the links in them."""

    def __init__(self, sheets: StyleSheets) -> None:
        self._looks = Looks(sheets)
        self.unseen: list[str] = []  #: the elements around whose text is not shown, the innermost last
        self._depth = 0
        self._in_link = 0  # the depth of the outermost link that we are in
        self._in_link_alone = False  # in a link, and nothing but it has begun
        self._after_empty_link = False
        self._in_quote = 0  # the depth of the outermost quote

    @property
    def in_link(self) -> bool:
        """Whether the text here says where a click leads."""
        return self._in_link != 0

    @property
    def in_quote(self) -> bool:
        """Whether this stands in an element with a quoted message."""
        return self._in_quote != 0

    @property
    def hidden(self) -> str | None:
        """What hides the text here, in the words of CSS; None where it is seen."""
        return self._looks.hidden

    @property
    def away(self) -> str | None:
        """Likewise, what hides all that is here: pictures and boxes, too."""
        return self._looks.away

    @property
    def shows_boxes(self) -> bool:
        """Whether the innermost element is seen where it is a box or a picture."""
        return not self.unseen and self._looks.shows_boxes

    @property
    def shows_link_again(self) -> bool:
        """Whether the element that begins ends a hidden paragraph in which a link is open: that is seen from here."""
        return self._looks.shows_link_again

    def enter(self, tag: str, attributes: Mapping[str, str]) -> str:
        """An element begins; what style sheets and its own attribute say of it, where that may matter."""
        self._depth += 1
        style = self._looks.enter(tag, attributes)
        if not self._in_quote and is_quote(tag, attributes):
            self._in_quote = self._depth
        goes_on = self._after_empty_link and tag in CLOSING
        if not self._in_link and (goes_on or _is_captioned(tag, attributes)):
            self._in_link = self._depth
        self._in_link_alone, self._after_empty_link = self._in_link == self._depth and tag == "a", False
        if self.unseen and self.unseen[-1] == "head" and tag not in _IN_HEAD:
            self.unseen.pop()
        if tag in UNSEEN:
            self.unseen.append(tag)
        return style

    def text(self) -> None:
        """There is text here, more than white space."""
        self._in_link_alone = self._after_empty_link = False
        self._looks.text()

    def leave(self, tag: str) -> bool:
        """An element ends; whether it was one of `unseen`."""
        self._looks.leave()
        self._in_link_alone, self._after_empty_link = False, self._in_link_alone
        if self._in_link == self._depth:
            self._in_link = 0
        if self._in_quote == self._depth:
            self._in_quote = 0
        self._depth -= 1
        if tag not in self.unseen:
            return False
        while self.unseen.pop() != tag:
            pass
        return True


def _is_captioned(tag: str, attributes: Mapping[str, str]) -> bool:
    """Whether the text within says something of where a click leads: not in a mark within the page (`#top`)."""
    target = attributes.get("href", attributes.get("xlink:href", "")).strip()
    return tag == "button" or (tag in _LINKS and not target.startswith("#") and target != "")
