"""How the elements that are open in a page look, nested as browsers nest them.

The parser nests whatever is open. Browsers do not where HTML is broken, and mail's mostly is: what the parser has in a
hidden paragraph, link or table stands beside it then, and is seen. In doubt it is.
Source: HTML Living Standard, 13.2.4.2 (scope) and 13.2.6.4.7 (paragraphs, links), 13.2.6.1 (foster parenting).
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import NamedTuple

from trapline.reporter.evidence.boxes import is_block
from trapline.reporter.evidence.style_sheets import StyleSheets
from trapline.reporter.evidence.visibility import FROM_OUTLOOK, PAGE, Look, look

_LOOKS = frozenset({"style", "hidden", "bgcolor", "background", "color", "size", "text", "class", "id"})

_IN_TABLES = frozenset({"table", "thead", "tbody", "tfoot", "tr"})  # what else is in them browsers put before the table
_PARTS = _IN_TABLES - {"table"} | {"td", "th", "caption", "col", "colgroup"}  # which are nothing outside of a table
_KEPT_IN_TABLES = _PARTS | {"table", "form", "style", "script", "template"}
_ENDING_PARAGRAPHS = frozenset(
    {"address", "article", "aside", "blockquote", "center", "details", "dialog", "dir", "div", "dl", "dd", "dt"}
    | {"fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hgroup"}
    | {"hr", "li", "listing", "main", "menu", "nav", "ol", "p", "plaintext", "pre", "search", "section", "summary"}
    | {"ul", "xmp"}
)
_FORMATTING = frozenset(  # which go on behind the end of what they are in
    {"b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"}
)
# What the parser ends where one of these begins, and browsers do not.
_ENDED_EARLY = {
    **dict.fromkeys(("b", "i", "u"), frozenset({"p", "center"})),
    **dict.fromkeys(("big", "s", "small", "strike", "tt"), frozenset({"p"})),
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), frozenset({"p", "table", "form"})),
    "font": frozenset({"center"}),
    "pre": frozenset({"table", "ul", "form"}),
    "ul": frozenset({"form", "pre"}),
}
_APART = frozenset({"td", "th", "caption", "object", "marquee", "applet", "template"})  # no paragraph or link goes on
_SCOPED = _APART | {"p", "a", "table", "button"}


class _Open(NamedTuple):
    """Of what is open, the innermost of each kind: where its looks begin in the list of them; 0 where there is none."""

    paragraph: int = 0
    link: int = 0
    table: int = 0
    fostered: int = 0  #: what browsers put before the table: its next row or cell does not stand in it


class _Entry(NamedTuple):
    """An element that looks otherwise than the one around it."""

    depth: int
    look: Look
    hidden: str | None = None  #: what hides the text in it
    hiding: str | None = None  #: the outermost element that hides it


class Looks:
    """Told of elements one by one, as the parser nests them."""

    def __init__(self, sheets: StyleSheets) -> None:
        self._sheets = sheets
        self._tags: list[str] = []  # of the elements that are open
        self._looks = [_Entry(0, PAGE)]
        self._open = _Open()
        self._left: tuple[str, Look] | None = None  # the element that has just ended, if it looked otherwise
        self.shows_link_again = False  #: the element that begins ends a hidden paragraph in which a link is open
        self._outside: list[tuple[int, _Open]] = []  # what was open before the element of this depth

    @property
    def hidden(self) -> str | None:
        """What hides the text here, in the words of CSS; None where it is seen."""
        return (self._before_table() if self._is_in_table() else self._looks[-1]).hidden

    @property
    def away(self) -> str | None:
        """Likewise, what hides all that is in the innermost element: pictures and boxes, too."""
        return self._looks[-1].look.away

    @property
    def shows_boxes(self) -> bool:
        """Whether the innermost element is seen where it is a box or a picture."""
        return self._looks[-1].look.shows_boxes

    def enter(self, tag: str, attributes: Mapping[str, str]) -> str:
        """An element begins; what style sheets and its own attribute say of it, where that may matter."""
        self._end_before(tag)
        is_in_table = self._is_in_table()
        is_fostered = is_in_table and tag not in _KEPT_IN_TABLES
        around = self._around(tag, is_fostered=is_fostered)
        own, style = self._own(tag, attributes, self._perhaps_in_last(tag, around.look))
        self._tags.append(self._tags[-1] if is_in_table and tag == "form" else tag)  # which holds nothing there
        begin = len(self._looks)
        if around is not self._looks[-1] or own is not around.look:
            hidden = own.hidden
            hiding = None if hidden in {None, FROM_OUTLOOK} else around.hiding or tag
            self._looks.append(_Entry(len(self._tags), own, hidden, hiding))
        if is_fostered or tag in _SCOPED:
            self._outside.append((len(self._tags), self._open))
            self._open = _within(tag, begin, self._open, is_fostered=is_fostered)
        return style

    def text(self) -> None:
        """There is text here, more than white space."""
        self._left = None

    def leave(self) -> None:
        """The innermost element ends."""
        depth = len(self._tags)
        if self._looks[-1].depth == depth:
            self._left = (self._tags[-1], self._looks.pop().look)
        if self._outside and self._outside[-1][0] == depth:
            self._open = self._outside.pop()[1]
        self._tags.pop()

    def _own(self, tag: str, attributes: Mapping[str, str], around: Look) -> tuple[Look, str]:
        """How the element that begins looks, and what is declared for it, where that may matter."""
        if tag not in {"a", "table"} and not self._sheets and (not attributes or _LOOKS.isdisjoint(attributes)):
            return around, ""
        style = self._sheets.style(tag, attributes)
        if tag in _PARTS and not self._open.table:
            return replace(around, background=None), style  # which not all that show mail pass over
        return look(tag, attributes, around, style=style, unread=self._sheets.unread), style

    def _end_before(self, tag: str) -> None:
        """A paragraph ends where a block begins, and a link where another one does, whatever is open in it."""
        self.shows_link_again = False
        if tag in _ENDING_PARAGRAPHS and self._open.paragraph:
            is_shown = self._show_again(self._open.paragraph, _goes_on_behind_paragraph)
            self.shows_link_again = is_shown and self._open.link > 0
            self._open = self._open._replace(paragraph=0)
        if tag == "a" and self._open.link:
            self._show_again(self._open.link, _goes_on_behind_link)
            self._open = self._open._replace(link=0)

    def _show_again(self, begin: int, goes_on: Callable[[str], bool]) -> bool:
        """Show from here what the elements from `begin` on hide, unless the one that hides it goes on."""
        hiding = self._looks[-1].hiding
        is_hidden_before = begin > len(self._looks) or self._looks[begin - 1].hiding is not None
        if hiding is None or is_hidden_before or goes_on(hiding):
            return False
        del self._looks[begin:]
        return True

    def _perhaps_in_last(self, tag: str, around: Look) -> Look:
        """`around` without the colours that the last element had otherwise, if that may go on in browsers."""
        last, left = self._left or ("", around)
        self._left = None
        if tag not in _ENDED_EARLY.get(last, ()):
            return around
        return replace(
            around,
            colour=around.colour if left.colour == around.colour else None,
            background=around.background if left.background == around.background else None,
        )

    def _around(self, tag: str, *, is_fostered: bool) -> _Entry:
        """What the element that begins stands in."""
        if is_fostered:
            return self._before_table()
        if tag in _PARTS and self._open.fostered:
            return self._looks[min(self._open.fostered, len(self._looks)) - 1]
        return self._looks[-1]

    def _is_in_table(self) -> bool:
        return bool(self._tags) and self._tags[-1] in _IN_TABLES

    def _before_table(self) -> _Entry:
        return self._looks[min(self._open.table, len(self._looks)) - 1]


def _goes_on_behind_paragraph(tag: str) -> bool:
    return tag == "a" or tag in _FORMATTING


def _goes_on_behind_link(tag: str) -> bool:
    return tag in _FORMATTING or is_block(tag)


def _within(tag: str, begin: int, around: _Open, *, is_fostered: bool) -> _Open:
    """What is open in an element `tag` whose looks begin there."""
    if is_fostered:
        around = around._replace(fostered=begin)
    if tag == "p":
        return around._replace(paragraph=begin)
    if tag == "a":
        return around._replace(link=begin)
    if tag == "table":
        return around._replace(paragraph=0, table=begin, fostered=0)
    if tag == "button":
        return around._replace(paragraph=0)
    return around._replace(paragraph=0, link=0, fostered=0) if tag in _APART else around
